//! The admin API from the first connection to an order that became a deal.

use http::Method;
use jiff::SignedDuration;
use portico_store::{Store, on_both};
use serde_json::{Value, json};

use crate::stand::Stand;
use crate::vendors::{Vendors, stand_with_vendors};

/// After this time the sweep has come by.
const SWEPT: SignedDuration = SignedDuration::from_mins(6);

/// A shop whose orders become deals, before the first one.
async fn with_flow(store: Store) -> (Stand, Vendors) {
    let (stand, vendors) = stand_with_vendors(store, "127.0.0.1:9".parse().unwrap()).await;
    let site = stand.post("/v1/connections", vendors.site("acme")).await;
    site.json(201);
    let crm = stand.post("/v1/connections", vendors.crm("crm")).await;
    crm.json(201);
    let flow = json!({ "name": "orders", "site": "acme", "crm": "crm" });
    stand.post("/v1/flows", flow).await.json(201);
    stand.engine.run_due().await.unwrap();
    (stand, vendors)
}

/// Somebody orders something, and the work of it is done; answers with the order's number.
async fn order(stand: &Stand, vendors: &Vendors) -> String {
    stand.clock.advance(SWEPT);
    let checkout = json!({
        "app": "squarespace", "action": "checkout", "silent": true,
        "email": "ada.canary@example.com", "first_name": "Ada", "last_name": "Canary",
    });
    let order = vendors.control("people", checkout).await;
    stand.clock.advance(SWEPT);
    stand.engine.run_due().await.unwrap();
    order["orderNumber"].as_str().unwrap().to_owned()
}

/// A shop whose orders become deals, with one order that has its deal.
pub(crate) async fn with_one_order(store: Store) -> (Stand, Vendors, String) {
    let (stand, vendors) = with_flow(store).await;
    let number = order(&stand, &vendors).await;
    (stand, vendors, number)
}

on_both! {
    async fn connections_are_made_shown_tested_and_removed(store: Store) {
        let (stand, vendors) = stand_with_vendors(store, "127.0.0.1:9".parse().unwrap()).await;
        let made = stand.post("/v1/connections", vendors.site_by_key("acme")).await.json(201);
        assert_eq!(made["connection"]["status"], "ACTIVE");
        assert_eq!(made["connection"]["account"]["can_read"], json!(["orders", "products", "inventory", "transactions", "contacts", "profiles", "discounts"]));
        let again = stand.post("/v1/connections", vendors.site_by_key("acme")).await;
        assert_eq!(
            again.problem(),
            "409 conflict: there is already a connection `acme`; choose another name"
        );
        let named = stand.post("/v1/connections", vendors.crm("a b")).await;
        assert_eq!(
            named.problem(),
            "422 request: `a b`: a name has 1 to 40 letters, digits, dashes or underscores"
        );
        let shown = stand.read("/v1/connections/acme").await;
        for (member, value) in made["connection"].as_object().unwrap() {
            assert_eq!(&shown[member], value, "{member}");
        }
        let findings = made["findings"].as_array().unwrap();
        assert_eq!(shown["findings"].as_array().unwrap(), &findings[1..]);
        let tested = stand.call(Method::POST, "/v1/connections/acme/test", None).await.json(200);
        assert_eq!(tested["findings"], made["findings"]);
        let id = &made["connection"]["id"];
        let gone = stand.call(Method::DELETE, "/v1/connections/acme", None).await.json(200);
        assert_eq!(gone, json!({ "removed": "acme", "id": id, "erased": false, "findings": [] }));
        assert_eq!(stand.read("/v1/connections").await, json!({ "connections": [] }));
        let back = stand.post("/v1/connections", vendors.site_by_key("again")).await.json(201);
        assert_eq!(back["connection"]["id"], made["connection"]["id"]);
        assert_eq!(
            back["findings"].as_array().unwrap().last().unwrap(),
            "was connected before as `acme`: takes up what is known of it, so that nothing is made twice"
        );
    }
}

on_both! {
    async fn a_connection_is_erased_now_or_after_it_was_removed(store: Store) {
        let (stand, vendors) = stand_with_vendors(store, "127.0.0.1:9".parse().unwrap()).await;
        let mut ids = Vec::new();
        for name in ["now", "later"] {
            let made = stand.post("/v1/connections", vendors.site_by_key(name)).await.json(201);
            assert!(!made["findings"].to_string().contains("was connected before"), "{made}");
            let id = made["connection"]["id"].clone();
            if name == "later" {
                stand.call(Method::DELETE, "/v1/connections/later", None).await.json(200);
            }
            let path = format!("/v1/connections/{name}?erase=true");
            let gone = stand.call(Method::DELETE, &path, None).await.json(200);
            assert_eq!(gone, json!({ "removed": name, "id": id, "erased": true, "findings": [] }));
            assert_eq!(stand.call(Method::DELETE, &path, None).await.status, 404);
            ids.push(id);
        }
        assert_ne!(ids[0], ids[1]);

        stand.post("/v1/connections", vendors.site_by_key("acme")).await.json(201);
        for unclear in ["erased=true", "erase=1", "erase"] {
            let path = format!("/v1/connections/acme?{unclear}");
            let refused = stand.call(Method::DELETE, &path, None).await.problem();
            assert!(refused.starts_with("400 request: the query: "), "{unclear}: {refused}");
        }
        assert_eq!(stand.read("/v1/connections/acme").await["status"], "ACTIVE");
    }
}

on_both! {
    async fn a_credential_that_the_vendor_refuses_is_an_input_that_cannot_be_used(store: Store) {
        let (stand, vendors) = stand_with_vendors(store, "127.0.0.1:9".parse().unwrap()).await;
        let mut crm = vendors.crm("crm");
        crm["account"]["kommo"]["credential"]["long_lived_token"] = json!("wrong");
        let mut site = vendors.site("acme");
        for token in ["access_token", "refresh_token"] {
            site["account"]["squarespace"]["tokens"][token] = json!("wrong");
        }
        let mut by_code = crm.clone();
        by_code["account"]["kommo"]["credential"] = json!({ "authorization_code": {
            "client_id": "7f0a", "client_secret": "wrong", "redirect_uri": "https://acme.example", "code": "wrong",
        } });
        let refused = stand.post("/v1/connections", by_code).await.problem();
        assert!(refused.starts_with("422 request: Kommo does not accept the code (401): "), "{refused}");
        let by_key = json!({ "name": "acme", "account": { "squarespace": { "api_key": "wrong" } } });
        let advice = "check that the credential is whole and of this account, or make a new one there";
        for (connection, reason) in [
            (crm, "Kommo does not accept the key"),
            (site, "Squarespace refused to renew the token"),
            (by_key, "Squarespace does not accept the key"),
        ] {
            let refused = stand.post("/v1/connections", connection).await.problem();
            assert_eq!(refused, format!("422 request: {reason}; {advice}"));
        }
        assert_eq!(stand.read("/v1/connections").await, json!({ "connections": [] }));

        stand.post("/v1/connections", vendors.site_by_key("acme")).await.json(201);
        let tokens = vendors.site("acme")["account"]["squarespace"]["tokens"].clone();
        let mut tokens = json!({ "tokens": tokens });
        for token in ["access_token", "refresh_token"] {
            tokens["tokens"][token] = json!("wrong");
        }
        for credential in [json!({ "key": "wrong" }), tokens] {
            let wrong = json!({ "credential": credential });
            let refused = stand.post("/v1/connections/acme/reconnect", wrong).await.problem();
            assert!(refused.starts_with("422 request: Squarespace does not accept"), "{refused}");
        }
    }
}

on_both! {
    async fn no_answer_shows_a_credential(store: Store) {
        let (stand, vendors, number) = with_one_order(store).await;
        let paths = [
            "/v1/connections".to_owned(),
            "/v1/flows".to_owned(),
            "/v1/overview".to_owned(),
            "/v1/work?limit=1000".to_owned(),
            format!("/v1/orders/{number}"),
        ];
        let app = &vendors.credentials["squarespace"];
        let secrets = [
            &app["client_secret"],
            &app["sites"][0]["access_token"],
            &app["sites"][0]["refresh_token"],
            &vendors.credentials["kommo"]["access_token"],
        ];
        for path in paths {
            let answer = stand.read(&path).await.to_string();
            for secret in secrets {
                assert!(!answer.contains(secret.as_str().unwrap()), "{path}");
            }
            assert!(!answer.to_lowercase().contains("canary"), "{path}: {answer}");
        }
    }
}

on_both! {
    async fn a_flow_is_planned_made_paused_and_goes_on(store: Store) {
        let (stand, vendors) = stand_with_vendors(store, "127.0.0.1:9".parse().unwrap()).await;
        stand.post("/v1/connections", vendors.site("acme")).await.json(201);
        stand.post("/v1/connections", vendors.crm("crm")).await.json(201);
        let flow = json!({
            "name": "orders", "site": "acme", "crm": "crm",
            "settings": { "new_pipeline": "First orders", "theirs": ["tracking"] },
        });
        let plan = stand.post("/v1/flow-plans", flow.clone()).await.json(200);
        let to_make = plan["to_make"].as_array().unwrap();
        assert!(to_make.iter().any(|made| made.as_str().unwrap().contains("First orders")));
        let added = stand.post("/v1/flows", flow.clone()).await.json(201);
        assert_eq!((added["made"].clone(), &added["taken_up"]), (made_of(&plan), &json!(0)));
        let made = added["flow"].clone();
        assert_eq!(made["settings"]["new_pipeline"], "First orders");
        assert_eq!(made["settings"]["returning_pipeline"], "Repeat Sales");
        assert_eq!(made["settings"]["theirs"], json!(["tracking"]));
        let plan = stand.post("/v1/flow-plans", flow.clone()).await.json(200);
        assert_eq!(plan, json!({ "to_make": [] }));
        assert_eq!(
            stand.post("/v1/flows", flow).await.problem(),
            "409 conflict: there is already a flow `orders`; choose another name"
        );
        let call = async |what: &str| {
            let path = format!("/v1/flows/orders/{what}");
            stand.call(Method::POST, &path, None).await.json(200)
        };
        assert_eq!(call("pause").await["paused"], true);
        assert_eq!(call("resume").await["paused"], false);
        let repaired = call("repair").await;
        assert_eq!((&repaired["made"], &repaired["retried"]), (&json!([]), &json!(0)));
        assert_eq!(repaired["flow"]["warning"], Value::Null);
        assert_eq!(stand.read("/v1/flows").await["flows"], json!([made]));
        let used = stand.call(Method::DELETE, "/v1/connections/acme", None).await;
        assert_eq!(
            used.problem(),
            "409 conflict: connection `acme` is used by the flow `orders`; run `portico flow remove orders` first"
        );
    }
}

on_both! {
    async fn a_flow_is_changed_by_its_name_or_its_identifier(store: Store) {
        let (stand, _vendors, _number) = with_one_order(store).await;
        let flow = stand.read("/v1/flows/orders").await;
        let by_id = format!("/v1/flows/{}", flow["id"].as_str().unwrap());
        assert_eq!(stand.read(&by_id).await, flow);

        let bands = json!({ "settings": { "bands": [10], "new_pipeline": "Fresh" } });
        let plan = stand.post("/v1/flows/orders/plan", bands.clone()).await.json(200);
        assert_eq!(plan["to_make"], json!(["make the pipeline `Fresh` with the stages New order, In progress"]));
        let changed = stand.call(Method::PATCH, "/v1/flows/orders", Some(bands)).await.json(200);
        assert_eq!(changed["made"], made_of(&plan));
        assert_eq!((&changed["settings_changed"], &changed["backfill_helps"]), (&json!(true), &json!(true)));
        let mut expected = flow.clone();
        expected["settings"]["bands"] = json!([10]);
        expected["settings"]["new_pipeline"] = json!("Fresh");
        assert_eq!(changed["flow"], expected);

        let name = json!({ "name": "sales", "settings": { "fulfilled_stage": null } });
        let renamed = stand.call(Method::PATCH, &by_id, Some(name)).await.json(200);
        assert_eq!((&renamed["flow"]["name"], &renamed["settings_changed"]), (&json!("sales"), &json!(false)));
        assert_eq!(renamed["renamed_from"], "orders");
        assert_eq!(stand.call(Method::GET, "/v1/flows/orders", None).await.status, 404);
    }
}

on_both! {
    async fn a_change_that_cannot_be_made_says_why_and_changes_nothing(store: Store) {
        let (stand, _vendors, _number) = with_one_order(store).await;
        let flow = stand.read("/v1/flows/orders").await;
        let refused = async |settings: Value| {
            let body = json!({ "settings": settings });
            let answer = stand.call(Method::PATCH, "/v1/flows/orders", Some(body)).await;
            answer.problem()
        };
        assert_eq!(refused(json!({ "bands": null })).await, "422 request: settings.bands: expected a sequence");
        let unknown = refused(json!({ "band": [] })).await;
        assert!(unknown.starts_with("422 request: settings.band: unknown field `band`"), "{unknown}");
        let stage = refused(json!({ "fulfilled_stage": { "named": "Lunch" } })).await;
        assert!(stage.starts_with("422 request: the pipeline `New Clients` has no stage `Lunch`"), "{stage}");
        assert_eq!(stand.read("/v1/flows/orders").await, flow);
    }
}

on_both! {
    async fn a_flow_that_is_removed_and_added_again_says_which_deals_it_takes_up(store: Store) {
        let (stand, _vendors, number) = with_one_order(store).await;
        let id = stand.read("/v1/flows/orders").await["id"].clone();
        assert_eq!(stand.call(Method::DELETE, "/v1/flows/orders", None).await.status, 204);
        assert_eq!(stand.read("/v1/flows").await, json!({ "flows": [] }));
        assert_eq!(stand.read("/v1/overview").await["flows"], json!([]));
        assert_eq!(stand.read(&format!("/v1/orders/{number}")).await["orders"][0]["deals"], json!([]));

        let flow = json!({ "name": "orders", "site": "acme", "crm": "crm" });
        let added = stand.post("/v1/flows", flow).await.json(201);
        assert_eq!(
            (&added["flow"]["id"], &added["flow"]["deals"], &added["taken_up"]),
            (&id, &json!(1), &json!(1))
        );
    }
}

on_both! {
    async fn an_order_is_followed_to_its_deal(store: Store) {
        let (stand, _vendors, number) = with_one_order(store).await;
        let orders = stand.read(&format!("/v1/orders/{number}")).await;
        let order = &orders["orders"][0];
        assert_eq!(order["number"], number);
        assert_eq!(order["site"], "acme");
        assert_eq!(order["order_of_buyer"], 1);
        let lead = order["deals"][0]["lead_id"].as_i64().unwrap();
        assert_eq!(order["deals"][0]["summary"], format!("deal {lead}"));
        assert!(order["timeline"].as_array().unwrap().len() >= 2, "{order}");

        let events = stand.read("/v1/events").await;
        let last = events["events"].as_array().unwrap().last().unwrap().clone();
        assert_eq!(last["order_number"], number);
        assert_eq!(last["site"], "acme");
        let next = events["next"].as_i64().unwrap();
        assert_eq!(
            stand.read(&format!("/v1/events?after={next}")).await,
            json!({ "events": [], "next": next })
        );

        let overview = stand.read("/v1/overview").await;
        assert_eq!(overview["latest"][0], last);
        assert_eq!(overview["stuck"], json!([]));
        assert_eq!(overview["flows"][0]["flow"]["deals"], 1);
        let progress = stand.read("/v1/flows/orders/progress").await;
        assert_eq!((&progress["deals"], &progress["held"]), (&json!(1), &json!(0)));
    }
}

on_both! {
    async fn a_connection_tells_the_age_of_its_token_and_what_is_left_of_its_budget(store: Store) {
        let (stand, vendors) = stand_with_vendors(store, "127.0.0.1:9".parse().unwrap()).await;
        let site = stand.post("/v1/connections", vendors.site("acme")).await.json(201);
        let shown = stand.read("/v1/connections/acme").await;
        let credential = &shown["credential"];
        assert_eq!((&credential["kind"], &credential["expires_at"]), (&json!("oauth"), &json!(null)));
        assert_eq!(credential["renewed_at"], site["connection"]["created_at"]);
        assert!(!shown.to_string().contains("refresh_token"), "{shown}");

        let calls = shown["budget"]["calls"].as_i64().unwrap();
        assert!((1..20).contains(&calls), "{shown}");
        stand.clock.advance(SignedDuration::from_mins(1));
        let rested = stand.read("/v1/connections/acme").await;
        assert_eq!(
            rested["budget"],
            json!({
                "calls": 20, "more_in_s": 0, "per_minute": 292,
                "stopped_until": null, "slowed_until": null,
            })
        );
    }
}

on_both! {
    async fn a_backfill_brings_what_was_ordered_before(store: Store) {
        let (stand, vendors, _number) = with_one_order(store).await;
        let body = json!({ "since": "2020-01-01" });
        let begun = stand.post("/v1/flows/orders/backfill", body).await.json(202);
        let orders = vendors.state("squarespace/orders").await;
        let of_site = stand.read("/v1/flows/orders").await["orders"].clone();
        assert!(orders["count"].as_i64() >= of_site.as_i64());
        assert_eq!(begun, json!({ "orders": of_site, "history_read": true }));
        let future = json!({ "since": "2030-01-01" });
        let answer = stand.post("/v1/flows/orders/backfill", future).await;
        assert!(answer.problem().starts_with("422 request: "), "{}", answer.body);
    }
}

on_both! {
    async fn held_work_is_listed_and_tried_again(store: Store) {
        let (stand, vendors) = with_flow(store).await;
        // Without its pipeline a deal cannot be made.
        let pipelines = vendors.state("kommo/pipelines").await;
        let pipelines = pipelines["items"].as_array().unwrap();
        let pipeline = pipelines.iter().find(|pipeline| pipeline["name"] == "New Clients").unwrap();
        let delete = json!({ "app": "kommo", "action": "delete_pipeline", "id": pipeline["id"] });
        vendors.control("people", delete).await;
        order(&stand, &vendors).await;
        let held = stand.read("/v1/work?state=held").await;
        let held = held["work"][0].clone();
        assert!(held["error"].is_string() && held["remedy"].is_string(), "{held}");
        let stuck = stand.read("/v1/overview").await["stuck"][0].clone();
        assert!(stuck["about"].as_str().unwrap().starts_with("order #"), "{stuck}");

        let one = json!({ "queue": held["queue"], "key": held["key"] });
        assert_eq!(stand.post("/v1/work/retry", one).await.status, 204);
        assert_eq!(stand.read("/v1/work?state=held").await, json!({ "work": [] }));
        let none = json!({ "queue": "sync_deal", "key": "nothing" });
        assert_eq!(
            stand.post("/v1/work/retry", none).await.problem(),
            "404 not-found: no such work `nothing` in the queue sync_deal"
        );
        stand.engine.run_due().await.unwrap();
        let all = stand.call(Method::POST, "/v1/work/retry-all", None).await.json(200);
        assert_eq!(all, json!({ "retried": 1 }));
    }
}

/// What was made once a plan was carried out.
fn made_of(plan: &Value) -> Value {
    let sentences = plan["to_make"].as_array().unwrap().iter();
    sentences
        .map(|sentence| sentence.as_str().unwrap().replacen("make ", "made ", 1))
        .collect()
}
