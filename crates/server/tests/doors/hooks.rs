//! Notifications: what is taken in, what is refused, and that a repeat looks like the first.

use axum::body::Body;
use hmac::{Hmac, KeyInit, Mac};
use http::{Request, StatusCode};
use jiff::Timestamp;
use portico_domain::Clock;
use portico_store::{Store, on_both};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::stand::{Answer, Stand};
use crate::vendors::{Vendors, stand_with_vendors};

/// A site that is subscribed to, a CRM, and the addresses that their vendors were told.
struct Hooked {
    stand: Stand,
    vendors: Vendors,
    site: String,
    crm: String,
}

impl Hooked {
    async fn new(store: Store) -> Self {
        let (stand, vendors) = stand_with_vendors(store, "127.0.0.1:9".parse().unwrap()).await;
        stand
            .post("/v1/connections", vendors.site("acme"))
            .await
            .json(201);
        stand
            .post("/v1/connections", vendors.crm("crm"))
            .await
            .json(201);
        let flow = json!({ "name": "orders", "site": "acme", "crm": "crm" });
        stand.post("/v1/flows", flow).await.json(201);
        let site = address(
            &vendors.state("squarespace/subscriptions").await,
            "endpointUrl",
        );
        let crm = address(&vendors.state("kommo/subscriptions").await, "destination");
        Self {
            stand,
            vendors,
            site,
            crm,
        }
    }

    async fn notify(&self, path: &str, signature: Option<String>, body: &str) -> Answer {
        let mut request = Request::post(path);
        if let Some(signature) = signature {
            request = request.header("Squarespace-Signature", signature);
        }
        self.stand
            .send(request.body(Body::from(body.to_owned())).unwrap())
            .await
    }

    async fn notify_signed(&self, body: &str) -> Answer {
        let signature = sign(&self.vendors.signing_key(), body);
        self.notify(&self.site, Some(signature), body).await
    }

    /// The keys of the queue that reads orders.
    async fn orders_to_read(&self) -> usize {
        let work = self.stand.read("/v1/work?limit=1000").await;
        let work = work["work"].as_array().unwrap();
        work.iter()
            .filter(|work| work["queue"] == "read_order")
            .count()
    }
}

on_both! {
    async fn a_signed_notification_is_work_and_its_repeat_is_not(store: Store) {
        let hooked = Hooked::new(store).await;
        let order = notification("order.create", "00000000-0000-4000-8000-000000000001");
        for _ in 0..3 {
            let answer = hooked.notify_signed(&order).await;
            assert_eq!((answer.status, answer.body.as_str()), (StatusCode::NO_CONTENT, ""));
        }
        assert_eq!(hooked.orders_to_read().await, 1);
    }
}

on_both! {
    async fn what_is_not_signed_by_the_vendor_is_refused(store: Store) {
        let hooked = Hooked::new(store).await;
        let order = notification("order.create", "00000000-0000-4000-8000-000000000001");
        let good = sign(&hooked.vendors.signing_key(), &order);
        let wrong = [
            None,
            Some(String::new()),
            Some("zz".to_owned()),
            Some(good[..62].to_owned()),
            Some(sign(&"00".repeat(32), &order)),
            Some(sign(&hooked.vendors.signing_key(), "{}")),
        ];
        for signature in wrong {
            let answer = hooked.notify(&hooked.site, signature.clone(), &order).await;
            assert_eq!(
                answer.problem(),
                "401 signature: the signature is missing or wrong",
                "{signature:?}"
            );
        }
        assert_eq!(hooked.orders_to_read().await, 0);
    }
}

on_both! {
    async fn after_a_rotation_the_former_secret_is_taken_for_as_long_as_the_answer_says(store: Store) {
        let hooked = Hooked::new(store).await;
        let former = hooked.vendors.signing_key();
        let rotated = hooked.stand.post("/v1/connections/acme/rotate", json!({})).await.json(200);
        assert_eq!(rotated["rotated"], "acme");
        let order = notification("order.create", "00000000-0000-4000-8000-000000000001");
        assert_ne!(hooked.vendors.signing_key(), former);
        assert_eq!(hooked.notify_signed(&order).await.status, StatusCode::NO_CONTENT);
        let by_former = Some(sign(&former, &order));
        let answer = hooked.notify(&hooked.site, by_former.clone(), &order).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT);

        let until: Timestamp = rotated["former_until"].as_str().unwrap().parse().unwrap();
        hooked.stand.clock.advance(until.duration_since(hooked.stand.clock.now()));
        let answer = hooked.notify(&hooked.site, by_former, &order).await;
        assert_eq!(answer.problem(), "401 signature: the signature is missing or wrong");
        assert_eq!(hooked.notify_signed(&order).await.status, StatusCode::NO_CONTENT);
    }
}

on_both! {
    async fn an_address_that_we_did_not_give_away_is_unknown(store: Store) {
        let hooked = Hooked::new(store).await;
        let other = hooked.stand.post("/v1/connections", hooked.vendors.site_by_key("other")).await;
        let other = other.json(201)["connection"]["id"].as_str().unwrap().to_owned();
        let (site, crm) = (last(&hooked.site), hooked.crm.split('/').nth(3).unwrap());
        let unknown = [
            "/hooks/squarespace/acme".to_owned(),
            "/hooks/squarespace/con_00000000000000000000000000000000".to_owned(),
            // Another app's connection, one that has no hook, and a wrong secret.
            format!("/hooks/squarespace/{crm}"),
            format!("/hooks/squarespace/{other}"),
            format!("/hooks/kommo/{site}/secret"),
            format!("/hooks/kommo/{crm}/secret"),
        ];
        let order = notification("order.create", "00000000-0000-4000-8000-000000000001");
        let signature = sign(&hooked.vendors.signing_key(), &order);
        for path in unknown {
            let answer = hooked.notify(&path, Some(signature.clone()), &order).await;
            assert_eq!(answer.problem(), "404 not-found: no such hook", "{path}");
        }
    }
}

on_both! {
    async fn a_signed_body_that_is_no_notification_is_refused(store: Store) {
        let hooked = Hooked::new(store).await;
        for body in ["", "{", "[]", "null", r#"{"topic": "order.create"}"#] {
            let answer = hooked.notify_signed(body).await;
            assert_eq!(
                answer.problem(),
                "400 request: the body is not a notification",
                "{body}"
            );
        }
    }
}

on_both! {
    async fn a_topic_that_we_do_not_know_is_kept_and_makes_no_work(store: Store) {
        let hooked = Hooked::new(store).await;
        let body = notification("moon.wax", "00000000-0000-4000-8000-000000000001");
        assert_eq!(hooked.notify_signed(&body).await.status, 204);
        assert_eq!(hooked.orders_to_read().await, 0);
    }
}

on_both! {
    async fn a_body_over_the_vendors_longest_is_refused_unread(store: Store) {
        let hooked = Hooked::new(store).await;
        for (path, longest) in [(&hooked.site, 1_048_576), (&hooked.crm, 4_194_304)] {
            let body = " ".repeat(longest + 1);
            let answer = hooked.notify(path, Some("00".repeat(32)), &body).await;
            assert_eq!(
                answer.problem(),
                format!("413 request: the body is larger than {longest} bytes")
            );
        }
    }
}

on_both! {
    async fn what_the_crm_tells_is_answered_with_200_each_time(store: Store) {
        let hooked = Hooked::new(store).await;
        let account = hooked.stand.read("/v1/connections/crm").await;
        let account = account["account"]["id"].as_str().unwrap().to_owned();
        let body = format!(
            "account[id]={account}&contacts[add][0][id]=71&contacts[add][0][type]=contact\
             &contacts[add][0][name]=Ada&contacts[add][0][updated_at]=1772452800"
        );
        for _ in 0..2 {
            assert_eq!(hooked.notify(&hooked.crm, None, &body).await.status, 200);
        }
        let progress = hooked.stand.read("/v1/flows/orders/progress").await;
        assert_eq!(progress["contacts"], 1);
    }
}

fn notification(topic: &str, id: &str) -> String {
    json!({
        "id": id,
        "websiteId": "5f0000000000000000000001",
        "subscriptionId": "5f0000000000000000000002",
        "topic": topic,
        "createdOn": "2026-03-02T12:00:00.000Z",
        "data": { "orderId": "5f0000000000000000000003" },
    })
    .to_string()
}

/// As the vendor signs: the key is the bytes that the hexadecimal secret stands for.
fn sign(secret: &str, body: &str) -> String {
    let key = hex::decode(secret).unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    mac.update(body.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

/// The path of the only subscription's address.
fn address(subscriptions: &Value, member: &str) -> String {
    let address = subscriptions["items"][0][member].as_str().unwrap();
    address
        .strip_prefix("http://127.0.0.1:9")
        .unwrap()
        .to_owned()
}

fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap()
}
