//! The account itself, its users, its loss reasons and the groups of its custom fields.

use http::StatusCode;
use serde_json::{Value, json};

use super::answer::{Answer, Refusal, hal, hal_with, nothing};
use super::call::{Call, Ids, Totals};
use super::fields::request_id;
use super::findings::Findings;
use super::state::{Body, Entity, flag, number, text};
use axum::extract::Path;

/// `GET /account`
pub(super) async fn show(call: Call) -> Answer {
    let state = call.kommo.held();
    let mut body = Value::Object(state.account.clone());
    body["current_user_id"] = call.author.user.into();
    body["_links"] = call.own_link();
    if call.query.with("is_api_filter_enabled") {
        body["is_api_filter_enabled"] = call.kommo.flag("api_filter").into();
    }
    if call.query.with("version") {
        body["version"] = 10.into();
    }
    if call.query.with("amojo_id") {
        body["amojo_id"] = "3d0f1f4e-6c1a-4e5d-8a7a-2b9f0c4d5e61".into();
    }
    if call.query.with("drive_url") {
        body["drive_url"] = "https://drive-g.kommo.com".into();
    }
    let embedded = [
        (
            "users_groups",
            json!([{ "id": 0, "name": "Sales", "uuid": null }]),
        ),
        (
            "task_types",
            json!([
                { "id": 1, "name": "Follow-up", "color": null, "icon_id": null, "code": "FOLLOW_UP" },
                { "id": 2, "name": "Meeting", "color": null, "icon_id": null, "code": "MEETING" },
            ]),
        ),
        (
            "datetime_settings",
            json!({
                "date_pattern": "d.m.Y H:i", "short_date_pattern": "d.m.Y", "short_time_pattern": "H:i", "date_format": "d.m.Y",
                "time_format": "H:i:s", "timezone": "America/New_York", "timezone_offset": "-05:00",
            }),
        ),
    ];
    let asked: Body = embedded
        .into_iter()
        .filter(|(name, _)| call.query.with(name))
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    if !asked.is_empty() {
        body["_embedded"] = Value::Object(asked);
    }
    hal(&body)
}

/// `GET /users`
pub(super) async fn users(call: Call) -> Answer {
    call.kommo.admin_only()?;
    let state = call.kommo.held();
    let users: Vec<&Body> = state.users.values().collect();
    call.page("users", &users, Totals::Shown, |user, suffix| {
        linked(user, &format!("users/{}{suffix}", user["id"]), &call)
    })
}

/// `GET /users/{id}`
pub(super) async fn user(Ids([id]): Ids<1>, call: Call) -> Answer {
    call.kommo.admin_only()?;
    let state = call.kommo.held();
    let user = state
        .users
        .get(&id)
        .ok_or_else(|| Refusal::not_found("User not found"))?;
    hal(&linked(user, &format!("users/{id}"), &call))
}

/// `GET /leads/loss_reasons`
pub(super) async fn loss_reasons(call: Call) -> Answer {
    let state = call.kommo.held();
    let mut reasons: Vec<&Body> = state.loss_reasons.values().collect();
    reasons.sort_by_key(|reason| number(reason, "sort"));
    call.page("loss_reasons", &reasons, Totals::Shown, |reason, _| {
        linked(
            reason,
            &format!("leads/loss_reasons/{}", reason["id"]),
            &call,
        )
    })
}

/// `GET /leads/loss_reasons/{id}`
pub(super) async fn loss_reason(Ids([id]): Ids<1>, call: Call) -> Answer {
    let state = call.kommo.held();
    let reason = state
        .loss_reasons
        .get(&id)
        .ok_or_else(|| Refusal::not_found("Loss reason not found"))?;
    hal(&linked(reason, &format!("leads/loss_reasons/{id}"), &call))
}

/// `GET /{entity}/custom_fields/groups`
pub(super) async fn groups(entity: Entity, call: Call) -> Answer {
    let state = call.kommo.held();
    let groups: Vec<Value> = state.groups[entity]
        .iter()
        .map(|group| with_fields(&state, entity, group))
        .collect();
    call.page("custom_field_groups", &groups, Totals::Shown, |group, _| {
        group.clone()
    })
}

/// `GET /{entity}/custom_fields/groups/{id}`
pub(super) async fn group(entity: Entity, Path(id): Path<String>, call: Call) -> Answer {
    let state = call.kommo.held();
    let group = state.groups[entity]
        .iter()
        .find(|group| text(group, "id") == id)
        .ok_or_else(no_group)?;
    hal(&with_fields(&state, entity, group))
}

/// `POST /{entity}/custom_fields/groups`
pub(super) async fn create_groups(entity: Entity, call: Call) -> Answer {
    call.kommo.admin_only()?;
    let items = call.items()?;
    let mut findings = Findings::default();
    for (index, item) in items.iter().enumerate() {
        if text(item, "name").is_empty() {
            findings.item(&request_id(item, index)).at("name").missing();
        }
    }
    findings.settle()?;
    let mut state = call.kommo.held();
    let mut shown = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let id = format!("{}_{:014}", entity.word(), state.sequence.next());
        let group = json!({
            "id": id, "name": item["name"], "is_predefined": false, "type": "custom_field_group",
            "entity_type": entity.word(), "sort": item.get("sort").unwrap_or(&json!(state.groups[entity].len())),
        });
        if let Value::Object(group) = group {
            let mut answer = with_fields(&state, entity, &group);
            answer["request_id"] = request_id(item, index).into();
            shown.push(answer);
            state.groups[entity].push(group);
        }
    }
    let body =
        json!({ "_total_items": shown.len(), "_embedded": { "custom_field_groups": shown } });
    Ok(hal_with(StatusCode::CREATED, &body))
}

/// `PATCH /{entity}/custom_fields/groups/{id}`
pub(super) async fn update_group(entity: Entity, Path(id): Path<String>, call: Call) -> Answer {
    call.kommo.admin_only()?;
    let change = call.object()?;
    let mut state = call.kommo.held();
    let group = state.groups[entity]
        .iter_mut()
        .find(|group| text(group, "id") == id)
        .ok_or_else(no_group)?;
    for name in ["name", "sort"] {
        if let Some(value) = change.get(name) {
            group.insert(name.to_owned(), value.clone());
        }
    }
    let group = group.clone();
    hal(&with_fields(&state, entity, &group))
}

/// `DELETE /{entity}/custom_fields/groups/{id}`
pub(super) async fn remove_group(entity: Entity, Path(id): Path<String>, call: Call) -> Answer {
    call.kommo.admin_only()?;
    let mut state = call.kommo.held();
    let group = state.groups[entity]
        .iter()
        .find(|group| text(group, "id") == id)
        .ok_or_else(no_group)?;
    if flag(group, "is_predefined") {
        return Err(Refusal::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "This group can not be deleted",
        ));
    }
    state.groups[entity].retain(|group| text(group, "id") != id);
    for field in state.fields[entity]
        .values_mut()
        .filter(|field| field.body["group_id"] == id.as_str())
    {
        field.body.insert("group_id".to_owned(), Value::Null);
    }
    Ok(nothing())
}

fn with_fields(state: &super::state::State, entity: Entity, group: &Body) -> Value {
    let members = state.fields[entity]
        .values()
        .filter(|field| field.body["group_id"] == group["id"]);
    let members: Vec<u64> = members.map(|field| field.id).collect();
    let mut shown = Value::Object(group.clone());
    shown["fields"] = members.into();
    shown
}

fn no_group() -> Refusal {
    Refusal::not_found("Custom field group not found")
}

fn linked(body: &Body, path: &str, call: &Call) -> Value {
    let mut shown = Value::Object(body.clone());
    shown["_links"] = json!({ "self": call.href(path) });
    shown
}
