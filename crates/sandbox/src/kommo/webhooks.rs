//! Account webhooks: subscriptions, and when a delivery is repeated or a subscription is disabled.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use http::{StatusCode, header};
use serde_json::{Value, json};

pub(super) use self::events::{Event, Place, changes};
use super::Kommo;
use super::answer::{Answer, Refusal, hal_with, nothing};
use super::call::{Call, Totals};
use super::findings::Findings;
use super::state::{Body, Entity, State, text};
use crate::delivery::{Attempt, Outgoing, Verdict};

mod events;

const MOST_SUBSCRIPTIONS: usize = 100;
const PATIENCE: Duration = Duration::from_secs(2);
const MINUTE_MS: i64 = 60_000;
/// 5 and 15 minutes after the attempt before, then 15 minutes and an hour; counted from the first attempt.
const SCHEDULE_MS: &[i64] = &[
    5 * MINUTE_MS,
    20 * MINUTE_MS,
    35 * MINUTE_MS,
    95 * MINUTE_MS,
];
/// Further attempts than this are made only when the receiver itself failed.
const ATTEMPTS_FOR_ANY_FAILURE: usize = 3;
const FAILURE_SPAN_MS: i64 = 120 * MINUTE_MS;
const MOST_FAILURES: usize = 100;

#[derive(Debug)]
pub(super) struct Subscription {
    pub body: Body,
    /// When invalid answers came, in milliseconds; those of the last two hours count.
    failures: VecDeque<i64>,
}

impl Subscription {
    pub(super) fn is_disabled(&self) -> bool {
        self.body.get("disabled") == Some(&Value::Bool(true))
    }

    pub(super) fn disable(&mut self) {
        self.body.insert("disabled".to_owned(), true.into());
    }

    pub(super) fn enable(&mut self) {
        self.body.insert("disabled".to_owned(), false.into());
        self.failures.clear();
    }

    fn wants(&self, setting: &str) -> bool {
        let settings = self.body.get("settings").and_then(Value::as_array);
        settings.is_some_and(|settings| settings.iter().any(|known| known == setting))
    }
}

/// `GET /webhooks`
pub(super) async fn list(call: Call) -> Answer {
    call.kommo.admin_only()?;
    let destination = call.query.one(&["filter", "destination"]);
    let state = call.kommo.held();
    let rows: Vec<&Subscription> = state
        .subscriptions
        .values()
        .filter(|row| destination.is_none_or(|wanted| wanted == text(&row.body, "destination")))
        .collect();
    call.page("webhooks", &rows, Totals::Shown, |row, _| {
        Value::Object(row.body.clone())
    })
}

/// `POST /webhooks`
pub(super) async fn create(call: Call) -> Answer {
    call.kommo.admin_only()?;
    if !call.kommo.flag("webhooks_allowed") {
        return Err(Refusal::new(
            StatusCode::FORBIDDEN,
            "Webhooks are not available on the current plan",
        ));
    }
    let sent = call.object()?;
    check(&sent)?;
    let mut state = call.kommo.held();
    let destination = text(&sent, "destination");
    let known = state
        .subscriptions
        .iter()
        .find(|(_, row)| text(&row.body, "destination") == destination)
        .map(|(id, _)| *id);
    if known.is_none() && state.subscriptions.len() >= MOST_SUBSCRIPTIONS {
        return Err(Refusal::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "The limit of webhooks is reached",
        ));
    }
    let body = match known {
        Some(id) => renew(
            &mut state,
            id,
            &sent,
            call.author.now,
            call.kommo.choice("webhook_repost") == "merge",
        ),
        None => {
            let id = state.sequence.next();
            let body = json!({
                "id": id, "destination": destination, "created_at": call.author.now, "updated_at": call.author.now,
                "account_id": state.account_id(), "created_by": call.author.user, "sort": sent.get("sort").unwrap_or(&json!(1)),
                "disabled": false, "settings": sent["settings"],
            });
            if let Value::Object(body) = body.clone() {
                state.subscriptions.insert(
                    id,
                    Subscription {
                        body,
                        failures: VecDeque::new(),
                    },
                );
            }
            body
        }
    };
    Ok(hal_with(StatusCode::CREATED, &body))
}

/// `DELETE /webhooks`
pub(super) async fn remove(call: Call) -> Answer {
    call.kommo.admin_only()?;
    let sent = call.object_or_empty()?;
    let mut state = call.kommo.held();
    let destination = text(&sent, "destination");
    if destination.is_empty() {
        let mut findings = Findings::default();
        findings.item("0").at("destination").missing();
        findings.settle()?;
    }
    let known = state
        .subscriptions
        .iter()
        .find(|(_, row)| text(&row.body, "destination") == destination)
        .map(|(id, _)| *id);
    let id = known.ok_or_else(|| Refusal::not_found("Webhook not found"))?;
    state.subscriptions.remove(&id);
    call.kommo
        .world
        .deliveries
        .drop_subscription("kommo", &id.to_string());
    Ok(nothing())
}

impl Kommo {
    /// Sends what happened to every subscription that wants it.
    pub(super) fn tell(self: &Arc<Self>, state: &mut State) {
        let events = std::mem::take(&mut state.events);
        if events.is_empty() {
            return;
        }
        for (id, subscription) in state
            .subscriptions
            .iter()
            .filter(|(_, row)| !row.is_disabled())
        {
            let wanted: Vec<&Event> = events
                .iter()
                .filter(|event| subscription.wants(&event.setting))
                .collect();
            if wanted.is_empty() {
                continue;
            }
            self.world.deliveries.send(Outgoing {
                app: "kommo",
                subscription: id.to_string(),
                url: text(&subscription.body, "destination").to_owned(),
                headers: vec![(
                    header::CONTENT_TYPE.as_str(),
                    "application/x-www-form-urlencoded".to_owned(),
                )],
                body: events::form(&wanted, &state.account).into(),
                timeout: PATIENCE,
                schedule_ms: SCHEDULE_MS,
                on_result: self.judge(*id),
            });
        }
    }

    fn judge(
        self: &Arc<Self>,
        subscription: u64,
    ) -> Arc<dyn Fn(&Attempt) -> Verdict + Send + Sync> {
        let kommo = Arc::downgrade(self);
        Arc::new(move |attempt| {
            let valid = attempt
                .status
                .is_some_and(|status| (100..300).contains(&status));
            if valid {
                return Verdict::Done;
            }
            if let Some(kommo) = kommo.upgrade() {
                kommo.note_failure(subscription);
            }
            let receiver_failed = attempt
                .status
                .is_some_and(|status| status == 499 || (500..600).contains(&status));
            if attempt.number < ATTEMPTS_FOR_ANY_FAILURE || receiver_failed {
                Verdict::Retry
            } else {
                Verdict::Done
            }
        })
    }

    fn note_failure(&self, subscription: u64) {
        let now = self.world.clock.now_ms();
        let mut state = self.held();
        let Some(subscription) = state.subscriptions.get_mut(&subscription) else {
            return;
        };
        subscription.failures.push_back(now);
        while subscription
            .failures
            .front()
            .is_some_and(|at| *at <= now - FAILURE_SPAN_MS)
        {
            subscription.failures.pop_front();
        }
        if subscription.failures.len() > MOST_FAILURES {
            subscription.disable();
        }
    }
}

fn check(sent: &Body) -> Result<(), Refusal> {
    let mut findings = Findings::default();
    let mut place = findings.item("0");
    let address = url::Url::parse(text(sent, "destination"));
    if !address.is_ok_and(|address| matches!(address.scheme(), "http" | "https")) {
        place
            .at("destination")
            .add("InvalidUrl", "This value is not a valid URL.");
    }
    match sent.get("settings").and_then(Value::as_array) {
        Some(settings) if !settings.is_empty() => {
            for (index, setting) in settings.iter().enumerate() {
                if !setting.as_str().is_some_and(is_setting) {
                    place.at("settings").at(index).no_choice();
                }
            }
        }
        Some(_) | None => place.at("settings").missing(),
    }
    findings.settle()
}

fn is_setting(word: &str) -> bool {
    const OTHERS: [&str; 14] = [
        "restore_lead",
        "restore_contact",
        "restore_company",
        "add_task",
        "update_task",
        "delete_task",
        "responsible_task",
        "add_talk",
        "update_talk",
        "add_message",
        "add_outgoing_message",
        "add_chat_template_review",
        "status_lead",
        "add_customer",
    ];
    let Some((action, subject)) = word.split_once('_') else {
        return false;
    };
    let on_card = Entity::ALL
        .iter()
        .any(|entity| entity.singular() == subject);
    let told = match action {
        "add" | "update" | "delete" => on_card || subject == "unsorted",
        "responsible" | "note" => on_card,
        _ => false,
    };
    told || OTHERS.contains(&word)
}

fn renew(state: &mut State, id: u64, sent: &Body, now: i64, merge: bool) -> Value {
    let Some(row) = state.subscriptions.get_mut(&id) else {
        return Value::Null;
    };
    let mut settings = match row.body.get("settings") {
        Some(Value::Array(settings)) if merge => settings.clone(),
        Some(_) | None => Vec::new(),
    };
    for setting in sent["settings"].as_array().into_iter().flatten() {
        if !settings.contains(setting) {
            settings.push(setting.clone());
        }
    }
    row.body.insert("settings".to_owned(), settings.into());
    row.body.insert("updated_at".to_owned(), now.into());
    Value::Object(row.body.clone())
}
