//! Personal data never reaches an agent that is not shown it, whatever it calls.

use std::collections::BTreeSet;

use portico_domain::agent::{Area, Level};
use portico_store::{Store, on_both};
use serde_json::{Value, json};
use squarespace::catalog::CATALOG;
use wire::catalog::Verb;

use super::ORDERS;
use super::asking::Boss;
use super::catalogue::{Heard, Walk, walk_all};
use crate::world::{Link, World};

/// A shorter text may stand anywhere by chance.
const TELLING: usize = 4;

/// The texts at these pointers, in which `*` is every item or member.
fn personal(value: &Value, pointers: &[&str], texts: &mut BTreeSet<String>) {
    for pointer in pointers {
        collect(value, pointer.strip_prefix('/'), texts);
    }
}

fn collect(value: &Value, rest: Option<&str>, texts: &mut BTreeSet<String>) {
    let Some(rest) = rest else {
        leaves(value, &mut |text| {
            if text.chars().count() >= TELLING {
                texts.insert(text.to_owned());
            }
        });
        return;
    };
    let (name, rest) = rest
        .split_once('/')
        .map_or((rest, None), |(name, rest)| (name, Some(rest)));
    match value {
        Value::Array(items) if name == "*" => {
            items.iter().for_each(|item| collect(item, rest, texts))
        }
        Value::Object(members) if name == "*" => {
            members.values().for_each(|item| collect(item, rest, texts))
        }
        Value::Object(members) => members
            .get(name)
            .into_iter()
            .for_each(|item| collect(item, rest, texts)),
        Value::Array(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn leaves(value: &Value, found: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => found(text),
        Value::Array(items) => items.iter().for_each(|item| leaves(item, found)),
        Value::Object(members) => members.values().for_each(|item| leaves(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Everything personal that the shop has by now, as somebody reads it who may read everything.
async fn known(boss: &Boss<'_>) -> BTreeSet<String> {
    let mut texts = BTreeSet::new();
    let lists = CATALOG.operations().iter().filter(|row| {
        row.verb == Verb::Get && row.path_parameters.is_empty() && !row.personal_response.is_empty()
    });
    for row in lists {
        personal(
            &boss.read(row.path).await,
            row.personal_response,
            &mut texts,
        );
    }
    texts
}

/// Texts of these that an answer has, alone or within a longer one where they are addresses of mail.
fn leaked(answer: &Value, texts: &BTreeSet<String>) -> Vec<String> {
    let mut found = Vec::new();
    leaves(answer, &mut |leaf| {
        let is_in =
            |text: &&String| leaf == **text || (text.contains('@') && leaf.contains(text.as_str()));
        found.extend(texts.iter().filter(is_in).cloned());
    });
    found
}

on_both! {
    async fn no_operation_shows_personal_data_to_an_agent_that_is_not_shown_it(store: Store) {
        let world = World::new(store).await;
        world.connect_site("acme", 0, Link::OAuth).await;
        let boss = world.boss().await;
        let mut texts = known(&boss).await;
        let all = Area::ALL.map(|area| (area, Level::Full));
        let program = world.ruled_program(&all, []).await;
        let mut walk = Walk::of(&program, true);
        walk_all(&world, &mut walk).await;
        let everybody = json!({"sortField": "LAST_NAME"});
        walk.call("queryContacts", &[], Some(everybody)).await;

        texts.extend(known(&boss).await);
        for Heard { row, sent, .. } in &walk.heard {
            personal(sent.as_ref().unwrap_or(&Value::Null), row.personal_request, &mut texts);
        }
        assert!(texts.len() > 20, "{texts:?}");
        let mut hides = BTreeSet::new();
        for Heard { row, answer, hidden, .. } in &walk.heard {
            assert_eq!(leaked(answer, &texts), Vec::<String>::new(), "{}", row.id);
            if *hidden > 0 {
                hides.insert(row.id);
            }
        }
        let rows = CATALOG.operations().iter().filter(|row| !row.personal_response.is_empty());
        assert_eq!(hides, rows.map(|row| row.id).collect());
    }
}

on_both! {
    async fn an_agent_that_is_shown_personal_data_is_given_it_as_it_is(store: Store) {
        let world = World::new(store).await;
        world.connect_site("acme", 0, Link::OAuth).await;
        let boss = world.boss().await;
        world.buy("ines.okafor@example.com", "GIFT-100").await;
        let program = world.program(&[(Area::Orders, Level::Read)]).await;
        let answer = program.get(ORDERS).await;
        assert!(!answer.headers().contains_key("portico-hidden"));
        let answer: Value = answer.json().await.unwrap();
        assert!(leaked(&answer, &known(&boss).await).contains(&"ines.okafor@example.com".to_owned()));
        assert_ne!(answer["result"][0]["customerEmail"], json!(null));
    }
}
