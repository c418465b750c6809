//! What was opened to an agent ends with its connection, and for all agents at once, in every process.

use jiff::SignedDuration;
use portico_domain::agent::{Area, Beyond, Level, Says, Verdict};
use portico_engine::{Caller, NewGrant, NewRights, NewRule, Refusal};
use portico_store::{Database, Store, on_both};

use crate::world::{Link, Process, World};

/// Within this another process notices.
const NOTICED: SignedDuration = SignedDuration::from_millis(500);

on_both! {
    async fn what_rules_opened_at_a_connection_is_not_open_when_it_comes_back(store: Store) {
        let world = World::new(store).await;
        world.connect_site("acme", 0, Link::ApiKey).await;
        let rule = |says| NewRule { connection: Some("acme".to_owned()), says };
        let operation = |operation: &str, verdict| Says::Operation { operation: operation.to_owned(), verdict };
        let limit = Says::Limit { limit: "quantity=5".parse().unwrap(), beyond: Beyond::Ask };
        let rights = NewRights {
            rules: vec![
                rule(operation("createOrder", Verdict::Ask)),
                rule(operation("getOrders", Verdict::Allow)),
                rule(Says::PersonalData { shown: true }),
                rule(limit.clone()),
            ],
            ..NewRights::default()
        };
        world.engine.add_agent("Robot", rights).await.unwrap();
        let there = world.engine.connection_named("acme").await.unwrap();
        assert!(world.engine.agent("Robot").await.unwrap().reaches(there.id));
        world.engine.remove_connection("acme").await.unwrap();
        world.connect_site("acme", 0, Link::ApiKey).await;

        let back = world.engine.connection_named("acme").await.unwrap();
        let agent = world.engine.agent("Robot").await.unwrap();
        assert!(!agent.reaches(back.id));
        let says: Vec<&Says> = agent.rules_at(back.id).collect();
        assert_eq!(
            says,
            [
                &limit,
                &operation("createOrder", Verdict::Deny),
                &operation("getOrders", Verdict::Deny),
                &Says::PersonalData { shown: false },
            ]
        );
    }
}

on_both! {
    async fn stopped_agents_are_refused_by_another_process_within_half_a_second(database: Database) {
        let world = World::new(Store::open(&database).await.unwrap()).await;
        world.connect_site("acme", 0, Link::ApiKey).await;
        let other_store = Store::open(&database).await.unwrap();
        let other = world.process(&other_store, Process::default());
        let grant = NewGrant { connection: None, area: Area::Orders, level: Level::Read };
        let made = world.engine.add_agent("Robot", &[grant]).await.unwrap();
        let may_call = async || match other.caller(&made.secret).await {
            Ok(Caller::Agent(_)) => true,
            Err(Refusal::Stopped { .. }) => false,
            other => panic!("{other:?}"),
        };
        assert!(may_call().await);
        world.engine.stop_agents().await.unwrap();
        world.advance(NOTICED).await;
        assert!(!may_call().await);
        world.engine.start_agents().await.unwrap();
        world.advance(NOTICED).await;
        assert!(may_call().await);
    }
}
