//! What a credential lacks for the flows and agents that use its connection.

use portico_domain::agent::{Area, Level};
use portico_engine::NewGrant;
use portico_store::{Store, on_both};
use serde_json::json;

use super::owner::{Choice, Owner};
use crate::world::{Link, World};

impl World {
    async fn grant(&self, agent: &str, connection: Option<&str>, area: Area, level: Level) {
        let connection = connection.map(str::to_owned);
        let grant = [NewGrant {
            connection,
            area,
            level,
        }];
        if self.engine.agent(agent).await.is_err() {
            self.engine.add_agent(agent, &[]).await.unwrap();
        }
        self.engine.grant(agent, &grant).await.unwrap();
    }

    /// What is said of a connection and was not said when it was tried.
    async fn lacks(&self, connection: &str) -> String {
        let tried = self.engine.test_connection(connection).await.unwrap();
        let shown = self.engine.condition(connection).await.unwrap();
        let mut findings = shown.findings;
        findings.retain(|finding| !tried.findings.contains(finding));
        findings.join("\n")
    }
}

on_both! {
    async fn an_owner_is_asked_for_what_agents_may_do_and_was_not_consented_to(store: Store) {
        let world = World::new(store).await;
        let owner = Owner::new(&world, &world.begin_consent("acme", vec![]).await);
        assert_eq!(owner.connect(Choice::Allow(0)).await.status, 200);
        world.grant("Reader", None, Area::Orders, Level::Read).await;
        world.grant("Reader", None, Area::Inventory, Level::Read).await;
        insta::assert_snapshot!(world.lacks("acme").await, @"the token can be renewed until 2026-05-21T09:00:00Z, and is every day while Portico runs");

        world.grant("Store Agent", Some("acme"), Area::Inventory, Level::Full).await;
        world.grant("Store Agent", Some("acme"), Area::Orders, Level::Full).await;
        world.grant("Gone", Some("acme"), Area::Discounts, Level::Full).await;
        world.engine.revoke_agent("Gone").await.unwrap();
        insta::assert_snapshot!(world.lacks("acme").await, @"
        the token can be renewed until 2026-05-21T09:00:00Z, and is every day while Portico runs
        `Store Agent` may change stock, and the owner did not consent to that: `portico connection reauthorize acme --area inventory=full`
        `Store Agent` may change orders, and the owner did not consent to that: `portico connection reauthorize acme --area orders=full`
        ");
        let tried = world.engine.test_connection("acme").await.unwrap().findings;
        let advice = tried.last().unwrap();
        assert_eq!(advice, "OAuth: may subscribe to notifications; may change nothing: the owner consented to reading only");
    }
}

on_both! {
    async fn a_flow_lacks_what_its_owner_left_out(store: Store) {
        let world = World::new(store).await;
        let access = vec![(Area::Orders, Level::Full)];
        let owner = Owner::new(&world, &world.begin_consent("acme", access).await);
        assert_eq!(owner.connect(Choice::Allow(0)).await.status, 200);
        let tried = world.engine.test_connection("acme").await.unwrap().findings;
        let remedy = "`portico connection reauthorize acme --area products=read`";
        let advice = tried.last().unwrap();
        assert_eq!(advice, "OAuth: may subscribe to notifications; may change orders");
        assert_eq!(tried[2], format!("may not read products; to sync orders with their categories: {remedy}"));

        world.connect_crm().await;
        world.add_flow("orders", "acme", Default::default()).await;
        let said = format!("the flow `orders` reads products, and the owner did not consent to that: {remedy}");
        let lacks = world.lacks("acme").await;
        assert!(lacks.lines().any(|line| line == said), "{lacks}");

        // What is asked for anew comes beside what there is.
        let more = world.consent_request(vec![(Area::Products, Level::Read)]).await;
        let consent = world.engine.reauthorize("acme", more).await.unwrap();
        let owner = Owner::new(&world, &consent);
        let page = owner.open().await.text();
        assert!(page.contains("See products") && page.contains("import orders") && !page.contains("See stock"), "{page}");
        assert_eq!(owner.connect(Choice::Allow(0)).await.status, 200);
        let lacks = world.lacks("acme").await;
        assert!(!lacks.contains("reauthorize"), "{lacks}");
    }
}

on_both! {
    async fn a_key_lacks_what_it_was_seen_not_to_read(store: Store) {
        let world = World::new(store).await;
        world.fault(json!({"app": "squarespace", "path": "/(products|store_pages|inventory)", "kind": "status", "status": 403})).await;
        world.connect_site("acme", 0, Link::ApiKey).await;
        world.grant("Store Agent", Some("acme"), Area::Orders, Level::Full).await;
        world.grant("Store Agent", Some("acme"), Area::Inventory, Level::Full).await;
        insta::assert_snapshot!(world.lacks("acme").await, @"
        may not read products
        `Store Agent` may read stock, and the key does not open that: give the site a key with that permission, and run `portico connection reconnect acme --key-file FILE`
        ");

        world.grant("hooks", Some("acme"), Area::Webhooks, Level::Full).await;
        world.grant("hooks", Some("acme"), Area::Site, Level::Read).await;
        let lacks = world.lacks("acme").await;
        insta::assert_snapshot!(lacks.lines().skip(2).collect::<Vec<_>>().join("\n"), @"
        `hooks` may change webhooks, which takes no API key: `portico connection reauthorize acme`
        `hooks` may call getMemberProfile, which takes no API key: `portico connection reauthorize acme`
        ");
    }
}

on_both! {
    async fn no_agent_is_let_into_an_account_that_is_not_called_through_us(store: Store) {
        let world = World::new(store).await;
        world.connect_crm().await;
        let grant = [NewGrant { connection: Some("crm".to_owned()), area: Area::Contacts, level: Level::Read }];
        let refused = world.engine.add_agent("Robot", &grant).await.err().unwrap();
        insta::assert_snapshot!(refused, @"agents cannot be let into `crm`: Kommo is not called through Portico; name a connection of another app, as `portico connection list` shows them");
        assert!(world.engine.agents().await.unwrap().is_empty());
        world.engine.add_agent("Robot", &[]).await.unwrap();
        let again = world.engine.grant("Robot", &grant).await.unwrap_err();
        assert_eq!(again.to_string(), refused.to_string());
    }
}
