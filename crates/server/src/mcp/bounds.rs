//! Keeping an answer small enough for an agent to read, with a way to each thing that is left out.

use std::collections::BTreeMap;
use std::io;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An answer of more than this fills a small model's memory.
pub(super) const MOST_BYTES: usize = 64 * 1024;

/// Rows that are small are still read one by one.
pub(super) const MOST_ROWS: usize = 100;

/// So many shortened places are named.
const MOST_NAMED: usize = 50;

/// How long texts and lists may stay, step by step until it fits.
const STEPS: [(usize, usize); 5] = [(8_000, 200), (2_000, 50), (500, 20), (100, 5), (20, 1)];

/// Where to read on: what an answer hands out and the next call gives back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct More {
    /// The vendor's page, in the vendor's own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cursor: Option<String>,
    /// A place within the answer, as a JSON pointer; the rows without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) at: Option<String>,
    /// How many rows, items or characters of it are known already.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(super) skip: usize,
}

/// A place of which only the beginning is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Shortened {
    pub(super) at: String,
    pub(super) skip: usize,
    /// How many items or characters there are.
    pub(super) of: usize,
}

/// What is shown of something.
#[derive(Debug, PartialEq)]
pub(super) struct Fitted {
    pub(super) value: Value,
    /// How many rows, items or characters to skip for the rest; `None` where nothing is left.
    pub(super) next: Option<usize>,
    pub(super) shortened: Vec<Shortened>,
}

/// So much of an answer's rows as fits, behind those that are known already.
pub(super) fn rows(mut answer: Value, at: &str, skip: usize) -> Fitted {
    let Some(Value::Array(all)) = answer.pointer_mut(at).map(Value::take) else {
        return whole(answer, "");
    };
    let around = whole(answer, "");
    let room = MOST_BYTES.saturating_sub(size(&around.value));
    let list = list(all, at, skip, room);
    let mut value = around.value;
    if let Some(place) = value.pointer_mut(at) {
        *place = list.value;
    }
    Fitted {
        value,
        next: list.next,
        shortened: [around.shortened, list.shortened].concat(),
    }
}

/// So much of one place of an answer as fits; `None` where there is no such place.
pub(super) fn part(mut answer: Value, at: &str, skip: usize) -> Option<Fitted> {
    let fitted = match answer.pointer_mut(at)?.take() {
        Value::Array(all) => list(all, at, skip, MOST_BYTES),
        Value::String(text) => characters(&text, skip),
        other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) => {
            whole(other, at)
        }
    };
    Some(fitted)
}

/// A value in which texts and lists are cut until it fits. `at` is where it stands in its answer.
pub(super) fn whole(value: Value, at: &str) -> Fitted {
    shortened_to(value, at, MOST_BYTES)
}

fn list(all: Vec<Value>, at: &str, skip: usize, room: usize) -> Fitted {
    let count = all.len();
    let mut kept = Vec::new();
    let mut shortened = Vec::new();
    let mut left = room;
    for (index, row) in all.into_iter().enumerate().skip(skip) {
        let size = size(&row) + 1;
        if kept.len() == MOST_ROWS || (size > left && !kept.is_empty()) {
            break;
        }
        if size > left {
            // A row that alone is too much must not stand in the way of those behind it.
            let fitted = shortened_to(row, &format!("{at}/{index}"), left);
            kept.push(fitted.value);
            shortened = fitted.shortened;
            break;
        }
        left -= size;
        kept.push(row);
    }
    let next = skip.saturating_add(kept.len());
    Fitted {
        value: Value::Array(kept),
        next: (next < count).then_some(next),
        shortened,
    }
}

fn characters(text: &str, skip: usize) -> Fitted {
    // The longest that a character becomes in JSON, as `\u0000`.
    const ESCAPED: usize = 6;
    let most = MOST_BYTES / ESCAPED;
    let shown: String = text.chars().skip(skip).take(most).collect();
    let next = skip.saturating_add(shown.chars().count());
    let has_more = text.chars().nth(next).is_some();
    Fitted {
        value: Value::String(shown),
        next: has_more.then_some(next),
        shortened: Vec::new(),
    }
}

fn shortened_to(mut value: Value, at: &str, room: usize) -> Fitted {
    let mut cuts = BTreeMap::new();
    for (characters, items) in STEPS {
        if size(&value) <= room {
            break;
        }
        cut(&mut value, at, characters, items, &mut cuts);
    }
    if size(&value) > room {
        // An object of more members than anything of a shop has.
        value = Value::Null;
        cuts = BTreeMap::from([(at.to_owned(), (0, 0))]);
    }
    // A place within what a later step cut away is reached through the shorter list.
    let is_there = |place: &str| {
        let within = place.strip_prefix(at).unwrap_or(place);
        value.pointer(within).is_some()
    };
    let shortened = cuts
        .iter()
        .filter(|(place, _)| is_there(place))
        .take(MOST_NAMED)
        .map(|(at, (skip, of))| Shortened {
            at: at.clone(),
            skip: *skip,
            of: *of,
        })
        .collect();
    Fitted {
        value,
        next: None,
        shortened,
    }
}

/// Cuts every text and list that is longer, and notes for each place what is kept and what there was.
fn cut(
    value: &mut Value,
    at: &str,
    characters: usize,
    items: usize,
    cuts: &mut BTreeMap<String, (usize, usize)>,
) {
    let mut note = |kept: usize, was: usize| {
        let known = cuts.entry(at.to_owned()).or_insert((kept, was));
        known.0 = kept;
    };
    match value {
        Value::String(text) => {
            if let Some((end, _)) = text.char_indices().nth(characters) {
                note(characters, text.chars().count());
                text.truncate(end);
            }
        }
        Value::Array(list) => {
            if list.len() > items {
                note(items, list.len());
                list.truncate(items);
            }
            for (index, item) in list.iter_mut().enumerate() {
                cut(item, &format!("{at}/{index}"), characters, items, cuts);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                let name = name.replace('~', "~0").replace('/', "~1");
                cut(member, &format!("{at}/{name}"), characters, items, cuts);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// How many bytes of JSON a value is.
fn size(value: &Value) -> usize {
    struct Counted(usize);

    impl io::Write for Counted {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    let mut counted = Counted(0);
    match serde_json::to_writer(&mut counted, value) {
        Ok(()) => counted.0,
        Err(_) => usize::MAX,
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands over a reference"
)]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_small_stays_as_it_is() {
        let answer = json!({"result": [1, 2], "pagination": {}});
        let fitted = rows(answer.clone(), "/result", 0);
        assert_eq!(
            fitted,
            Fitted {
                value: answer,
                next: None,
                shortened: Vec::new()
            }
        );
    }

    #[test]
    fn rows_are_read_to_the_last_one_in_steps_that_each_fit() {
        let all: Vec<Value> = (0..500)
            .map(|n| json!({"id": n, "text": "x".repeat(900)}))
            .collect();
        let (mut seen, mut skip, mut steps) = (Vec::new(), Some(0), 0);
        while let Some(from) = skip {
            let fitted = rows(json!({"result": all, "of": 500}), "/result", from);
            assert!(size(&fitted.value) <= MOST_BYTES);
            assert!(fitted.shortened.is_empty());
            seen.extend(fitted.value["result"].as_array().unwrap().clone());
            skip = fitted.next;
            steps += 1;
        }
        assert_eq!(seen, all);
        assert!(steps < 10, "{steps}");
    }

    #[test]
    fn a_row_that_alone_is_too_much_is_shortened_and_says_where() {
        let huge =
            json!({"id": 1, "lines": vec!["y".repeat(3_000); 400], "note": "z".repeat(90_000)});
        let answer = json!({"result": [{"id": 0}, huge, {"id": 2}]});
        let first = rows(answer.clone(), "/result", 0);
        assert_eq!(
            (first.value["result"].clone(), first.next),
            (json!([{"id": 0}]), Some(1))
        );

        let second = rows(answer.clone(), "/result", 1);
        assert!(size(&second.value) <= MOST_BYTES);
        assert_eq!(second.next, Some(2));
        let note = second
            .shortened
            .iter()
            .find(|cut| cut.at == "/result/1/note")
            .unwrap();
        assert_eq!(note.of, 90_000);
        let rest = part(answer, &note.at, note.skip).unwrap();
        assert_eq!(
            rest.value.as_str().unwrap().len(),
            rest.next.unwrap() - note.skip
        );
    }

    #[test]
    fn a_long_text_is_read_to_its_end() {
        let text = "é\u{1}".repeat(40_000);
        let (mut read, mut skip) = (String::new(), Some(0));
        while let Some(from) = skip {
            let fitted = part(json!({"a/b": text}), "/a~1b", from).unwrap();
            assert!(size(&fitted.value) <= MOST_BYTES);
            read.push_str(fitted.value.as_str().unwrap());
            skip = fitted.next;
        }
        assert_eq!(read, text);
    }

    #[test]
    fn an_object_of_countless_members_is_left_out_with_its_place() {
        let members: serde_json::Map<String, Value> = (0..20_000)
            .map(|n| (format!("member {n}"), json!(n)))
            .collect();
        let fitted = whole(Value::Object(members), "");
        assert_eq!(fitted.value, Value::Null);
        assert_eq!(fitted.shortened.len(), 1);
        assert_eq!(part(json!({"a": 1}), "/b", 0), None);
    }
}
