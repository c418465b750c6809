//! The Squarespace Commerce API, emulated: two websites, their orders and goods, signed webhooks.
//!
//! Each resource is a file with its routes; `door` is what every request passes; `people` and `load`
//! do what no API call can.

mod access;
mod analytics;
mod answer;
mod bend;
mod checkout;
mod contacts;
mod discounts;
mod document;
mod door;
mod fields;
mod forms;
mod fulfillment;
mod fulfillment_options;
mod goods;
mod idempotency;
mod images;
mod import;
mod inventory;
mod load;
mod money;
mod notifications;
mod oauth;
mod order;
mod orders;
mod paging;
mod people;
mod products;
mod profiles;
mod query;
mod ranking;
mod seed;
mod shape;
mod shelf;
mod site;
mod store_pages;
mod subscriptions;
mod summaries;
mod switches;
mod time;
mod tokens;
mod transactions;
mod variants;
mod website;

use std::sync::{Arc, Mutex, MutexGuard, Weak};

use axum::Router;
use axum::middleware;
use serde_json::{Value, json};

pub(crate) use self::answer::fault_answer;
pub(crate) use self::switches::SWITCHES;

use self::access::{Access, Caller};
use self::products::Version;
use self::shape::Strictness;
use self::shelf::Object;
use self::site::Site;
use crate::control::ControlError;
use crate::world::World;

const APP: &str = "squarespace";

/// The vendor with all that happens on its websites.
pub(crate) struct Squarespace {
    world: World,
    state: Mutex<State>,
    /// For webhooks, which report back after the request that caused them has ended.
    me: Weak<Self>,
}

struct State {
    sites: Vec<Site>,
    access: Access,
    /// The keys and first token pairs that the control API hands out, by website.
    handed_out: Vec<Value>,
}

impl Squarespace {
    pub(crate) fn new(world: World) -> Arc<Self> {
        let state = Mutex::new(seed::state(&world));
        Arc::new_cyclic(|me| Self {
            world,
            state,
            me: Weak::clone(me),
        })
    }

    /// The Commerce API.
    pub(crate) fn router(self: &Arc<Self>) -> Router {
        Router::new()
            .merge(website::routes())
            .merge(orders::routes())
            .merge(fulfillment::routes())
            .merge(import::routes())
            .merge(products::routes())
            .merge(inventory::routes())
            .merge(store_pages::routes())
            .merge(transactions::routes())
            .merge(subscriptions::routes())
            .merge(contacts::routes())
            .merge(profiles::routes())
            .merge(discounts::routes())
            .merge(fulfillment_options::routes())
            .merge(analytics::routes())
            .fallback(door::no_such_path)
            .method_not_allowed_fallback(door::wrong_method)
            .layer(middleware::from_fn_with_state(
                Arc::clone(self),
                door::admit,
            ))
            .with_state(Arc::clone(self))
    }

    /// The login host.
    pub(crate) fn login_router(self: &Arc<Self>) -> Router {
        tokens::routes()
            .merge(oauth::routes())
            .fallback(door::no_such_path)
            .method_not_allowed_fallback(door::wrong_method)
            .layer(middleware::from_fn_with_state(
                Arc::clone(self),
                door::admit_login,
            ))
            .with_state(Arc::clone(self))
    }

    pub(crate) fn credentials(&self, base_url: &str) -> Value {
        let state = self.lock();
        json!({
            "api_base": format!("{base_url}/squarespace"),
            "login_base": format!("{base_url}/squarespace-login"),
            "client_id": state.access.client_id,
            "client_secret": state.access.client_secret,
            "sites": state.handed_out,
        })
    }

    pub(crate) fn load(
        &self,
        collection: &str,
        silent: bool,
        body: Value,
    ) -> Result<Value, ControlError> {
        load::load(self, collection, silent, body)
    }

    pub(crate) fn people(&self, action: &str, body: &Value) -> Result<Value, ControlError> {
        people::act(self, action, body)
    }

    /// The resources of all websites, each with the id of its website.
    pub(crate) fn state(&self, collection: &str) -> Option<Vec<Value>> {
        let state = self.lock();
        let now = self.world.clock.now_ms();
        let mut items = Vec::new();
        for site in &state.sites {
            let of_site: Vec<Object> = match collection {
                "orders" => site.orders.all().cloned().collect(),
                "products" => site
                    .products
                    .all()
                    .map(|product| products::shown(site, Version::V2, now, product))
                    .collect(),
                "store_pages" => site.store_pages.all().cloned().collect(),
                "transactions" => site.documents.all().cloned().collect(),
                "emails" => site.emails.clone(),
                "discounts" => site
                    .discounts
                    .iter()
                    .map(|discount| discounts::shown(discount, self.world.clock.now_ms()))
                    .collect(),
                "contacts" => site
                    .contacts
                    .all()
                    .filter_map(|contact| contact.shown().as_object().cloned())
                    .collect(),
                "subscriptions" => site
                    .subscriptions
                    .iter()
                    .map(|subscription| subscription.shown())
                    .collect(),
                _ => return None,
            };
            items.extend(of_site.into_iter().map(|mut item| {
                item.insert("websiteId".to_owned(), json!(site.id));
                Value::Object(item)
            }));
        }
        Some(items)
    }

    /// Works on the caller's website; nothing else happens on any website meanwhile.
    fn on_site<T>(&self, caller: &Caller, work: impl FnOnce(&mut Site) -> T) -> T {
        work(&mut self.lock().sites[caller.site])
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state
            .lock()
            .expect("no request panics while it holds the websites")
    }

    /// How strictly bodies are judged by their tables.
    fn strictness<'a>(&self, scope: &'a str) -> Strictness<'a> {
        Strictness {
            lenient: self.flag("lenient_bodies"),
            scope,
        }
    }

    fn flag(&self, switch: &str) -> bool {
        self.world.switches.flag(APP, switch)
    }

    fn number(&self, switch: &str) -> i64 {
        self.world.switches.number(APP, switch)
    }

    fn choice(&self, switch: &str) -> String {
        self.world.switches.choice(APP, switch)
    }
}
