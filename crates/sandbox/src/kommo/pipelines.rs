//! The calls that read and change pipelines and their stages.

use serde_json::{Value, json};

pub(super) use self::stages::Pipeline;
use super::answer::{Answer, Refusal, hal, nothing};
use super::call::{Call, Ids};
use super::fields::request_id;
use super::findings::{Findings, Place};
use super::state::{Body, State, flag, number, text};

mod stages;

const COLOURS: [&str; 21] = [
    "#fffeb2", "#fffd7f", "#fff000", "#ffeab2", "#ffdc7f", "#ffce5a", "#ffdbdb", "#ffc8c8",
    "#ff8f92", "#d6eaff", "#c1e0ff", "#98cbff", "#ebffb1", "#deff81", "#87f2c0", "#f9deff",
    "#f3beff", "#ccc8f9", "#eb93ff", "#f2f3f4", "#e6e8ea",
];
const MOST_PIPELINES: usize = 50;
const MOST_STATUSES: usize = 100;

/// `GET /leads/pipelines`
pub(super) async fn list(call: Call) -> Answer {
    let state = call.kommo.held();
    let mut pipelines: Vec<&Pipeline> = state.pipelines.values().collect();
    pipelines.sort_by_key(|pipeline| number(&pipeline.body, "sort"));
    let shown: Vec<Value> = pipelines
        .into_iter()
        .map(|pipeline| linked(pipeline, &call))
        .collect();
    envelope("pipelines", shown, &call)
}

/// `GET /leads/pipelines/{id}`
pub(super) async fn show(Ids([id]): Ids<1>, call: Call) -> Answer {
    let state = call.kommo.held();
    let shown = linked(find(&state, id)?, &call);
    match call.kommo.choice("single_pipeline").as_str() {
        "root" => hal(&shown),
        _ => envelope("pipelines", vec![shown], &call),
    }
}

/// `POST /leads/pipelines`
pub(super) async fn create(call: Call) -> Answer {
    call.kommo.admin_only()?;
    let items = call.items()?;
    let mut state = call.kommo.held();
    if state.pipelines.len() + items.len() > MOST_PIPELINES {
        return Err(Refusal::bad_request("The limit of pipelines is reached"));
    }
    let mut findings = Findings::default();
    for (index, item) in items.iter().enumerate() {
        let request_id = request_id(item, index);
        let mut place = findings.item(&request_id);
        check_pipeline(item, true, &mut place);
    }
    findings.settle()?;
    let mut shown = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let id = state.add_pipeline(item);
        let mut pipeline = linked(find(&state, id)?, &call);
        pipeline["request_id"] = request_id(item, index).into();
        shown.push(pipeline);
    }
    envelope("pipelines", shown, &call)
}

/// `PATCH /leads/pipelines/{id}`
pub(super) async fn update(Ids([id]): Ids<1>, call: Call) -> Answer {
    call.kommo.admin_only()?;
    let change = call.object()?;
    let mut state = call.kommo.held();
    find(&state, id)?;
    let mut findings = Findings::default();
    check_pipeline(&change, false, &mut findings.item("0"));
    findings.settle()?;
    if flag(&change, "is_main") {
        state.no_other_main();
    }
    if let Some(pipeline) = state.pipelines.get_mut(&id) {
        for name in ["name", "sort", "is_main", "is_unsorted_on"] {
            if let Some(value) = change.get(name) {
                pipeline.body.insert(name.to_owned(), value.clone());
            }
        }
    }
    hal(&linked(find(&state, id)?, &call))
}

/// `DELETE /leads/pipelines/{id}`
pub(super) async fn remove(Ids([id]): Ids<1>, call: Call) -> Answer {
    call.kommo.admin_only()?;
    let mut state = call.kommo.held();
    find(&state, id)?;
    if state.pipelines.len() == 1 || state.holds_leads(id) {
        return Err(Refusal::bad_request(
            "The last pipeline, or one with leads in it, can not be deleted",
        ));
    }
    state.drop_pipeline(id, call.author);
    hal(&json!({}))
}

/// `GET /leads/pipelines/{pipeline}/statuses`
pub(super) async fn list_statuses(Ids([id]): Ids<1>, call: Call) -> Answer {
    let state = call.kommo.held();
    let shown: Vec<Value> = find(&state, id)?
        .sorted()
        .into_iter()
        .map(|status| linked_status(status, &call))
        .collect();
    envelope("statuses", shown, &call)
}

/// `GET /leads/pipelines/{pipeline}/statuses/{id}`
pub(super) async fn show_status(Ids([pipeline, id]): Ids<2>, call: Call) -> Answer {
    let state = call.kommo.held();
    hal(&linked_status(find_status(&state, pipeline, id)?, &call))
}

/// `POST /leads/pipelines/{pipeline}/statuses`
pub(super) async fn create_statuses(Ids([id]): Ids<1>, call: Call) -> Answer {
    call.kommo.admin_only()?;
    let items = call.items()?;
    let mut state = call.kommo.held();
    if find(&state, id)?.statuses.len() + items.len() > MOST_STATUSES {
        return Err(Refusal::bad_request("The limit of statuses is reached"));
    }
    let mut findings = Findings::default();
    for (index, item) in items.iter().enumerate() {
        check_status(item, true, &mut findings.item(&request_id(item, index)));
    }
    findings.settle()?;
    let mut shown = Vec::with_capacity(items.len());
    for (index, item) in items.into_iter().enumerate() {
        let request_id = request_id(&item, index);
        let status = state.add_status(id, &Value::Object(item));
        let mut status = linked_status(find_status(&state, id, status)?, &call);
        status["request_id"] = request_id.into();
        shown.push(status);
    }
    envelope("statuses", shown, &call)
}

/// `PATCH /leads/pipelines/{pipeline}/statuses/{id}`
pub(super) async fn update_status(Ids([pipeline, id]): Ids<2>, call: Call) -> Answer {
    call.kommo.admin_only()?;
    let change = call.object()?;
    let mut state = call.kommo.held();
    let editable = flag(find_status(&state, pipeline, id)?, "is_editable");
    let mut findings = Findings::default();
    check_status(&change, false, &mut findings.item("0"));
    findings.settle()?;
    if !editable && change.contains_key("sort") {
        return Err(Refusal::bad_request("A system status keeps its place"));
    }
    let home = state.pipelines.get_mut(&pipeline);
    if let Some(status) = home.and_then(|pipeline| pipeline.statuses.get_mut(&id)) {
        for name in ["name", "sort", "color"] {
            if let Some(value) = change.get(name) {
                status.insert(name.to_owned(), value.clone());
            }
        }
    }
    state.space_statuses(pipeline);
    hal(&linked_status(find_status(&state, pipeline, id)?, &call))
}

/// `DELETE /leads/pipelines/{pipeline}/statuses/{id}`
pub(super) async fn remove_status(Ids([pipeline, id]): Ids<2>, call: Call) -> Answer {
    call.kommo.admin_only()?;
    let mut state = call.kommo.held();
    if !flag(find_status(&state, pipeline, id)?, "is_editable") {
        return Err(Refusal::bad_request("A system status can not be deleted"));
    }
    state.drop_status(pipeline, id, call.author);
    call.kommo.tell(&mut state);
    Ok(nothing())
}

/// A pipeline with its stages, without links.
pub(super) fn show_plain(pipeline: &Pipeline) -> Value {
    let mut body = Value::Object(pipeline.body.clone());
    let statuses: Vec<Value> = pipeline
        .sorted()
        .into_iter()
        .map(|status| Value::Object(status.clone()))
        .collect();
    body["_embedded"] = json!({ "statuses": statuses });
    body
}

fn check_pipeline(item: &Body, new: bool, place: &mut Place<'_>) {
    for (name, kind) in [
        ("name", "string"),
        ("sort", "int"),
        ("is_main", "bool"),
        ("is_unsorted_on", "bool"),
    ] {
        match item.get(name) {
            None if new => place.at(name).missing(),
            None => {}
            Some(Value::String(text)) if kind == "string" && !text.is_empty() => {}
            Some(Value::Number(_)) if kind == "int" => {}
            Some(Value::Bool(_)) if kind == "bool" => {}
            Some(_) => place.at(name).wrong_type(kind),
        }
    }
    let statuses = item
        .get("_embedded")
        .and_then(|embedded| embedded["statuses"].as_array());
    for (index, status) in statuses.into_iter().flatten().enumerate() {
        let mut place = place.at(format_args!("_embedded.statuses.{index}"));
        match status {
            Value::Object(status) => check_status(status, true, &mut place),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_) => place.wrong_type("object"),
        }
    }
}

fn check_status(item: &Body, new: bool, place: &mut Place<'_>) {
    if (new || item.contains_key("name")) && text(item, "name").is_empty() {
        place.at("name").missing();
    }
    if item.get("sort").is_some_and(|sort| !sort.is_u64()) {
        place.at("sort").wrong_type("int");
    }
    if item.get("color").is_some_and(|colour| {
        colour
            .as_str()
            .is_none_or(|colour| !COLOURS.contains(&colour))
    }) {
        place.at("color").no_choice();
    }
}

fn find(state: &State, id: u64) -> Result<&Pipeline, Refusal> {
    state
        .pipelines
        .get(&id)
        .ok_or_else(|| Refusal::not_found("Pipeline not found"))
}

fn find_status(state: &State, pipeline: u64, id: u64) -> Result<&Body, Refusal> {
    find(state, pipeline)?
        .statuses
        .get(&id)
        .ok_or_else(|| Refusal::not_found("Status not found"))
}

fn envelope(name: &str, shown: Vec<Value>, call: &Call) -> Answer {
    hal(
        &json!({ "_total_items": shown.len(), "_links": call.own_link(), "_embedded": { name: shown } }),
    )
}

fn linked(pipeline: &Pipeline, call: &Call) -> Value {
    let mut body = show_plain(pipeline);
    body["_links"] = json!({ "self": call.href(&format!("leads/pipelines/{}", pipeline.id())) });
    let statuses: Vec<Value> = pipeline
        .sorted()
        .into_iter()
        .map(|status| linked_status(status, call))
        .collect();
    body["_embedded"]["statuses"] = statuses.into();
    body
}

fn linked_status(status: &Body, call: &Call) -> Value {
    let path = format!(
        "leads/pipelines/{}/statuses/{}",
        status["pipeline_id"], status["id"]
    );
    let mut status = Value::Object(status.clone());
    status["_links"] = json!({ "self": call.href(&path) });
    status
}
