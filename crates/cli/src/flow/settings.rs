//! The settings of a flow from a file, refused with where they are wrong and how they are written.

use std::path::Path;

use serde::de::DeserializeOwned;

use crate::failure::Failure;

/// What those settings take that are no plain text, with an example each.
const TAKES: [(&str, &str); 18] = [
    ("bands", "whole numbers from 0, as in `bands = [100, 250]`"),
    ("point_of_sale", YES_OR_NO),
    ("imported", YES_OR_NO),
    (
        "fulfilled_stage",
        "`\"won\"`, or a stage by its name as in `fulfilled_stage = { named = \"Shipped\" }`",
    ),
    ("close_lost", YES_OR_NO),
    (
        "theirs",
        "a list of fields, as in `theirs = [\"tracking\"]`",
    ),
    ("rules", RULES),
    (
        "rules.when",
        "conditions, as in `when = { country = \"CA\" }`",
    ),
    ("rules.when.buyer", "`\"new\"` or `\"returning\"`"),
    (
        "rules.when.amount_from",
        "an amount, as in `amount_from = 400`",
    ),
    (
        "rules.when.amount_below",
        "an amount, as in `amount_below = 400`",
    ),
    (
        "rules.when.order_of_buyer",
        "a whole number, where 1 is the buyer's first order",
    ),
    (
        "rules.then",
        "what the rule decides, as in `then = { deal_tags = [\"call\"] }`",
    ),
    ("rules.then.deal_tags", TAGS),
    ("rules.then.contact_tags", TAGS),
    ("rules.then.skip", YES_OR_NO),
    ("new_pipeline", PIPELINE),
    ("returning_pipeline", PIPELINE),
];

const YES_OR_NO: &str = "`true` or `false`, without quotes";
const TAGS: &str = "a list of texts, as in `[\"call\", \"vip\"]`";
const PIPELINE: &str = "the name of a pipeline in quotes";
const RULES: &str = "rules, each below a line `[[rules]]`";

/// Reads a file in TOML; without one everything is left out.
pub(super) fn read<T: DeserializeOwned + Default>(path: Option<&Path>) -> Result<T, Failure> {
    let Some(path) = path else {
        return Ok(T::default());
    };
    let wrong = |why: String| Failure::usage(format!("{}{why}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|why| wrong(format!(": {why}")))?;
    parse(&text).map_err(wrong)
}

/// What is wrong comes with its line, to go on after the name of the file.
fn parse<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    let reader =
        toml::Deserializer::parse(text).map_err(|why| at_line(text, &why, why.message()))?;
    serde_path_to_error::deserialize(reader).map_err(|why| {
        let (place, why) = (why.path().to_string(), why.inner());
        at_line(text, why, &in_words(text, &place, why))
    })
}

fn at_line(text: &str, why: &toml::de::Error, words: &str) -> String {
    let before = why.span().and_then(|span| text.get(..span.start));
    match before {
        Some(before) => format!(", line {}: {words}", before.matches('\n').count() + 1),
        None => format!(": {words}"),
    }
}

fn in_words(text: &str, place: &str, why: &toml::de::Error) -> String {
    let setting = without_numbers(place);
    let message = why.message();
    if message.starts_with("unknown field") {
        return message
            .replacen("unknown field", "there is no setting", 1)
            .replace("expected one of", "there are");
    }
    // The one value that people write as they think of it.
    let given = why.span().and_then(|span| text.get(span));
    if let ("fulfilled_stage", Some(name)) = (
        setting.as_str(),
        given.filter(|given| given.starts_with(['"', '\''])),
    ) {
        return format!(
            "a stage is given by its name: write `fulfilled_stage = {{ named = {name} }}`"
        );
    }
    match TAKES.iter().find(|(name, _)| *name == setting) {
        Some((_, takes)) => format!("`{place}` takes {takes}"),
        None => format!("`{place}` takes a text in quotes"),
    }
}

/// `rules[0].when` is `rules.when`.
fn without_numbers(place: &str) -> String {
    let parts = place
        .split('.')
        .map(|part| part.split('[').next().unwrap_or(part));
    parts.collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use portico_domain::flow::Settings;
    use portico_engine::SettingsChange;

    use super::*;

    #[test]
    fn what_is_wrong_is_told_by_its_line_and_as_it_is_written() {
        for (text, words) in [
            (
                "fulfilled_stage = \"Shipped\"",
                ", line 1: a stage is given by its name: write `fulfilled_stage = { named = \"Shipped\" }`",
            ),
            (
                "imported = false\nbands = [100, -5]",
                ", line 2: `bands[1]` takes whole numbers from 0, as in `bands = [100, 250]`",
            ),
            (
                "close_lost = \"no\"",
                ", line 1: `close_lost` takes `true` or `false`, without quotes",
            ),
            (
                "new_pipeline = 5",
                ", line 1: `new_pipeline` takes the name of a pipeline in quotes",
            ),
            (
                "[[rules]]\nwhen = { country = 5 }",
                ", line 2: `rules[0].when.country` takes a text in quotes",
            ),
        ] {
            assert_eq!(parse::<Settings>(text).unwrap_err(), words);
            assert_eq!(parse::<SettingsChange>(text).unwrap_err(), words);
        }
    }

    #[test]
    fn what_is_no_setting_is_answered_with_those_that_there_are() {
        let wrong = parse::<Settings>("[[rules]]\nwhen = { sum = 5 }").unwrap_err();
        assert!(
            wrong.starts_with(", line 2: there is no setting `sum`, there are `buyer`, "),
            "{wrong}"
        );
        assert!(
            parse::<Settings>("bands = ")
                .unwrap_err()
                .starts_with(", line 1: ")
        );
    }
}
