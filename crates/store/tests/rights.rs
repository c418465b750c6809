//! Agents' rules and what they have used up: kept, changed, moved with their connection, and forgotten.

#![expect(
    clippy::unwrap_used,
    reason = "a test that fails may end where it stands"
)]

use jiff::{SignedDuration, Timestamp};
use portico_domain::agent::{
    Agent, AgentId, Area, Beyond, Cost, Grant, Level, Limit, Rule, Says, Usage, Verdict,
};
use portico_domain::{Chance, ConnectionId};
use portico_store::agents::usage::{self, Account};
use portico_store::agents::{self, rules, stop};
use portico_store::{Store, on_both};

/// A moment at which neither a minute nor a day begins.
fn noon() -> Timestamp {
    "2026-05-14T12:00:30Z".parse().unwrap()
}

fn after(seconds: i64) -> Timestamp {
    noon() + SignedDuration::from_secs(seconds)
}

fn connections() -> [ConnectionId; 2] {
    let chance = Chance::of(2);
    [0, 1].map(|_| ConnectionId::new(chance.id(noon())))
}

/// An agent that is kept and may do nothing.
async fn agent(store: &Store, name: &str) -> AgentId {
    let agent = Agent {
        id: AgentId::new(Chance::of(name.len() as u64).id(noon())),
        name: name.to_owned(),
        grants: Vec::new(),
        rules: Vec::new(),
        created_at: noon(),
        expires_at: None,
        revoked_at: None,
    };
    let id = agent.id;
    store
        .write(move |tx| agents::add(tx, &agent))
        .await
        .unwrap();
    id
}

async fn set(store: &Store, agent: AgentId, connection: Option<ConnectionId>, says: &Says) {
    let rule = Rule {
        connection,
        says: says.clone(),
    };
    store
        .write(move |tx| rules::set(tx, agent, &rule))
        .await
        .unwrap();
}

/// The only agent as it is kept.
async fn kept(store: &Store) -> Agent {
    let mut all = store.read(agents::all).await.unwrap();
    assert_eq!(all.len(), 1);
    let agent = all.remove(0);
    let name = agent.name.clone();
    let named = store.read(move |tx| agents::named(tx, &name)).await;
    assert_eq!(
        named.unwrap().as_ref(),
        Some(&agent),
        "both ways of reading"
    );
    agent
}

fn operation(operation: &str, verdict: Verdict) -> Says {
    Says::Operation {
        operation: operation.to_owned(),
        verdict,
    }
}

fn limit(text: &str, beyond: Beyond) -> Says {
    let limit: Limit = text.parse().unwrap();
    Says::Limit { limit, beyond }
}

fn rule(connection: Option<ConnectionId>, says: Says) -> Rule {
    Rule { connection, says }
}

async fn used(store: &Store, of: Account, now: Timestamp) -> Usage {
    store
        .write(move |tx| usage::lock(tx, of, now))
        .await
        .unwrap()
}

async fn take(store: &Store, of: Account, calls: u64, stock: u64, now: Timestamp) {
    store
        .write(move |tx| usage::take(tx, of, Cost { calls, stock }, now))
        .await
        .unwrap();
}

on_both! {
    async fn a_rule_is_one_for_each_subject_and_connection(store: Store) {
        let id = agent(&store, "Robot").await;
        let [acme, _] = connections();
        set(&store, id, None, &limit("quantity=5", Beyond::Deny)).await;
        set(&store, id, Some(acme), &limit("quantity=6", Beyond::Ask)).await;
        set(&store, id, None, &limit("quantity=7", Beyond::Deny)).await;
        set(&store, id, None, &operation("getOrders", Verdict::Deny)).await;
        set(&store, id, None, &Says::PersonalData { shown: true }).await;
        let rules_of_all = kept(&store).await.rules;
        assert_eq!(
            rules_of_all,
            [
                rule(None, operation("getOrders", Verdict::Deny)),
                rule(None, Says::PersonalData { shown: true }),
                rule(None, limit("quantity=7", Beyond::Deny)),
                rule(Some(acme), limit("quantity=6", Beyond::Ask)),
            ]
        );

        let remove = move |subject: &'static str| {
            move |tx: &mut dyn portico_store::Tx| rules::remove(tx, id, None, subject)
        };
        assert!(store.write(remove("quantity")).await.unwrap());
        assert!(!store.write(remove("quantity")).await.unwrap(), "it is gone");
        assert_eq!(kept(&store).await.rules.len(), 3);
        store.write(move |tx| rules::clear(tx, id)).await.unwrap();
        assert!(kept(&store).await.rules.is_empty());
    }
}

on_both! {
    async fn every_kind_of_rule_reads_back(store: Store) {
        let id = agent(&store, "Robot").await;
        let says = [
            operation("getOrders", Verdict::Allow),
            operation("createOrder", Verdict::Ask),
            limit("calls-per-minute=60", Beyond::Deny),
            limit("hours=mon-fri 09:00-17:00 Europe/Berlin", Beyond::Deny),
            limit("price-percent=12.5", Beyond::Ask),
            limit("skus=A-1,B 2", Beyond::Deny),
        ];
        for says in &says {
            set(&store, id, None, says).await;
        }
        let kept = kept(&store).await.rules;
        assert_eq!(kept.len(), says.len());
        for says in says {
            assert!(kept.contains(&rule(None, says.clone())), "{says:?}");
        }
    }
}

on_both! {
    async fn an_expiry_is_set_and_taken_away(store: Store) {
        let id = agent(&store, "Robot").await;
        let set = move |at| move |tx: &mut dyn portico_store::Tx| agents::set_expiry(tx, id, at);
        store.write(set(Some(after(60)))).await.unwrap();
        assert_eq!(kept(&store).await.expires_at, Some(after(60)));
        store.write(set(None)).await.unwrap();
        assert_eq!(kept(&store).await.expires_at, None);
    }
}

on_both! {
    async fn a_removed_connection_is_closed_to_rules_and_its_limits_stay(store: Store) {
        let id = agent(&store, "Robot").await;
        let [acme, other] = connections();
        for connection in [Some(acme), Some(other), None] {
            set(&store, id, connection, &operation("getOrders", Verdict::Allow)).await;
            set(&store, id, connection, &operation("createOrder", Verdict::Ask)).await;
            set(&store, id, connection, &Says::PersonalData { shown: true }).await;
            set(&store, id, connection, &limit("quantity=5", Beyond::Ask)).await;
        }
        store.write(move |tx| agents::close(tx, acme)).await.unwrap();
        let agent = kept(&store).await;
        let at = |connection| -> Vec<Says> { agent.rules_at(connection).cloned().collect() };
        assert_eq!(
            at(acme),
            [
                limit("quantity=5", Beyond::Ask),
                operation("createOrder", Verdict::Deny),
                operation("getOrders", Verdict::Deny),
                Says::PersonalData { shown: false },
            ]
        );
        assert!(!agent.reaches(acme));
        assert!(at(other).contains(&operation("getOrders", Verdict::Allow)));
        assert!(agent.reaches(other));
    }
}

on_both! {
    async fn rules_and_usage_go_with_their_connection(store: Store) {
        let id = agent(&store, "Robot").await;
        let [made, back] = connections();
        let grant = Grant { connection: Some(made), area: Area::Orders, level: Level::Read };
        store.write(move |tx| agents::set_grant(tx, id, &grant)).await.unwrap();
        set(&store, id, Some(back), &operation("getOrders", Verdict::Deny)).await;
        set(&store, id, Some(back), &operation("getOrder", Verdict::Deny)).await;
        set(&store, id, Some(made), &operation("getOrders", Verdict::Allow)).await;
        set(&store, id, Some(made), &limit("quantity=5", Beyond::Ask)).await;
        let of = |connection| Account { agent: id, connection };
        take(&store, of(made), 2, 3, noon()).await;
        take(&store, of(back), 1, 10, noon()).await;
        store.write(move |tx| agents::move_to(tx, made, back)).await.unwrap();

        let agent = kept(&store).await;
        assert!(agent.rules_at(made).next().is_none());
        let at: Vec<Says> = agent.rules_at(back).cloned().collect();
        assert_eq!(
            at,
            [
                limit("quantity=5", Beyond::Ask),
                operation("getOrder", Verdict::Deny),
                operation("getOrders", Verdict::Allow),
            ],
            "on one subject the new one holds"
        );
        let used_back = used(&store, of(back), noon()).await;
        assert_eq!(used_back, Usage { calls_in_minute: 3, calls_in_day: 3, stock_in_day: 13 });
        assert_eq!(used(&store, of(made), noon()).await, Usage::default());

        store.write(move |tx| agents::forget(tx, back)).await.unwrap();
        let agent = kept(&store).await;
        assert!(agent.grants.is_empty() && agent.rules.is_empty());
        assert_eq!(used(&store, of(back), noon()).await, Usage::default());
    }
}

on_both! {
    async fn usage_is_counted_by_minutes_and_days(store: Store) {
        let of = Account { agent: agent(&store, "Robot").await, connection: connections()[0] };
        assert_eq!(used(&store, of, noon()).await, Usage::default());
        take(&store, of, 1, 4, noon()).await;
        take(&store, of, 1, 0, after(29)).await;
        let usage = |calls_in_minute, calls_in_day, stock_in_day| Usage { calls_in_minute, calls_in_day, stock_in_day };
        assert_eq!(used(&store, of, after(29)).await, usage(2, 2, 4));
        assert_eq!(used(&store, of, after(30)).await, usage(0, 2, 4), "another minute");
        assert_eq!(used(&store, of, after(43_200)).await, usage(0, 0, 0), "another day");

        let other = Account { connection: connections()[1], ..of };
        assert_eq!(used(&store, other, noon()).await, Usage::default());
        let other = Account { agent: agent(&store, "Other Robot").await, ..of };
        assert_eq!(used(&store, other, noon()).await, Usage::default());
    }
}

on_both! {
    async fn stock_that_was_not_moved_is_given_back_and_the_call_stays_counted(store: Store) {
        let of = Account { agent: agent(&store, "Robot").await, connection: connections()[0] };
        take(&store, of, 1, 4, noon()).await;
        take(&store, of, 1, 5, noon()).await;
        let cost = Cost { calls: 1, stock: 4 };
        store.write(move |tx| usage::give_back(tx, of, cost, noon())).await.unwrap();
        let left = Usage { calls_in_minute: 2, calls_in_day: 2, stock_in_day: 5 };
        assert_eq!(used(&store, of, noon()).await, left);
    }
}

on_both! {
    async fn what_was_used_up_two_days_ago_is_forgotten(store: Store) {
        let of = Account { agent: agent(&store, "Robot").await, connection: connections()[0] };
        take(&store, of, 1, 4, noon()).await;
        let two_days = SignedDuration::from_hours(48);
        store.write(move |tx| usage::prune(tx, noon() + two_days)).await.unwrap();
        let kept = Usage { calls_in_minute: 1, calls_in_day: 1, stock_in_day: 4 };
        assert_eq!(used(&store, of, noon()).await, kept, "not yet");
        let minute = SignedDuration::from_mins(1);
        store.write(move |tx| usage::prune(tx, noon() + two_days + minute)).await.unwrap();
        assert_eq!(used(&store, of, noon()).await, Usage { calls_in_minute: 0, ..kept });
        let day = SignedDuration::from_hours(24);
        store.write(move |tx| usage::prune(tx, noon() + two_days + day)).await.unwrap();
        assert_eq!(used(&store, of, noon()).await, Usage::default());
    }
}

on_both! {
    async fn two_who_take_at_once_are_both_counted(store: Store) {
        let of = Account { agent: agent(&store, "Robot").await, connection: connections()[0] };
        let one = || {
            let store = store.clone();
            tokio::spawn(async move {
                let write = move |tx: &mut dyn portico_store::Tx| {
                    let used = usage::lock(tx, of, noon())?;
                    usage::take(tx, of, Cost { calls: 1, stock: 1 }, noon())?;
                    Ok(used.calls_in_day)
                };
                store.write(write).await.unwrap()
            })
        };
        let mut seen = Vec::new();
        for taking in [one(), one(), one(), one()] {
            seen.push(taking.await.unwrap());
        }
        seen.sort_unstable();
        assert_eq!(seen, [0, 1, 2, 3], "each saw what those before had taken");
    }
}

on_both! {
    async fn agents_are_stopped_since_the_first_time_until_they_are_started(store: Store) {
        let since = async || store.read(stop::since).await.unwrap();
        assert_eq!(since().await, None);
        store.write(|tx| stop::set(tx, noon())).await.unwrap();
        store.write(|tx| stop::set(tx, after(60))).await.unwrap();
        assert_eq!(since().await, Some(noon()));
        store.write(stop::lift).await.unwrap();
        assert_eq!(since().await, None);
        store.write(stop::lift).await.unwrap();
    }
}
