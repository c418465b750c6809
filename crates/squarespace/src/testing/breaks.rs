//! For one keyword of a schema and a value that keeps it, values that break it.

use serde_json::{Value, json};

/// Values in the place of `good` that break what `keyword` demands.
pub(super) fn values(keyword: &str, demand: &Value, good: &Value) -> Vec<Value> {
    match keyword {
        "type" => other_types(demand),
        "enum" => vec![json!("NOT_ONE_OF_THESE")],
        "pattern" | "format" => strangers(keyword, demand, good),
        "minLength" => shorter(demand, good),
        "maxLength" => longer(demand, good),
        "minimum" => vec![json!(number(demand) - 1)],
        "maximum" => vec![json!(number(demand) + 1)],
        "minItems" => fewer(demand, good),
        "maxItems" => more(demand, good),
        "uniqueItems" => twice(good),
        "maxProperties" => more_members(demand, good),
        // What is no constraint, or is one only inside of what the walk goes through by itself.
        "$defs" | "$schema" | "contentEncoding" | "description" | "if" | "then" => Vec::new(),
        unknown => panic!("nothing is known that breaks `{unknown}`"),
    }
}

fn other_types(demand: &Value) -> Vec<Value> {
    let refuses = super::compiled(&json!({"type": demand}));
    [
        json!(null),
        json!(true),
        json!(7),
        json!(1.5),
        json!("a word"),
        json!([]),
        json!({}),
    ]
    .into_iter()
    .filter(|value| !refuses.is_valid(value))
    .collect()
}

fn strangers(keyword: &str, demand: &Value, good: &Value) -> Vec<Value> {
    if !good.is_string() {
        return Vec::new();
    }
    let refuses = super::compiled(&json!({keyword: demand}));
    let strangers: Vec<Value> = ["", "not of this form!", "http://", "12,50"]
        .into_iter()
        .map(Value::from)
        .filter(|stranger| !refuses.is_valid(stranger))
        .collect();
    assert!(!strangers.is_empty(), "{demand} takes every stranger");
    strangers
}

fn shorter(demand: &Value, good: &Value) -> Vec<Value> {
    let length = length(demand).saturating_sub(1);
    let cut = |text: &str| text.chars().take(length).collect::<String>().into();
    good.as_str().map(cut).into_iter().collect()
}

fn longer(demand: &Value, good: &Value) -> Vec<Value> {
    let length = length(demand) + 1;
    let stretch = |text: &str| text.chars().cycle().take(length).collect::<String>().into();
    good.as_str()
        .filter(|text| !text.is_empty())
        .map(stretch)
        .into_iter()
        .collect()
}

fn fewer(demand: &Value, good: &Value) -> Vec<Value> {
    let length = length(demand).saturating_sub(1);
    let cut = |items: &Vec<Value>| items.iter().take(length).cloned().collect();
    good.as_array().map(cut).into_iter().collect()
}

/// Too many items; texts are made different, so that no item stands there twice.
fn more(demand: &Value, good: &Value) -> Vec<Value> {
    let length = length(demand) + 1;
    let different = |(index, item): (usize, &Value)| match item.as_str() {
        Some(text) => format!("{text}{index}").into(),
        None => item.clone(),
    };
    let stretch = |items: &Vec<Value>| {
        let items = items.iter().cycle().take(length).enumerate();
        items.map(different).collect()
    };
    good.as_array()
        .filter(|items| !items.is_empty())
        .map(stretch)
        .into_iter()
        .collect()
}

fn twice(good: &Value) -> Vec<Value> {
    let double = |items: &Vec<Value>| items.iter().chain(items.first()).cloned().collect();
    good.as_array()
        .filter(|items| !items.is_empty())
        .map(double)
        .into_iter()
        .collect()
}

fn more_members(demand: &Value, good: &Value) -> Vec<Value> {
    let Some(value) = good.as_object().and_then(|members| members.values().next()) else {
        return Vec::new();
    };
    let members = (0..=length(demand)).map(|index| (format!("member {index}"), value.clone()));
    vec![Value::Object(members.collect())]
}

fn number(demand: &Value) -> i64 {
    demand
        .as_i64()
        .expect("limits of numbers in our schemas are whole")
}

fn length(demand: &Value) -> usize {
    usize::try_from(number(demand)).expect("lengths are not negative")
}
