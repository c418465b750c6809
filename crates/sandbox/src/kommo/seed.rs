//! The account as it stands before anybody works in it.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

use super::fields::Kind;
use super::links::Links;
use super::state::{Each, Entity, Sequence, State, object};
use super::tokens::Tokens;
use super::{ACCOUNT_ID, SUBDOMAIN};
use crate::ids::Ids;

const FIRST_ID: u64 = 7_100_000;

/// The account "acme"; `bare` leaves only the pipeline that every new account has.
pub(super) fn account(ids: &Ids, now: i64, bare: bool) -> State {
    let mut sequence = Sequence::after(FIRST_ID);
    let owner = sequence.next();
    let mut state = State {
        account: object(json!({
            "id": ACCOUNT_ID, "name": "Acme", "subdomain": SUBDOMAIN, "created_at": now, "created_by": 0, "updated_at": now,
            "updated_by": 0, "current_user_id": owner, "country": "US", "currency": "USD", "currency_symbol": "$",
            "customers_mode": "disabled", "is_unsorted_on": true, "mobile_feature_version": 0, "is_loss_reason_enabled": true,
            "is_helpbot_enabled": false, "is_technical_account": false, "contact_name_display_order": 1,
        })),
        owner,
        users: BTreeMap::new(),
        pipelines: BTreeMap::new(),
        loss_reasons: BTreeMap::new(),
        fields: Each::default(),
        groups: Each::default(),
        tags: Each::default(),
        cards: Each::default(),
        links: Links::default(),
        notes: BTreeMap::new(),
        unsorted: BTreeMap::new(),
        subscriptions: BTreeMap::new(),
        tokens: Tokens::seeded(ids, owner, now),
        events: Vec::new(),
        leaving: Vec::new(),
        by_email: HashMap::new(),
        sequence,
    };
    add_user(
        &mut state,
        owner,
        "Nora Ellis",
        "nora.ellis@example.com",
        true,
    );
    let second = state.sequence.next();
    add_user(
        &mut state,
        second,
        "Tomas Reyes",
        "tomas.reyes@example.com",
        false,
    );
    add_fields(&mut state);
    if bare {
        add_pipeline(
            &mut state,
            "Pipeline",
            1,
            &[
                "Initial contact",
                "Discussions",
                "Decision making",
                "Contract discussion",
            ],
        );
        return state;
    }
    add_pipeline(
        &mut state,
        "New Clients",
        1,
        &["New order", "In progress", "Shipped"],
    );
    add_pipeline(
        &mut state,
        "Repeat Sales",
        2,
        &["New order", "In progress", "Shipped"],
    );
    for (name, sort) in [("Refunded", 100_000), ("Cancelled", 100_001)] {
        let id = state.sequence.next();
        let reason =
            json!({ "id": id, "name": name, "sort": sort, "created_at": now, "updated_at": now });
        state.loss_reasons.insert(id, object(reason));
    }
    state
}

pub(super) fn add_user(state: &mut State, id: u64, name: &str, email: &str, is_admin: bool) {
    let all = json!({ "view": "A", "edit": "A", "add": "A", "delete": "A", "export": "A" });
    let user = json!({
        "id": id, "name": name, "email": email, "lang": "en",
        "rights": {
            "leads": all, "contacts": all, "companies": all, "tasks": { "edit": "A", "delete": "A" }, "mail_access": false,
            "catalog_access": true, "is_admin": is_admin, "is_free": false, "is_active": true, "group_id": null,
            "role_id": null, "status_rights": null,
        },
    });
    state.users.insert(id, object(user));
}

fn add_pipeline(state: &mut State, name: &str, sort: u64, stages: &[&str]) {
    let statuses: Vec<Value> = stages.iter().map(|name| json!({ "name": name })).collect();
    let pipeline = json!({
        "name": name, "sort": sort, "is_main": sort == 1, "is_unsorted_on": true, "_embedded": { "statuses": statuses },
    });
    state.add_pipeline(&object(pipeline));
}

/// The fields that every account has.
fn add_fields(state: &mut State) {
    for entity in Entity::ALL {
        let main = json!({
            "id": "default", "name": "Main", "is_predefined": true, "type": "custom_field_group",
            "entity_type": entity.word(), "sort": 0,
        });
        state.groups[entity].push(object(main));
    }
    let words = |words: &[&str]| {
        words
            .iter()
            .map(|word| json!({ "value": word, "code": word }))
            .collect::<Vec<Value>>()
    };
    let phone = words(&["WORK", "WORKDD", "MOB", "FAX", "HOME", "OTHER"]);
    let email = words(&["WORK", "PRIV", "OTHER"]);
    for entity in [Entity::Contacts, Entity::Companies] {
        predefined(state, entity, Kind::Multitext, "PHONE", "Phone", &phone);
        predefined(state, entity, Kind::Multitext, "EMAIL", "Email", &email);
    }
    predefined(
        state,
        Entity::Contacts,
        Kind::Text,
        "POSITION",
        "Position",
        &[],
    );
    predefined(state, Entity::Companies, Kind::Url, "WEB", "Web", &[]);
    for code in [
        "UTM_SOURCE",
        "UTM_MEDIUM",
        "UTM_CAMPAIGN",
        "UTM_CONTENT",
        "UTM_TERM",
        "REFERRER",
    ] {
        predefined(
            state,
            Entity::Leads,
            Kind::TrackingData,
            code,
            &code.to_lowercase(),
            &[],
        );
    }
}

fn predefined(
    state: &mut State,
    entity: Entity,
    kind: Kind,
    code: &str,
    name: &str,
    enums: &[Value],
) {
    let definition = json!({
        "name": name, "code": code, "is_predefined": true, "is_deletable": false, "enums": enums,
    });
    state.add_field(entity, kind, &object(definition));
}
