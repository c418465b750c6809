//! What a caller is told who may not do something: which connection was meant, and what would open it.

use portico_domain::agent::{Area, Level, Says, Verdict};
use portico_engine::{ForgottenRule, NewGrant, NewRule, RightsChange};
use portico_store::{Store, on_both};
use reqwest::Method;

use super::{ORDERS, json_of};
use crate::world::{Link, World};

fn grant(connection: &str, level: Level) -> NewGrant {
    NewGrant {
        connection: Some(connection.to_owned()),
        area: Area::Orders,
        level,
    }
}

on_both! {
    async fn a_denial_names_the_command_that_opens_what_it_denies(store: Store) {
        let world = World::new(store).await;
        world.connect_site("acme", 0, Link::OAuth).await;
        let denies = Says::Operation { operation: "getOrders".to_owned(), verdict: Verdict::Deny };
        let program = world.ruled_program(&[], [denies.clone()]).await;
        let own = NewRule { connection: Some("acme".to_owned()), says: denies };
        let own = RightsChange { rules: vec![own], ..RightsChange::default() };
        world.engine.grant("Robot", own).await.unwrap();
        world.engine.grant("Robot", &[grant("acme", Level::Off)]).await.unwrap();
        let forget = async |connection: Option<&str>| {
            let rule = ForgottenRule { connection: connection.map(str::to_owned), subject: "getOrders".to_owned() };
            let change = RightsChange { forgotten: vec![rule], ..RightsChange::default() };
            world.engine.grant("Robot", change).await
        };
        // Something is to be open, or there would be no connection for it.
        let site = NewGrant { area: Area::Site, ..grant("acme", Level::Read) };
        world.engine.grant("Robot", &[site]).await.unwrap();

        let mut told = vec![program.refused(program.call(Method::GET, ORDERS)).await];
        forget(Some("acme")).await.unwrap();
        told.push(program.refused(program.call(Method::GET, ORDERS)).await);
        told.push(forget(Some("acme")).await.unwrap_err().to_string());
        forget(None).await.unwrap();
        told.push(program.refused(program.call(Method::GET, ORDERS)).await);
        insta::assert_snapshot!(told.join("\n"), @r#"
        403 denied: `Robot` may not getOrders at `acme`: its rule denies getOrders; the owner takes the rule away with `portico agent grant "Robot" --connection acme --forget getOrders`
        403 denied: `Robot` may not getOrders at `acme`: its rule denies getOrders; the owner takes the rule away with `portico agent grant "Robot" --forget getOrders`
        no such rule on `getOrders` for `acme`; there is one for all connections: leave the connection out
        403 denied: `Robot` may not getOrders at `acme`: it has off in orders and needs read; the owner grants it with `portico agent grant "Robot" --connection acme --area orders=read`
        "#);
        world.engine.grant("Robot", &[grant("acme", Level::Read)]).await.unwrap();
        json_of(program.get(ORDERS).await, 200).await;
    }
}

on_both! {
    async fn a_call_that_names_no_connection_goes_to_the_same_shop_whatever_becomes_of_its_rights(store: Store) {
        let world = World::new(store).await;
        world.connect_site("first", 0, Link::OAuth).await;
        world.clock.advance(jiff::SignedDuration::from_secs(60));
        world.connect_site("second", 1, Link::ApiKey).await;
        let program = world.program(&[(Area::Orders, Level::Read)]).await;
        let answer = program.get(ORDERS).await;
        assert_eq!(answer.headers()["portico-connection"], "first");

        world.engine.grant("Robot", &[grant("first", Level::Off)]).await.unwrap();
        world.forget_requests().await;
        let refused = program.refused(program.call(Method::GET, ORDERS)).await;
        insta::assert_snapshot!(refused, @"400 no-connection: name the connection that is meant: without `Portico-Connection` a call goes to the oldest Squarespace connection, which this key may not use; `GET /connections` lists those that it may");
        assert_eq!(world.requests("squarespace").await.len(), 0);
        let named = program.call(Method::GET, ORDERS).header("portico-connection", "second");
        json_of(named.send().await.unwrap(), 200).await;
        let caller = world.engine.caller_named("Robot").await.unwrap();
        let granted = world.engine.granted(&caller).await.unwrap();
        assert!(granted.iter().all(|one| one.connections == ["second"] && one.is_to_be_named));

        world.engine.grant("Robot", &[grant("second", Level::Off)]).await.unwrap();
        let refused = program.refused(program.call(Method::GET, ORDERS)).await;
        assert!(refused.starts_with("400 no-connection: there is no Squarespace connection that this key may use"), "{refused}");
    }
}
