//! Rules, limits, ends, new keys and the kill switch of agents over `/v1`.

use axum::body::Body;
use http::{Method, Request, header};
use jiff::SignedDuration;
use portico_store::{Store, on_both};
use serde_json::{Value, json};

use crate::stand::{Answer, Stand};

const AGENT: &str = "/v1/agents/Store%20Agent";
const GRANTS: &str = "/v1/agents/Store%20Agent/grants";

/// Any door that agents may open.
const DOOR: &str = "/v1/operations/getOrders";

async fn made(stand: &Stand) -> Value {
    let wanted = json!({ "name": "Store Agent" });
    stand.post("/v1/agents", wanted).await.json(201)
}

async fn change(stand: &Stand, change: Value) -> Answer {
    stand.call(Method::PATCH, GRANTS, Some(change)).await
}

/// What a door answers to a key.
async fn knock(stand: &Stand, secret: &Value) -> Answer {
    let key = secret.as_str().unwrap();
    let request = Request::get(DOOR)
        .header(header::AUTHORIZATION, format!("Bearer {key}"))
        .body(Body::empty());
    stand.send(request.unwrap()).await
}

fn in_words(agent: &Value) -> String {
    let sentences = agent["in_words"].as_array().unwrap().iter();
    let sentences: Vec<&str> = sentences.map(|one| one.as_str().unwrap()).collect();
    sentences.join("\n")
}

on_both! {
    async fn rules_are_given_shown_in_words_and_taken_away(store: Store) {
        let stand = Stand::alone(store).await;
        let rules = json!([
            { "connection": null, "operation": "adjustInventoryStockLevels", "verdict": "ask" },
            { "connection": null, "limit": "price-percent=10", "beyond": "ask" },
            { "connection": null, "operation": "createOrder", "verdict": "deny" },
            { "connection": null, "operation": "getOrders", "verdict": "allow" },
            { "connection": null, "personal_data": "shown" },
            { "connection": null, "limit": "stock-per-call=20", "beyond": "deny" },
        ]);
        let wanted = json!({
            "name": "Store Agent",
            "grants": [{ "area": "inventory", "level": "full" }],
            "rules": rules,
            "expires_at": "2026-03-09",
        });
        let made = stand.post("/v1/agents", wanted).await.json(201);
        let shown = stand.read(AGENT).await;
        assert_eq!(made["agent"], shown);
        assert_eq!(shown["rules"], rules);
        assert_eq!(shown["expires_at"], "2026-03-09T00:00:00Z");
        insta::assert_snapshot!(in_words(&shown), @r"
        every connection: inventory full; may call getOrders; asks before adjustInventoryStockLevels; may not call createOrder; prices moved by at most 10 % a call, else a person is asked; personal data shown; at most 20 units of stock a call, else denied
        all of it ends at 2026-03-09T00:00:00Z
        ");

        let changed = change(&stand, json!({
            "rules": [{ "limit": "stock-per-call=1" }, { "operation": "createOrder", "verdict": "allow" }],
            "forget": [{ "subject": "getOrders" }, { "subject": "personal-data" }, { "subject": "ask:price-percent" }],
        })).await.json(200);
        insta::assert_snapshot!(in_words(&changed), @r"
        every connection: inventory full; may call createOrder; asks before adjustInventoryStockLevels; at most 1 unit of stock a call, else denied
        personal data hidden
        all of it ends at 2026-03-09T00:00:00Z
        ");
        let endless = change(&stand, json!({ "expires_at": null })).await.json(200);
        assert_eq!(endless["expires_at"], Value::Null);
        assert_eq!(endless["rules"], changed["rules"], "the rest stays");

        let only = json!({ "grants": [{ "area": "orders", "level": "read" }] });
        let replaced = stand.call(Method::PUT, GRANTS, Some(only)).await.json(200);
        assert_eq!(replaced["rules"], json!([]));
        insta::assert_snapshot!(in_words(&replaced), @r"
        every connection: orders read
        personal data hidden
        ");
    }
}

on_both! {
    async fn a_rule_that_cannot_be_is_refused_in_words_and_changes_nothing(store: Store) {
        let stand = Stand::alone(store).await;
        made(&stand).await;
        let one = "422 request: rules[0]: give an `operation` with a `verdict`, a `limit`, or `personal_data`, and one of them";
        for (rule, words) in [
            (json!({}), one),
            (json!({ "verdict": "ask" }), one),
            (json!({ "operation": "getOrders", "verdict": "ask", "limit": "quantity=5" }), one),
            (json!({ "operation": "getOrders", "verdict": "ask", "beyond": "ask" }), one),
            (json!({ "personal_data": "shown", "beyond": "ask" }), one),
            (json!({ "operation": "getOrders" }), "422 request: rules[0]: an `operation` takes a `verdict`: allow, ask or deny"),
            (json!({ "operation": "getOrders", "verdict": "perhaps" }), "422 request: rules[0].verdict: expected one of `allow`, `ask`, `deny`"),
            (json!({ "personal_data": "perhaps" }), "422 request: rules[0].personal_data: expected `shown` or `hidden`"),
            (json!({ "limit": "quantity=5", "until": "noon" }), "422 request: rules[0].until: unknown field"),
            (json!({ "limit": "stock=5" }), "422 request: rules[0]: `stock` is no limit; write one of calls-per-minute=60,"),
            (json!({ "limit": "quantity=-5" }), "422 request: rules[0]: `quantity` takes a whole number of 0 or more, and `-5` is none"),
            (json!({ "limit": "hours=always" }), "422 request: rules[0]: hours are days, a part of the day and a time zone"),
            (json!({ "limit": "skus=" }), "422 request: rules[0]: `skus` takes 1 to 1000 SKUs"),
            (json!({ "operation": "getOrder s", "verdict": "ask" }), "404 not-found: no such operation `getOrder s`; did you mean `getOrders`?"),
            (json!({ "operation": "sellEverything", "verdict": "ask" }), "404 not-found: no such operation `sellEverything`; `portico operations list`"),
            (json!({ "connection": "gone", "limit": "quantity=5" }), "404 not-found: no such connection `gone`"),
        ] {
            let wanted = json!({ "grants": [{ "area": "orders", "level": "read" }], "rules": [rule] });
            for method in [Method::PATCH, Method::PUT] {
                let refused = stand.call(method, GRANTS, Some(wanted.clone())).await;
                assert!(refused.problem().starts_with(words), "{rule}: {}", refused.body);
            }
        }
        let shown = stand.read(AGENT).await;
        assert_eq!((&shown["grants"], &shown["rules"]), (&json!([]), &json!([])));
    }
}

on_both! {
    async fn what_contradicts_itself_is_refused(store: Store) {
        let stand = Stand::alone(store).await;
        made(&stand).await;
        let rules = |rules: Value| json!({ "rules": rules });
        for (wanted, words) in [
            (
                rules(json!([{ "operation": "getOrders", "verdict": "ask" }, { "operation": "getOrders", "verdict": "deny" }])),
                "422 request: two rules on `getOrders` contradict each other; give one",
            ),
            (
                rules(json!([{ "limit": "quantity=5" }, { "limit": "quantity=3" }])),
                "422 request: two rules on `quantity` contradict each other; give one",
            ),
            (
                json!({ "rules": [{ "personal_data": "shown" }], "forget": [{ "subject": "personal-data" }] }),
                "422 request: the rule on `personal-data` is to be forgotten and set; do one of the two",
            ),
            (
                json!({ "forget": [{ "subject": "quantity" }] }),
                "404 not-found: no such rule on `quantity` for all connections; `portico agent show \"Store Agent\"` has the agent's rules",
            ),
            (
                json!({ "expires_at": "2026-03-02T12:00:00Z" }),
                "422 request: what ends at 2026-03-02T12:00:00Z could never be used; choose a later time",
            ),
            (json!({ "expires_at": "soon" }), "422 request: expires_at: "),
        ] {
            let refused = change(&stand, wanted).await;
            assert!(refused.problem().starts_with(words), "{}", refused.body);
        }
        let idle = json!([{ "limit": "quantity=5" }, { "limit": "quantity=20", "beyond": "ask" }]);
        let refused = change(&stand, rules(idle.clone())).await.problem();
        let nobody = "422 request: nobody would be asked beyond `quantity=20`, since calls beyond `quantity=5` are denied; ask from a narrower limit on, or forget one of the two";
        assert_eq!(refused, nobody);
        let add = json!({ "name": "Keeper", "rules": idle });
        assert_eq!(stand.post("/v1/agents", add).await.problem(), nobody);
        let same = json!([{ "limit": "quantity=5" }, { "limit": "quantity=5" }]);
        let changed = change(&stand, rules(same)).await.json(200);
        assert_eq!(changed["rules"].as_array().unwrap().len(), 1, "twice the same is no contradiction");
        let asked = |limit: &str| rules(json!([{ "limit": limit, "beyond": "ask" }]));
        assert_eq!(change(&stand, asked("quantity=20")).await.problem(), nobody, "beside the rule that stands");
        change(&stand, asked("quantity=4")).await.json(200);
        for name in ["stop", "start"] {
            let refused = stand.post("/v1/agents", json!({ "name": name })).await;
            assert!(refused.problem().contains("is not `stop` or `start`"), "{}", refused.body);
        }
    }
}

on_both! {
    async fn a_rotated_key_is_good_beside_the_new_one_for_a_while(store: Store) {
        let stand = Stand::alone(store).await;
        let first = made(&stand).await["secret"].clone();
        let rotate = format!("{AGENT}/rotate");
        let second = stand.post(&rotate, json!({ "overlap_seconds": 3600 })).await.json(200);
        assert_eq!(second["former_end_at"], "2026-03-02T13:00:00Z");
        assert_eq!(second["agent"], stand.read(AGENT).await);
        for key in [&first, &second["secret"]] {
            assert_eq!(knock(&stand, key).await.status, 200);
        }
        let agents = stand.read("/v1/agents").await;
        assert_eq!(agents["agents"][0]["former_end_at"], "2026-03-02T13:00:00Z");
        let said = "a former key is good until 2026-03-02T13:00:00Z";
        assert!(in_words(&agents["agents"][0]).ends_with(said), "{agents}");
        let third = stand.post(&rotate, json!({})).await.json(200);
        assert_eq!(third["former_end_at"], "2026-03-03T12:00:00Z", "a day where nothing is said");
        stand.clock.advance(SignedDuration::from_hours(1));
        assert_eq!(knock(&stand, &first).await.status, 401, "it has no longer than it had");
        assert_eq!(knock(&stand, &second["secret"]).await.status, 200);

        let last = stand.post(&rotate, json!({ "overlap_seconds": 0 })).await.json(200);
        for key in [&second["secret"], &third["secret"]] {
            assert_eq!(knock(&stand, key).await.status, 401);
        }
        assert_eq!(knock(&stand, &last["secret"]).await.status, 200);
        assert_eq!(stand.read(AGENT).await["former_end_at"], Value::Null);
        let gone = stand.call(Method::DELETE, AGENT, None).await;
        assert_eq!(gone.status, 204);
        assert_eq!(knock(&stand, &last["secret"]).await.status, 401);
    }
}

on_both! {
    async fn a_rotation_that_cannot_be_is_refused_and_ends_no_key(store: Store) {
        let stand = Stand::alone(store).await;
        let made = made(&stand).await;
        for (path, body, words) in [
            (AGENT, json!({ "overlap_seconds": 604_801 }), "422 request: a former key is good for 7 days at most"),
            (AGENT, json!({ "overlap_seconds": -1 }), "422 request: overlap_seconds: expected a whole number from 0"),
            (AGENT, json!({ "overlap": "1h" }), "422 request: overlap: unknown field"),
            ("/v1/agents/Nobody", json!({}), "404 not-found: no such agent `Nobody`"),
        ] {
            let refused = stand.post(&format!("{path}/rotate"), body).await;
            assert!(refused.problem().starts_with(words), "{}", refused.body);
        }
        stand.clock.advance(SignedDuration::from_hours(24 * 8));
        assert_eq!(knock(&stand, &made["secret"]).await.status, 200);
    }
}

on_both! {
    async fn stopped_agents_are_refused_from_their_next_call_on_and_administrators_go_on(store: Store) {
        let stand = Stand::alone(store).await;
        let made = made(&stand).await;
        stand.post("/v1/agents", json!({ "name": "Reader" })).await.json(201);
        assert_eq!(knock(&stand, &made["secret"]).await.status, 200);

        let stopped = stand.call(Method::POST, "/v1/agents/stop", None).await.json(200);
        assert_eq!(stopped, json!({ "stopped_at": "2026-03-02T12:00:00Z", "agents": 2 }));
        let words = "403 stopped: all agents are stopped since 2026-03-02T12:00:00Z; an administrator lets them call again with `portico agents start`";
        assert_eq!(knock(&stand, &made["secret"]).await.problem(), words);
        let meanwhile = stand.post("/v1/agents", json!({ "name": "Late" })).await.json(201);
        assert_eq!(knock(&stand, &meanwhile["secret"]).await.problem(), words);
        assert_eq!(knock(&stand, &json!(stand.key)).await.status, 200);

        stand.clock.advance(SignedDuration::from_mins(1));
        let again = stand.call(Method::POST, "/v1/agents/stop", None).await.json(200);
        assert_eq!(again, json!({ "stopped_at": "2026-03-02T12:00:00Z", "agents": 3 }));
        assert_eq!(stand.read("/v1/agents").await["stopped_at"], "2026-03-02T12:00:00Z");
        assert_eq!(stand.read("/v1/overview").await["agents_stopped_at"], "2026-03-02T12:00:00Z");

        let started = stand.call(Method::POST, "/v1/agents/start", None).await.json(200);
        assert_eq!(started, json!({ "stopped_at": null, "agents": 3 }));
        assert_eq!(knock(&stand, &made["secret"]).await.status, 200);
        assert_eq!(stand.read("/v1/overview").await["agents_stopped_at"], Value::Null);
        let stranger = json!("ptc_agt_0000");
        assert_eq!(knock(&stand, &stranger).await.status, 401);
    }
}
