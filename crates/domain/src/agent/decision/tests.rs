//! What is decided of calls, in a line each, and that no sequence of them passes a limit.

use proptest::prelude::*;

use super::*;
use crate::Chance;
use crate::agent::{Access, AgentId, Area, Grant, Rule, Stock, StockChange, StockTarget};

const NOON: &str = "2026-05-14T12:00:00Z";

fn now() -> Timestamp {
    NOON.parse().unwrap()
}

fn acme() -> ConnectionId {
    ConnectionId::new(Chance::of(2).id(Timestamp::UNIX_EPOCH))
}

fn keeper(rules: Vec<Says>) -> Agent {
    let of_all = |area| Grant {
        connection: None,
        area,
        level: Level::Full,
    };
    Agent {
        id: AgentId::new(Chance::of(1).id(Timestamp::UNIX_EPOCH)),
        name: "Store Agent".to_owned(),
        grants: [Area::Inventory, Area::Products, Area::Orders]
            .map(of_all)
            .to_vec(),
        rules: rules
            .into_iter()
            .map(|says| Rule {
                connection: None,
                says,
            })
            .collect(),
        created_at: Timestamp::UNIX_EPOCH,
        expires_at: None,
        revoked_at: None,
    }
}

fn at_most(limit: &str) -> Says {
    Says::Limit {
        limit: limit.parse().unwrap(),
        beyond: Beyond::Deny,
    }
}

fn else_ask(limit: &str) -> Says {
    Says::Limit {
        limit: limit.parse().unwrap(),
        beyond: Beyond::Ask,
    }
}

fn adjustment(changes: &[StockChange]) -> Request<'static> {
    Request {
        operation: "adjustInventoryStockLevels",
        area: Area::Inventory,
        access: Access::Write,
        stock: changes.to_vec(),
        prices: Vec::new(),
        quantities: Vec::new(),
        goods: Vec::new(),
    }
}

fn by(units: u64) -> StockChange {
    StockChange {
        now: None,
        to: StockTarget::By(units),
    }
}

/// The decision in a line.
fn said(agent: &Agent, request: &Request<'_>, usage: &Usage, consent: Consent) -> String {
    match decide(agent, request, usage, acme(), consent, now()) {
        Decision::Allow { cost, because } => format!("allow, {} units: {because}", cost.stock),
        Decision::Ask { because, .. } => format!("ask: {because}"),
        Decision::Deny(denial) => format!("deny: {}", denial.because),
    }
}

fn first(agent: &Agent, request: &Request<'_>) -> String {
    said(agent, request, &Usage::default(), Consent::NotAsked)
}

#[test]
fn a_denial_tells_what_takes_it_away() {
    let write = adjustment(&[by(3)]);
    let barrier = |agent: &Agent, usage: &Usage| match decide(
        agent,
        &write,
        usage,
        acme(),
        Consent::NotAsked,
        now(),
    ) {
        Decision::Deny(denial) => Some(denial.barrier),
        Decision::Allow { .. } | Decision::Ask { .. } => None,
    };
    let none = Usage::default();
    let used = Usage {
        calls_in_minute: 4,
        calls_in_day: 4,
        stock_in_day: 0,
    };
    let until = |at: &str| {
        let until = at.parse().unwrap();
        Some(Barrier::Calls { until })
    };
    let minute = keeper(vec![at_most("calls-per-minute=4")]);
    assert_eq!(barrier(&minute, &none), None);
    assert_eq!(barrier(&minute, &used), until("2026-05-14T12:01:00Z"));
    let day = keeper(vec![at_most("calls-per-day=4")]);
    assert_eq!(barrier(&day, &used), until("2026-05-15T00:00:00Z"));
    let never = keeper(vec![at_most("calls-per-day=0")]);
    assert_eq!(barrier(&never, &none), Some(Barrier::Limit));
    let denied = keeper(vec![Says::Operation {
        operation: write.operation.to_owned(),
        verdict: Verdict::Deny,
    }]);
    let is_of_connection = false;
    assert_eq!(
        barrier(&denied, &none),
        Some(Barrier::Rule { is_of_connection })
    );
    let ended = Agent {
        expires_at: Some(now()),
        grants: Vec::new(),
        ..keeper(vec![])
    };
    assert_eq!(barrier(&ended, &none), Some(Barrier::End));
    let ungranted = Agent {
        expires_at: None,
        ..ended
    };
    assert_eq!(
        barrier(&ungranted, &none),
        Some(Barrier::Level(Level::Full))
    );
}

#[test]
fn a_level_opens_its_area_and_a_rule_its_operation() {
    let write = adjustment(&[by(3)]);
    insta::assert_snapshot!(first(&keeper(vec![]), &write), @"allow, 3 units: its grant inventory=full");
    let rule = |verdict| Says::Operation {
        operation: write.operation.to_owned(),
        verdict,
    };
    let denied = keeper(vec![rule(Verdict::Deny)]);
    insta::assert_snapshot!(first(&denied, &write), @"deny: its rule denies adjustInventoryStockLevels");
    let asked = keeper(vec![rule(Verdict::Ask)]);
    insta::assert_snapshot!(first(&asked, &write), @"ask: its rule asks a person about adjustInventoryStockLevels");
    let mut only_this = keeper(vec![rule(Verdict::Allow)]);
    only_this.grants.clear();
    insta::assert_snapshot!(first(&only_this, &write), @"allow, 3 units: its rule for adjustInventoryStockLevels");
    only_this.rules.clear();
    insta::assert_snapshot!(first(&only_this, &write), @"deny: it has off in inventory and needs full");
}

#[test]
fn a_rule_that_names_the_connection_outranks_the_one_for_all() {
    let mut agent = keeper(vec![at_most("stock-per-call=1")]);
    agent.rules.push(Rule {
        connection: Some(acme()),
        says: at_most("stock-per-call=10"),
    });
    insta::assert_snapshot!(first(&agent, &adjustment(&[by(10)])), @"allow, 10 units: its grant inventory=full");
    insta::assert_snapshot!(first(&agent, &adjustment(&[by(11)])), @"deny: it would move 11 of stock, and 10 a call is its limit");
}

#[test]
fn a_person_is_asked_beyond_one_limit_and_nobody_beyond_a_higher_one() {
    let agent = keeper(vec![
        else_ask("stock-per-call=5"),
        at_most("stock-per-call=10"),
    ]);
    insta::assert_snapshot!(first(&agent, &adjustment(&[by(5)])), @"allow, 5 units: its grant inventory=full");
    insta::assert_snapshot!(first(&agent, &adjustment(&[by(6)])), @"ask: it would move 6 of stock, and 5 a call is its limit");
    insta::assert_snapshot!(first(&agent, &adjustment(&[by(11)])), @"deny: it would move 11 of stock, and 10 a call is its limit");
}

#[test]
fn what_ended_denies_everything() {
    let mut agent = keeper(vec![]);
    agent.expires_at = Some(now());
    insta::assert_snapshot!(first(&agent, &adjustment(&[])), @"deny: what it was granted ended on 2026-05-14T12:00:00Z");
    agent.expires_at = None;
    agent.revoked_at = Some(now());
    insta::assert_snapshot!(first(&agent, &adjustment(&[])), @"deny: it was revoked");
}

#[test]
fn stock_is_counted_per_call_and_per_day_just_up_to_the_limit() {
    let agent = keeper(vec![
        at_most("stock-per-call=10"),
        at_most("stock-per-day=15"),
    ]);
    let used = |stock_in_day| Usage {
        stock_in_day,
        ..Usage::default()
    };
    let said = |changes: &[StockChange], usage| {
        said(&agent, &adjustment(changes), &usage, Consent::NotAsked)
    };
    insta::assert_snapshot!(said(&[by(4), by(6)], used(5)), @"allow, 10 units: its grant inventory=full");
    insta::assert_snapshot!(said(&[by(4), by(7)], used(0)), @"deny: it would move 11 of stock, and 10 a call is its limit");
    insta::assert_snapshot!(said(&[by(10)], used(6)), @"deny: it would move 10 of stock, and has moved 6 of its 15 of this day");
    insta::assert_snapshot!(said(&[by(u64::MAX), by(1)], used(0)), @"deny: it would move an amount that cannot be told of stock, and 10 a call is its limit");
}

#[test]
fn a_stock_that_is_set_counts_by_what_it_was_and_is_beyond_when_that_is_unknown() {
    let agent = keeper(vec![at_most("stock-per-call=10")]);
    let set = |now, to| adjustment(&[StockChange { now, to }]);
    let five = Some(Stock::Finite(5));
    insta::assert_snapshot!(first(&agent, &set(five, StockTarget::Exactly(-5))), @"allow, 10 units: its grant inventory=full");
    for beyond in [
        set(five, StockTarget::Exactly(16)),
        set(None, StockTarget::Exactly(5)),
        set(Some(Stock::Unlimited), StockTarget::Exactly(5)),
        set(five, StockTarget::Unlimited),
    ] {
        assert!(first(&agent, &beyond).starts_with("deny"), "{beyond:?}");
    }
    let unchanged = set(Some(Stock::Unlimited), StockTarget::Unlimited);
    insta::assert_snapshot!(first(&agent, &unchanged), @"allow, 0 units: its grant inventory=full");
}

#[test]
fn a_price_moves_by_so_many_percent_either_way() {
    let agent = keeper(vec![else_ask("price-percent=10")]);
    let price = |now: Option<&str>, to: &str| Request {
        operation: "updateProductVariant",
        area: Area::Products,
        prices: vec![PriceChange {
            now: now.map(|now| now.parse().unwrap()),
            to: Some(to.parse().unwrap()),
        }],
        ..adjustment(&[])
    };
    for within in [
        price(Some("20.00"), "22.00"),
        price(Some("20.00"), "18.00"),
        price(Some("0"), "0"),
    ] {
        assert!(first(&agent, &within).starts_with("allow"), "{within:?}");
    }
    insta::assert_snapshot!(first(&agent, &price(Some("20.00"), "22.01")), @"ask: it would change a price from 20.00 to 22.01, and 10 % is its limit");
    insta::assert_snapshot!(first(&agent, &price(Some("0"), "1")), @"ask: it would change a price from 0 to 1, and 10 % is its limit");
    insta::assert_snapshot!(first(&agent, &price(None, "1")), @"ask: it would change a price to 1, and what it is now is not known; 10 % is its limit");
}

#[test]
fn quantities_skus_and_hours_are_limits_too() {
    let order = |quantities: &[u64], goods: &[Goods]| Request {
        quantities: quantities.to_vec(),
        goods: goods.to_vec(),
        ..adjustment(&[])
    };
    let agent = keeper(vec![at_most("quantity=5"), at_most("skus=A-1,A-2")]);
    let known = Goods::Sku("A-1".to_owned());
    insta::assert_snapshot!(first(&agent, &order(&[5], std::slice::from_ref(&known))), @"allow, 0 units: its grant inventory=full");
    insta::assert_snapshot!(first(&agent, &order(&[2, 6], &[])), @"deny: it names a quantity of 6, and 5 is its limit");
    let other = Goods::Sku("B-1".to_owned());
    insta::assert_snapshot!(first(&agent, &order(&[], &[known, other])), @"deny: `B-1` is not among the SKUs that it may change");
    insta::assert_snapshot!(first(&agent, &order(&[], &[Goods::Other])), @"deny: it may change some SKUs only, and this is not one SKU");
    let office = keeper(vec![at_most("hours=sat-sun 09:00-17:00 UTC")]);
    insta::assert_snapshot!(first(&office, &order(&[], &[])), @"deny: its hours are sat-sun 09:00-17:00 UTC");
}

#[test]
fn consent_answers_questions_and_no_denial() {
    let agent = keeper(vec![
        else_ask("stock-per-call=1"),
        at_most("stock-per-day=50"),
    ]);
    let agreed = |units| {
        said(
            &agent,
            &adjustment(&[by(units)]),
            &Usage::default(),
            Consent::Given,
        )
    };
    insta::assert_snapshot!(agreed(50), @"allow, 50 units: a person, who was asked because it would move 50 of stock, and 1 a call is its limit");
    insta::assert_snapshot!(agreed(51), @"deny: it would move 51 of stock, and has moved 0 of its 50 of this day");
}

#[test]
fn what_moves_nobody_knows_how_much_takes_all_of_a_day_once_a_person_agrees() {
    let agent = keeper(vec![else_ask("stock-per-day=50")]);
    let set = StockChange {
        now: None,
        to: StockTarget::Exactly(5),
    };
    let agreed = said(
        &agent,
        &adjustment(&[set]),
        &Usage::default(),
        Consent::Given,
    );
    assert!(agreed.starts_with("allow, 50 units: "), "{agreed}");
}

#[test]
fn limits_on_calls_stand_in_the_way_of_reading_unless_a_person_is_asked_beyond_them() {
    let usage = Usage {
        calls_in_minute: 2,
        calls_in_day: 9,
        ..Usage::default()
    };
    let barrier = |limits: Vec<Says>| barrier_to(2, &keeper(limits), &usage, acme(), now());
    assert_eq!(barrier(vec![at_most("calls-per-day=11")]), None);
    let day = barrier(vec![
        at_most("calls-per-minute=3"),
        at_most("calls-per-day=10"),
    ]);
    assert_eq!(day, barrier(vec![at_most("calls-per-day=10")]));
    assert!(matches!(day, Some(Barrier::Calls { until }) if until > now()));
    assert_eq!(
        barrier(vec![at_most("calls-per-day=1")]),
        Some(Barrier::Limit),
        "never"
    );
    assert_eq!(barrier(vec![else_ask("calls-per-day=10")]), None);
}

fn any_change() -> impl Strategy<Value = StockChange> {
    let stock = prop_oneof![
        Just(None),
        Just(Some(Stock::Unlimited)),
        (-20..200_i64).prop_map(|stock| Some(Stock::Finite(stock))),
    ];
    let target = prop_oneof![
        (0..60_u64).prop_map(StockTarget::By),
        (0..200_i64).prop_map(StockTarget::Exactly),
        Just(StockTarget::Unlimited),
    ];
    (stock, target).prop_map(|(now, to)| StockChange { now, to })
}

proptest! {
    #[test]
    fn no_sequence_of_allowed_calls_passes_a_limit(
        calls in prop::collection::vec(prop::collection::vec(any_change(), 0..4), 0..40),
        (per_minute, per_call, per_day) in (0..20_u64, 0..60_u64, 0..150_u64),
    ) {
        let agent = keeper(vec![
            at_most(&format!("calls-per-minute={per_minute}")),
            at_most(&format!("stock-per-call={per_call}")),
            at_most(&format!("stock-per-day={per_day}")),
        ]);
        let (mut usage, mut moved) = (Usage::default(), 0);
        for changes in calls {
            let request = adjustment(&changes);
            let decision = decide(&agent, &request, &usage, acme(), Consent::NotAsked, now());
            if let Decision::Allow { cost, .. } = decision {
                let units: u64 = changes.iter().map(|change| change.units().unwrap()).sum();
                prop_assert!(units <= per_call);
                moved += units;
                usage.calls_in_minute += cost.calls;
                usage.stock_in_day += cost.stock;
            }
        }
        prop_assert!(usage.calls_in_minute <= per_minute);
        prop_assert!(moved <= per_day);
    }

    #[test]
    fn an_agent_without_grants_is_allowed_nothing(
        changes in prop::collection::vec(any_change(), 0..4),
        limits in prop::collection::vec(prop::sample::select(vec!["calls-per-day=9", "stock-per-call=99", "quantity=9"]), 0..3),
        agreed in any::<bool>(),
    ) {
        let mut agent = keeper(limits.into_iter().map(at_most).collect());
        agent.grants.clear();
        let consent = if agreed { Consent::Given } else { Consent::NotAsked };
        let decision = decide(&agent, &adjustment(&changes), &Usage::default(), acme(), consent, now());
        let is_denied = matches!(decision, Decision::Deny(_));
        prop_assert!(is_denied);
    }
}
