//! Profiles, and what contacts spent in all.

use serde_json::json;
use squarespace::Money;
use squarespace::profile::{ProfileFilter, ProfileSort, ProfileSortField, ProfilesQuery};
use wire::Kind;

use crate::Bench;

fn sorted(filter: ProfileFilter, by: ProfileSortField) -> ProfilesQuery {
    ProfilesQuery::First {
        filter,
        sort: Some(ProfileSort {
            by,
            descending: false,
        }),
    }
}

#[tokio::test]
async fn a_buyer_has_a_profile_with_totals() {
    let bench = Bench::start().await;
    let buyer = json!({"email": "kwame@example.org"});
    let placed = bench.vendor.person("checkout", buyer).await;
    let query = sorted(
        ProfileFilter::Email("kwame@example.org".to_owned()),
        ProfileSortField::Id,
    );
    let page = bench.client.profiles(&query, &bench.token).await.unwrap();
    assert_eq!(page.profiles.len(), 1);
    let profile = &page.profiles[0];
    assert_eq!(profile.email.as_deref(), Some("kwame@example.org"));
    assert!(profile.is_customer);
    let total: Money = serde_json::from_value(placed["grandTotal"].clone()).unwrap();
    assert_eq!(profile.transactions_summary.order_count, 1);
    assert_eq!(profile.transactions_summary.total_order_amount, Some(total));
    assert!(!format!("{profile:?}").contains("kwame"));

    let contact = placed["customerId"].as_str().unwrap().into();
    let totals = bench
        .client
        .transactions_summaries(&[contact], &bench.token)
        .await
        .unwrap();
    assert_eq!(totals[0].transactions_summary, profile.transactions_summary);
}

#[tokio::test]
async fn profiles_are_listed_in_pages_and_read_by_id_all_or_none() {
    let bench = Bench::start().await;
    bench.sell(5).await;
    bench.vendor.switch("page_size", 2).await;
    let customers = ProfileFilter::Kind {
        customers: true,
        with_account: false,
    };
    let query = sorted(customers, ProfileSortField::Email);
    let first = bench.client.profiles(&query, &bench.token).await.unwrap();
    let next = ProfilesQuery::Next(first.next.unwrap());
    let second = bench.client.profiles(&next, &bench.token).await.unwrap();
    let emails: Vec<_> = first
        .profiles
        .iter()
        .chain(&second.profiles)
        .map(|profile| profile.email.as_deref().unwrap())
        .collect();
    assert!(emails.len() >= 3 && emails.is_sorted(), "{emails:?}");

    let mut ids: Vec<_> = first
        .profiles
        .iter()
        .map(|profile| profile.id.clone())
        .collect();
    let read = bench
        .client
        .profiles_by_id(&ids, &bench.token)
        .await
        .unwrap();
    assert_eq!(read.len(), 2);
    ids.push("ffffffffffffffffffffffff".into());
    let error = bench
        .client
        .profiles_by_id(&ids, &bench.token)
        .await
        .unwrap_err();
    assert_eq!(error.kind, Kind::NotFound);
}
