//! Squarespace: a key or a token pair of one website.

use jiff::{SignedDuration, Timestamp};
use portico_domain::agent::Area;
use portico_domain::connection::Account;
use secrecy::SecretString;
use squarespace::discount::DiscountsQuery;
use squarespace::profile::{ProfileFilter, ProfilesQuery};
use squarespace::transaction::TransactionsQuery;
use squarespace::{Client, OrdersQuery, PaymentStates, Website};
use wire::catalog::{Access, Scopes};

use super::{AppClient, AppFacts, Asked, Renewed, Right};
use crate::credentials::{Credential, OAuthClient};

/// 300 a minute per website, whatever credentials its callers have.
pub(super) static FACTS: AppFacts = AppFacts {
    catalog: &squarespace::catalog::CATALOG,
    budget_scope: |connection| format!("squarespace/{}", connection.account.id),
    pace: |paces| paces.squarespace,
    renews_with_redirect: false,
    renewable_for: SignedDuration::from_hours(7 * 24),
    has_gateway: true,
    asks_owner: true,
    client: |engine, _| Ok(Box::new(engine.inner.squarespace.clone())),
    unsubscribe: |engine, connection| Box::pin(engine.unsubscribe_site(connection)),
};

/// What is said of an area that a credential may read or not.
struct AreaWords {
    area: Area,
    granted: &'static str,
    missing: &'static str,
    /// What cannot be done without it.
    needed: Option<&'static str>,
}

/// Every area that a permission opens, as the vendor's own page of permissions has them.
const TRIED: [AreaWords; 7] = [
    AreaWords {
        area: Area::Orders,
        granted: "may read orders",
        missing: "may not read orders",
        needed: Some("to sync orders with their categories"),
    },
    AreaWords {
        area: Area::Products,
        granted: "may read products",
        missing: "may not read products",
        needed: Some("to sync orders with their categories"),
    },
    AreaWords {
        area: Area::Inventory,
        granted: "may read stock",
        missing: "may not read stock",
        needed: None,
    },
    AreaWords {
        area: Area::Transactions,
        granted: "may read transactions",
        missing: "may not read transactions",
        needed: None,
    },
    AreaWords {
        area: Area::Contacts,
        granted: "may read contacts",
        missing: "may not read contacts",
        needed: None,
    },
    AreaWords {
        area: Area::Profiles,
        granted: "may read profiles",
        missing: "may not read profiles",
        needed: None,
    },
    AreaWords {
        area: Area::Discounts,
        granted: "may read discounts",
        missing: "may not read discounts",
        needed: None,
    },
];

/// The smallest read of an area.
async fn read_some(client: &Client, area: Area, token: SecretString) -> Result<(), wire::Error> {
    let token = &token;
    match area {
        Area::Orders => {
            let everything = OrdersQuery::All {
                payment_states: PaymentStates::every(),
            };
            client.orders(&everything, token).await.map(drop)
        }
        Area::Products => client.store_pages(None, token).await.map(drop),
        Area::Inventory => client.inventory(None, token).await.map(drop),
        Area::Transactions => {
            let all = TransactionsQuery::All;
            client.transactions(&all, token).await.map(drop)
        }
        Area::Contacts => client.contacts(Some(1), None, token).await.map(drop),
        Area::Profiles => {
            let newest = ProfilesQuery::First {
                filter: ProfileFilter::All,
                sort: None,
            };
            client.profiles(&newest, token).await.map(drop)
        }
        Area::Discounts => {
            let some = DiscountsQuery::default();
            client.discounts(&some, token).await.map(drop)
        }
        Area::Webhooks => client.webhook_subscriptions(token).await.map(drop),
        Area::Site => client.website(token).await.map(drop),
    }
}

impl AppClient for Client {
    fn account(&self, token: SecretString) -> Asked<'_, Account> {
        Box::pin(async move { self.website(&token).await.map(account) })
    }

    fn renew<'a>(
        &'a self,
        client: &'a OAuthClient,
        refresh_token: &'a SecretString,
        _: Timestamp,
    ) -> Asked<'a, Renewed> {
        Box::pin(async move {
            let pair = self
                .refresh(&client.id, &client.secret, refresh_token)
                .await?;
            Ok(Renewed {
                access_token: pair.access_token,
                access_expires_at: pair.access_expires_at,
                refresh_token: pair.refresh_token.unwrap_or_else(|| refresh_token.clone()),
            })
        })
    }

    fn rights(&self) -> Vec<Right<'_>> {
        let right = |of: &AreaWords| {
            let area = of.area;
            Right {
                area: Some(area),
                granted: of.granted,
                missing: of.missing,
                needed: of.needed,
                try_out: Box::new(move |token| Box::pin(read_some(self, area, token))),
            }
        };
        TRIED.iter().map(right).collect()
    }

    fn advice(&self, credential: &Credential, _: Timestamp) -> Option<String> {
        Some(match credential {
            Credential::Key(_) => {
                "API key: no notifications, so changes are asked for every minute; writing is unproven until used".to_owned()
            }
            Credential::OAuth { scopes, .. } => {
                format!("OAuth: may subscribe to notifications; {}", may_change(scopes))
            }
        })
    }
}

/// What can be changed with the scopes that an owner consented to; there are none where they are not known.
fn may_change(scopes: &[String]) -> String {
    if scopes.is_empty() {
        return "writing is unproven until used".to_owned();
    }
    let is_granted = |scope: &&str| scopes.iter().any(|granted| granted == scope);
    let is_changeable = |area: Area| {
        let mut writes = squarespace::catalog::CATALOG
            .operations()
            .iter()
            .filter(|one| one.area == area.as_str() && one.access == Access::Write);
        writes.any(|write| match write.scopes {
            Scopes::OneOf(any) => any.iter().any(is_granted),
            // Such as notifications, which change nothing at the site.
            Scopes::Any | Scopes::ByValue { .. } => false,
        })
    };
    let areas = TRIED.iter().map(|words| words.area);
    let areas: Vec<&str> = areas
        .filter(|area| is_changeable(*area))
        .map(Area::in_words)
        .collect();
    if areas.is_empty() {
        return "may change nothing: the owner consented to reading only".to_owned();
    }
    format!("may change {}", areas.join(", "))
}

fn account(site: Website) -> Account {
    Account {
        id: site.id.to_string(),
        title: site.title,
        url: site.url.unwrap_or_default(),
        currency: site.currency.unwrap_or_default(),
        country: site.location.and_then(|place| place.country),
        time_zone: site.time_zone,
        ..Account::default()
    }
}
