//! Whether an account has what a flow's settings choose from it.

use std::fmt::Display;

use portico_domain::buyer::Standing;
use portico_domain::flow::{FulfilledStage, Settings};
use portico_domain::rule::Rule;

use crate::Error;
use crate::crm::{AccountFacts, STAGES, UserFacts};

/// How much of what there is a refusal lists.
const LISTED: usize = 12;

/// Refuses settings that cannot be meant so, and stages and users that are not there, in a sentence that lists those that are. Pipelines
/// that are not there are made.
pub(super) fn choices(settings: &Settings, facts: &AccountFacts) -> Result<(), Error> {
    settings
        .check()
        .map_err(|why| Error::Invalid(why.to_string()))?;
    if let Some(FulfilledStage::Named(stage)) = &settings.fulfilled_stage {
        for pipeline in settings.pipelines() {
            stage_of(pipeline, stage, "`fulfilled_stage`", facts)?;
        }
    }
    for (rule, place) in settings.rules.iter().zip(1..) {
        let who = rule.called(place);
        if let Some(stage) = &rule.then.stage {
            for pipeline in pipelines_of(rule, settings) {
                stage_of(pipeline, stage, &who, facts)?;
            }
        }
        if let Some(user) = &rule.then.responsible {
            known_user(user, &who, facts)?;
        }
    }
    Ok(())
}

/// The pipelines to which a rule can send a deal.
fn pipelines_of<'a>(rule: &'a Rule, settings: &'a Settings) -> Vec<&'a str> {
    let (new, returning) = (&settings.new_pipeline, &settings.returning_pipeline);
    if let Some(pipeline) = &rule.then.pipeline {
        return vec![pipeline];
    }
    match (rule.when.buyer, rule.when.order_of_buyer) {
        (Some(Standing::New), _) | (None, Some(1)) => vec![new],
        (Some(Standing::Returning), _) | (None, Some(_)) => vec![returning],
        (None, None) => vec![new, returning],
    }
}

fn stage_of(pipeline: &str, stage: &str, who: &str, facts: &AccountFacts) -> Result<(), Error> {
    let refusal = match facts.pipeline(pipeline) {
        Some(there) if there.stage(stage).is_some() => return Ok(()),
        Some(there) => format!(
            "the pipeline `{pipeline}` has no stage `{stage}`, which {who} names; its stages are {}; \
             name one of them, or make that stage in the CRM first",
            listed(there.stages.iter().map(|stage| &stage.name))
        ),
        None if STAGES
            .iter()
            .any(|made| made.eq_ignore_ascii_case(stage.trim())) =>
        {
            return Ok(());
        }
        None => format!(
            "the pipeline `{pipeline}` is still to be made and will have no stage `{stage}`, which {who} \
             names; its stages will be {}; name one of them, or make the pipeline with that stage in \
             the CRM first",
            listed(STAGES.iter())
        ),
    };
    Err(Error::Invalid(refusal))
}

/// A token that may not list users leaves nothing to compare with.
fn known_user(user: &str, who: &str, facts: &AccountFacts) -> Result<(), Error> {
    if facts.users.is_empty() || facts.user(user).is_some() {
        return Ok(());
    }
    // The addresses of the users stay unsaid: whoever gave one knows it.
    Err(Error::Invalid(format!(
        "{who} gives deals to `{user}`, who is no user of the account; its users are {}; \
         name one of them by number or by e-mail address",
        listed(facts.users.iter().map(in_words))
    )))
}

/// A user by name and number, or by number where the account does not tell the name.
fn in_words(user: &UserFacts) -> String {
    match user.name.trim() {
        "" => user.id.to_string(),
        name => format!("{name} ({})", user.id),
    }
}

fn listed(all: impl ExactSizeIterator<Item = impl Display>) -> String {
    let more = all.len().saturating_sub(LISTED);
    let names: Vec<String> = all.take(LISTED).map(|name| name.to_string()).collect();
    let names = names.join(", ");
    if more > 0 {
        format!("{names} and {more} more")
    } else {
        names
    }
}

#[cfg(test)]
mod tests {
    use portico_domain::rule::{Condition, Outcome};

    use super::*;

    /// `New Clients` with its stages; `Repeat Sales` is still to be made.
    fn facts() -> AccountFacts {
        let named = |(name, id): (&str, i64)| serde_json::json!({ "id": id, "name": name });
        let stages = ["New order", "Call", "Shipped"].into_iter().zip(11..);
        let users = (101..=114).map(|id| serde_json::json!({ "id": id, "email_hash": null, "name": if id == 102 { "" } else { "Ann" } }));
        serde_json::from_value(serde_json::json!({
            "currency": "USD", "lead_fields": {}, "contact_fields": {}, "loss_reasons": [],
            "pipelines": [{ "id": 1, "name": "New Clients", "stages": stages.map(named).collect::<Vec<_>>() }],
            "users": users.collect::<Vec<_>>(),
        }))
        .unwrap()
    }

    fn with_rule(when: Condition, then: Outcome) -> Settings {
        let name = "large orders".to_owned();
        let rules = vec![Rule { name, when, then }];
        Settings {
            rules,
            ..Settings::default()
        }
    }

    fn to_stage(buyer: Option<Standing>, stage: &str) -> Settings {
        let when = Condition {
            buyer,
            ..Condition::default()
        };
        let stage = Some(stage.to_owned());
        with_rule(
            when,
            Outcome {
                stage,
                ..Outcome::default()
            },
        )
    }

    fn said(settings: &Settings) -> String {
        choices(settings, &facts())
            .map_or_else(|refusal| refusal.to_string(), |()| "fine".to_owned())
    }

    #[test]
    fn what_the_account_has_or_will_have_may_be_chosen() {
        assert_eq!(said(&Settings::default()), "fine");
        assert_eq!(said(&to_stage(Some(Standing::New), "shipped")), "fine");
        assert_eq!(
            said(&to_stage(Some(Standing::Returning), "In Progress")),
            "fine"
        );
        let responsible = Some("103".to_owned());
        let user = with_rule(
            Condition::default(),
            Outcome {
                responsible,
                ..Outcome::default()
            },
        );
        assert_eq!(said(&user), "fine");
    }

    #[test]
    fn a_stage_must_be_in_every_pipeline_where_a_deal_may_need_it() {
        let shipped = Some(FulfilledStage::Named("Shipped".to_owned()));
        let settings = Settings {
            fulfilled_stage: shipped,
            ..Settings::default()
        };
        insta::assert_snapshot!(said(&settings), @"the pipeline `Repeat Sales` is still to be made and will have no stage `Shipped`, which `fulfilled_stage` names; its stages will be New order, In progress; name one of them, or make the pipeline with that stage in the CRM first");
        insta::assert_snapshot!(said(&to_stage(Some(Standing::New), "Lunch")), @"the pipeline `New Clients` has no stage `Lunch`, which the rule `large orders` names; its stages are New order, Call, Shipped; name one of them, or make that stage in the CRM first");
        assert!(
            said(&to_stage(None, "Call"))
                .starts_with("the pipeline `Repeat Sales` is still to be made")
        );
    }

    #[test]
    fn a_stranger_is_refused_with_some_of_the_users_by_name_and_number() {
        let responsible = Some("nobody@example.com".to_owned());
        let settings = with_rule(
            Condition::default(),
            Outcome {
                responsible,
                ..Outcome::default()
            },
        );
        insta::assert_snapshot!(said(&settings), @"the rule `large orders` gives deals to `nobody@example.com`, who is no user of the account; its users are Ann (101), 102, Ann (103), Ann (104), Ann (105), Ann (106), Ann (107), Ann (108), Ann (109), Ann (110), Ann (111), Ann (112) and 2 more; name one of them by number or by e-mail address");
        let unlisted = AccountFacts {
            users: Vec::new(),
            ..facts()
        };
        assert!(choices(&settings, &unlisted).is_ok());
    }

    #[test]
    fn what_no_account_could_make_sense_of_is_refused_too() {
        let settings = Settings {
            bands: vec![100, 100],
            ..Settings::default()
        };
        insta::assert_snapshot!(said(&settings), @"`bands` has 100 more than once; give each lower bound once");
    }
}
