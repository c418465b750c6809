//! What deal an order gets.

use insta::assert_snapshot;
use portico_domain::buyer::Standing;
use portico_domain::deal::{Deal, Stage, Verdict};
use portico_domain::field::FIELDS;
use portico_domain::flow::FulfilledStage;
use portico_domain::order::{Fulfilment, Payment};
use portico_domain::rule::{Condition, Outcome, Rule};

use crate::given::{Given, parcel, usd};

/// A deal as a person would read it.
fn shown(deal: &Deal) -> String {
    let price = deal
        .price
        .map_or("no price".to_owned(), |price| price.to_string());
    let mut text = format!(
        "{} | {price} | {} | {:?}\n",
        deal.name, deal.pipeline, deal.stage
    );
    let tags = |tags: &std::collections::BTreeSet<String>| {
        tags.iter().cloned().collect::<Vec<_>>().join(", ")
    };
    text.push_str(&format!(
        "deal: {}\ncontact: {}\n",
        tags(&deal.tags),
        tags(&deal.contact_tags)
    ));
    for field in &FIELDS {
        if let Some(value) = deal.fields.get(&field.field) {
            text.push_str(&format!("{}: {}\n", field.name, value.replace('\n', " / ")));
        }
    }
    text
}

fn tags_of(given: &Given) -> String {
    given.deal().tags.into_iter().collect::<Vec<_>>().join(", ")
}

#[test]
fn a_new_buyers_order_in_full() {
    assert_snapshot!(shown(&Given::new().deal()), @r"
    #1042 · Harbor & Lantern | 118 | New Clients | First
    deal: cat: kitchen, cat: lighting, over-100
    contact: cat: kitchen, cat: lighting, over-100
    Order number: 1042
    Order id: 66b2f0be8e21aa5d7c001234
    Site: Harbor & Lantern
    Channel: web
    Items: 2 × Brass Lantern (Small), LANT-SM-BRS, 45.00 / 1 × Mug, 21.00
    SKUs: LANT-SM-BRS
    Categories: Lighting / Kitchen
    Fulfillment status: PENDING
    Payment state: PAID
    Grand total: 118.48
    Refunded total: 0.00
    Currency: USD
    Discount codes: SPRING10
    Shipping method: UPS Ground
    Ordered at: 1778750991
    ");
}

#[test]
fn a_returning_buyer_goes_to_repeat_sales() {
    let mut given = Given::new();
    given.standing = Standing::Returning;
    assert_eq!(given.deal().pipeline, "Repeat Sales");
}

#[test]
fn another_currency_leaves_the_price_empty_and_keeps_the_amount() {
    let mut given = Given::new();
    given.account_currency = "EUR".to_owned();
    let deal = given.deal();
    assert_eq!(deal.price, None);
    assert!(shown(&deal).contains("Grand total: 118.48\n"));
}

#[test]
fn the_site_is_a_tag_only_where_sites_share_the_account() {
    let mut given = Given::new();
    assert_eq!(tags_of(&given), "cat: kitchen, cat: lighting, over-100");
    given.site.shares_account = true;
    assert_eq!(
        tags_of(&given),
        "cat: kitchen, cat: lighting, over-100, site: acme"
    );
}

#[test]
fn a_product_that_is_gone_gives_no_category() {
    let mut given = Given::new();
    given.products.remove("p-lantern");
    assert_eq!(tags_of(&given), "cat: kitchen, over-100");
}

#[test]
fn statuses_show_in_tags_and_stage() {
    let mut lines = Vec::new();
    let mut given = Given::new();
    let mut note = |name: &str, given: &Given| {
        let deal = given.deal();
        lines.push(format!("{name}: {:?} {}", deal.stage, tags_of(given)));
    };
    given.order.refunded_total = usd("32.20");
    note("part refund", &given);
    given.order.refunded_total = usd("118.48");
    note("full refund", &given);
    given.settings.close_lost = false;
    note("full refund, not closed", &given);
    given = Given::new();
    given.order.fulfilment = Fulfilment::Canceled;
    note("cancelled", &given);
    given.order.fulfilment = Fulfilment::Fulfilled;
    note("fulfilled", &given);
    given.settings.fulfilled_stage = Some(FulfilledStage::Won);
    note("fulfilled is won", &given);
    given.order.payment = Payment::Refunded;
    note("fulfilled and refunded", &given);
    assert_snapshot!(lines.join("\n"), @r"
    part refund: First cat: kitchen, cat: lighting, over-100, refund: partial
    full refund: Lost(Refunded) cat: kitchen, cat: lighting, over-100, refund: full
    full refund, not closed: First cat: kitchen, cat: lighting, over-100, refund: full
    cancelled: Lost(Cancelled) cancelled, cat: kitchen, cat: lighting, over-100
    fulfilled: First cat: kitchen, cat: lighting, over-100
    fulfilled is won: Won cat: kitchen, cat: lighting, over-100
    fulfilled and refunded: Lost(Refunded) cat: kitchen, cat: lighting, over-100, refund: full
    ");
}

#[test]
fn test_orders_get_no_deal_and_others_by_settings() {
    let mut given = Given::new();
    let skipped = |given: &Given| matches!(given.verdict(), Verdict::Skip(_));
    given.order.channel = "pos".to_owned();
    assert!(!skipped(&given));
    given.settings.point_of_sale = false;
    assert!(skipped(&given));
    given.order.channel = "external".to_owned();
    assert!(!skipped(&given));
    given.settings.imported = false;
    assert!(skipped(&given));
    given.order.channel = "web".to_owned();
    assert!(!skipped(&given));
    given.order.test = true;
    assert_eq!(
        given.verdict(),
        Verdict::Skip("it was paid in test mode".to_owned())
    );
}

#[test]
fn the_first_rule_that_matches_wins() {
    let mut given = Given::new();
    let rule = |name: &str, when: Condition, pipeline: &str| Rule {
        name: name.to_owned(),
        when,
        then: Outcome {
            pipeline: Some(pipeline.to_owned()),
            stage: Some("Call".to_owned()),
            responsible: Some("anna@example.com".to_owned()),
            deal_tags: vec!["vip".to_owned()],
            ..Outcome::default()
        },
    };
    let kitchen = Condition {
        category: Some("kitchen".to_owned()),
        amount_from: Some(100.into()),
        ..Condition::default()
    };
    given.settings.rules = vec![
        rule(
            "norway",
            Condition {
                country: Some("se".to_owned()),
                ..Condition::default()
            },
            "Sweden",
        ),
        rule("kitchen", kitchen, "Kitchens"),
        rule("all", Condition::default(), "Rest"),
    ];
    let deal = given.deal();
    assert_eq!(
        (deal.pipeline.as_str(), &deal.stage),
        ("Kitchens", &Stage::Named("Call".to_owned()))
    );
    assert_eq!(deal.responsible.as_deref(), Some("anna@example.com"));
    assert!(deal.tags.contains("vip") && !deal.contact_tags.contains("vip"));
    given.order.grand_total = usd("99.99");
    assert_eq!(given.deal().pipeline, "Rest");
}

#[test]
fn a_condition_holds_for_what_it_names_and_for_nothing_else() {
    let given = Given::new();
    let holds = |when: Condition| {
        let mut given = Given::new();
        given.settings.rules = vec![Rule {
            when,
            then: Outcome {
                skip: true,
                ..Outcome::default()
            },
            ..Rule::default()
        }];
        matches!(given.verdict(), Verdict::Skip(_))
    };
    let some = |text: &str| Some(text.to_owned());
    let pairs = [
        (
            Condition {
                buyer: Some(Standing::New),
                ..Condition::default()
            },
            Condition {
                buyer: Some(Standing::Returning),
                ..Condition::default()
            },
        ),
        (
            Condition {
                product_tag: some("BRASS"),
                ..Condition::default()
            },
            Condition {
                product_tag: some("steel"),
                ..Condition::default()
            },
        ),
        (
            Condition {
                sku: some("lant-sm-brs"),
                ..Condition::default()
            },
            Condition {
                sku: some("x"),
                ..Condition::default()
            },
        ),
        (
            Condition {
                channel: some("web"),
                ..Condition::default()
            },
            Condition {
                channel: some("pos"),
                ..Condition::default()
            },
        ),
        (
            Condition {
                discount_code: some("spring10"),
                ..Condition::default()
            },
            Condition {
                discount_code: some("x"),
                ..Condition::default()
            },
        ),
        (
            Condition {
                order_of_buyer: Some(1),
                ..Condition::default()
            },
            Condition {
                order_of_buyer: Some(2),
                ..Condition::default()
            },
        ),
        (
            Condition {
                amount_below: Some(119.into()),
                ..Condition::default()
            },
            Condition {
                amount_below: Some(118.into()),
                ..Condition::default()
            },
        ),
        (
            Condition {
                country: some("no"),
                ..Condition::default()
            },
            Condition {
                country: some("se"),
                ..Condition::default()
            },
        ),
    ];
    assert_eq!(given.order.country(), Some("NO"));
    for (yes, no) in pairs {
        assert!(holds(yes.clone()), "{yes:?}");
        assert!(!holds(no.clone()), "{no:?}");
    }
}

#[test]
fn text_that_is_too_long_for_a_field_is_cut_and_stays_one_line() {
    let mut given = Given::new();
    given.site.title = format!("A\nvery {}", "long ".repeat(100));
    let deal = given.deal();
    let site = deal.fields[&portico_domain::field::Field::Site].clone();
    assert_eq!(site.chars().count(), 256);
    assert!(site.starts_with("A very long") && site.ends_with('…'));
    assert!(deal.name.chars().count() <= 256);
}

#[test]
fn parcels_show_as_tracking() {
    let mut given = Given::new();
    given.order.shipments = vec![parcel()];
    assert!(shown(&given.deal()).contains(
        "Tracking: UPS Ground 1Z0000000000000000 https://carrier.example/t/1Z0000000000000000\n"
    ));
}
