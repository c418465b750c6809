//! Consents that something comes between: a browser that leaves, a vendor that fails late, another page, a
//! day without anybody.

use jiff::SignedDuration;
use portico_domain::App;
use portico_engine::{ConsentProgress, Error, NewCredential};
use portico_store::{Store, on_both};
use serde_json::json;
use url::Url;

use super::owner::{Choice, Owner, Page};
use super::{TOKENS, WEBSITE};
use crate::world::{Link, World, text};

const ORDERS: &str = "/1.0/commerce/orders";
const DAY: SignedDuration = SignedDuration::from_hours(24);

impl World {
    /// Holds up the vendor's next answer from there, until the faults are cleared.
    pub(crate) async fn hold_up(&self, path: &str) {
        self.fault(json!({"app": "squarespace", "path": path, "kind": "delay_after", "ms": 60_000, "times": 1})).await;
    }
}

/// Comes back from the vendor while an answer of its is held up; `meanwhile` lets that go.
async fn visit_while(owner: &Owner<'_>, back: Url, meanwhile: impl Future<Output = ()>) -> Page {
    let (page, ()) = tokio::join!(owner.visit(back), meanwhile);
    page
}

on_both! {
    async fn a_browser_that_leaves_during_the_exchange_does_not_take_the_tokens_with_it(store: Store) {
        let world = World::new(store).await;
        let consent = world.begin_consent("acme", vec![]).await;
        let owner = Owner::new(&world, &consent);
        let back = owner.leave().await;
        let back = owner.answer(back, Choice::Allow(0)).await;
        world.hold_up(TOKENS).await;
        tokio::select! {
            page = owner.visit(back) => panic!("it was held up: {}", page.body),
            () = world.until_struck() => {}
        }
        // By its answer the doors have seen the end of the visit before it.
        assert_eq!(owner.open().await.status, 200);
        world.clear_faults().await;

        let connected = async || world.connection("acme").await == "ACTIVE" && world.secrets().await == ["credential"];
        world.until("the site is connected", connected).await;
        assert_eq!(world.engine.consent_progress(&consent).await.unwrap(), ConsentProgress::Connected);
    }
}

on_both! {
    async fn a_page_that_is_opened_during_the_exchange_of_another_stays_open(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        let request = world.consent_request(vec![]).await;
        let first = world.engine.reauthorize("acme", request.clone()).await.unwrap();
        let owner = Owner::new(&world, &first);
        let back = owner.leave().await;
        let back = owner.answer(back, Choice::Allow(0)).await;
        world.hold_up(TOKENS).await;
        let mut second = None;
        let page = visit_while(&owner, back, async {
            world.until_struck().await;
            second = Some(world.engine.reauthorize("acme", request).await.unwrap());
            world.clear_faults().await;
        }).await;
        assert_eq!(page.status, 200, "{}", page.body);

        let second = Owner::new(&world, &second.unwrap());
        assert_eq!(second.open().await.status, 200);
        assert_eq!(second.connect(Choice::Allow(0)).await.status, 200);
    }
}

on_both! {
    async fn a_failure_after_the_new_tokens_are_in_place_is_a_finding_and_not_a_failed_consent(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        let request = world.consent_request(vec![]).await;
        let consent = world.engine.reauthorize("acme", request).await.unwrap();
        let owner = Owner::new(&world, &consent);
        world.fault(json!({"app": "squarespace", "path": ORDERS, "kind": "html", "status": 503})).await;
        let page = owner.connect(Choice::Allow(0)).await;
        assert_eq!(page.status, 200, "{}", page.body);
        assert!(page.text().contains("Harbor & Lantern is connected"), "{}", page.text());
        assert_eq!(world.engine.consent_progress(&consent).await.unwrap(), ConsentProgress::Connected);
        assert_eq!(world.connection("acme").await, "ACTIVE");
    }
}

on_both! {
    async fn what_nobody_consented_to_in_a_day_is_wiped(store: Store) {
        let world = World::new(store).await;
        world.connect_site("old", 1, Link::ApiKey).await;
        world.clock.advance(SignedDuration::from_secs(1));
        let request = world.consent_request(vec![]).await;
        let nameless = world.engine.begin_consent(App::Squarespace, None, request.clone()).await.unwrap();
        world.begin_consent("acme", vec![]).await;
        world.engine.reauthorize("old", request.clone()).await.unwrap();
        assert_eq!(world.secrets().await, ["consent", "consent", "consent", "credential"]);
        world.advance(DAY / 2).await;
        let renewed = world.engine.reauthorize("acme", request).await.unwrap();
        world.advance(DAY / 2).await;
        assert_eq!(world.secrets().await, ["consent", "credential"]);
        let owner = Owner::new(&world, &renewed);
        assert_eq!(owner.open().await.status, 200, "a newer page has a day of its own");

        world.advance(DAY / 2).await;
        assert_eq!(world.secrets().await, ["credential"]);
        assert_eq!(owner.open().await.status, 410);
        let left: Vec<String> = world.engine.connections().await.unwrap().into_iter().map(|one| one.name).collect();
        assert_eq!(left, ["old", "acme"], "{} was nobody's", nameless.connection.name);
    }
}

on_both! {
    async fn of_two_who_come_back_at_once_with_two_sites_the_later_is_connected_and_the_other_told(store: Store) {
        let world = World::new(store).await;
        let consent = world.begin_consent("acme", vec![]).await;
        let (first, second) = (Owner::new(&world, &consent), Owner::new(&world, &consent));
        let back = first.leave().await;
        let back = first.answer(back, Choice::Allow(0)).await;
        world.hold_up(WEBSITE).await;
        let page = visit_while(&first, back, async {
            world.until_struck().await;
            let page = second.connect(Choice::Allow(1)).await;
            assert_eq!(page.status, 200, "{}", page.text());
            world.clear_faults().await;
        }).await;
        assert_eq!(page.status, 409, "{}", page.text());
        is_of_site(&world, 1).await;
        assert_eq!(world.engine.consent_progress(&consent).await.unwrap(), ConsentProgress::Connected);
    }
}

on_both! {
    async fn whoever_comes_back_when_the_site_is_connected_changes_nothing(store: Store) {
        let world = World::new(store).await;
        let consent = world.begin_consent("acme", vec![]).await;
        let (late, owner) = (Owner::new(&world, &consent), Owner::new(&world, &consent));
        let back = late.leave().await;
        let back = late.answer(back, Choice::Allow(1)).await;
        world.hold_up(TOKENS).await;
        let page = visit_while(&late, back, async {
            world.until_struck().await;
            let page = owner.connect(Choice::Allow(0)).await;
            assert_eq!(page.status, 200, "{}", page.text());
            world.clear_faults().await;
        }).await;
        assert_eq!((page.status, page.text().contains("This link has done its work")), (200, true), "{}", page.text());
        is_of_site(&world, 0).await;
        assert_eq!(world.engine.consent_progress(&consent).await.unwrap(), ConsentProgress::Connected);
    }
}

on_both! {
    async fn a_page_that_was_replaced_while_its_owner_came_back_leaves_the_newer_ones_site_alone(store: Store) {
        let world = World::new(store).await;
        let first = world.begin_consent("acme", vec![]).await;
        let owner = Owner::new(&world, &first);
        let back = owner.leave().await;
        let back = owner.answer(back, Choice::Allow(0)).await;
        world.hold_up(WEBSITE).await;
        let page = visit_while(&owner, back, async {
            world.until_struck().await;
            let request = world.consent_request(vec![]).await;
            let newer = world.engine.reauthorize("acme", request).await.unwrap();
            let page = Owner::new(&world, &newer).connect(Choice::Allow(1)).await;
            assert_eq!(page.status, 200, "{}", page.text());
            world.clear_faults().await;
        }).await;
        assert_eq!(page.status, 409, "{}", page.text());
        is_of_site(&world, 1).await;
    }
}

on_both! {
    async fn a_key_of_another_site_does_not_replace_what_an_owner_consented_to_meanwhile(store: Store) {
        let world = World::new(store).await;
        let owner = Owner::new(&world, &world.begin_consent("acme", vec![]).await);
        let key = world.credentials().await["squarespace"]["sites"][1]["api_key"].clone();
        world.hold_up(WEBSITE).await;
        let reconnected = world.engine.reconnect("acme", NewCredential::Key(text(&key).into()));
        let (reconnected, ()) = tokio::join!(reconnected, async {
            world.until_struck().await;
            let page = owner.connect(Choice::Allow(0)).await;
            assert_eq!(page.status, 200, "{}", page.text());
            world.clear_faults().await;
        });
        assert!(matches!(reconnected, Err(Error::Conflict(_))), "{reconnected:?}");
        is_of_site(&world, 0).await;
    }
}

/// The connection is of that site, and so is its credential.
async fn is_of_site(world: &World, number: usize) {
    assert_eq!(world.connection("acme").await, "ACTIVE");
    assert_eq!(world.secrets().await, ["credential"]);
    let site = &world.credentials().await["squarespace"]["sites"][number];
    let known = world.engine.connection_named("acme").await.unwrap();
    assert_eq!(known.account.id, text(&site["website_id"]));
    let tested = world.engine.test_connection("acme").await.unwrap();
    assert_eq!(tested.connection.account, known.account);
}
