//! Loads the vendor's own JSON into a website, whatever it lacks filled in.

use serde_json::{Map, Value, json};

use super::contacts::Contact;
use super::order::{self, complete};
use super::shelf::{Object, text};
use super::site::Site;
use super::{Squarespace, document, goods};
use crate::control::ControlError;

/// Takes one resource, an array, or the envelope of the vendor's list; answers what was loaded.
///
/// Resources go to the website that `website_id` names, else to the one that trades in their currency,
/// else to the first.
pub(super) fn load(
    shop: &Squarespace,
    collection: &str,
    silent: bool,
    body: Value,
) -> Result<Value, ControlError> {
    let envelope = match collection {
        "orders" => "result",
        "products" => "products",
        "contacts" => "contacts",
        unknown => {
            return Err(ControlError::not_found(format!(
                "squarespace takes no `{unknown}`: load orders, products or contacts"
            )));
        }
    };
    let website_id = body
        .get("website_id")
        .and_then(Value::as_str)
        .map(str::to_owned);
    let was_one = body.is_object() && body.get(envelope).is_none();
    let resources = resources(body, envelope)?;
    let mut state = shop.lock();
    let mut loaded = Vec::with_capacity(resources.len());
    for resource in resources {
        let site = site_for(&mut state.sites, website_id.as_deref(), &resource)?;
        loaded.push(Value::Object(match collection {
            "orders" => load_order(shop, site, silent, resource),
            "contacts" => load_contact(shop, site, silent, &resource)?,
            _ => load_product(shop, site, resource),
        }));
    }
    match loaded.pop() {
        Some(only) if was_one => Ok(only),
        last => {
            loaded.extend(last);
            Ok(json!(loaded))
        }
    }
}

fn resources(body: Value, envelope: &str) -> Result<Vec<Object>, ControlError> {
    let values = match body {
        Value::Array(values) => values,
        Value::Object(mut object) => match object.remove(envelope) {
            Some(Value::Array(values)) => values,
            Some(_) | None => {
                object.remove("website_id");
                vec![Value::Object(object)]
            }
        },
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    };
    let objects: Option<Vec<Object>> = values
        .iter()
        .map(|value| value.as_object().cloned())
        .collect();
    objects
        .filter(|objects| !objects.is_empty())
        .ok_or_else(|| {
            ControlError::bad_request(
                "send one object, or a list of at least one object, in the vendor's own JSON",
            )
        })
}

fn site_for<'a>(
    sites: &'a mut [Site],
    website_id: Option<&str>,
    resource: &Map<String, Value>,
) -> Result<&'a mut Site, ControlError> {
    let place = match website_id {
        Some(id) => sites
            .iter()
            .position(|site| site.id == id)
            .ok_or_else(|| no_such_website(id))?,
        None => {
            let trades = |site: &Site| {
                resource
                    .values()
                    .any(|inside| trades_in(inside, &site.currency))
            };
            sites.iter().position(trades).unwrap_or_default()
        }
    };
    Ok(&mut sites[place])
}

pub(super) fn no_such_website(id: &str) -> ControlError {
    ControlError::not_found(format!(
        "no website `{id}`: GET /_control/credentials lists them"
    ))
}

/// Whether any money inside is of this currency.
fn trades_in(value: &Value, currency: &str) -> bool {
    match value {
        Value::Object(object) => {
            object.get("currency").is_some_and(|code| code == currency)
                || object.values().any(|inner| trades_in(inner, currency))
        }
        Value::Array(items) => items.iter().any(|inner| trades_in(inner, currency)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

fn load_order(shop: &Squarespace, site: &mut Site, silent: bool, order: Object) -> Object {
    let ids = &shop.world.ids;
    let now = shop.world.clock.now_ms();
    let order = complete(site, ids, now, order);
    order::shelve(site, now, order.clone());
    // An import has no document; a native order has exactly one.
    if text(&order, "channel") != "external" && site.document_of(text(&order, "id")).is_none() {
        document::open(site, ids, now, &order);
    }
    if !silent {
        shop.notify(
            site,
            "order.create",
            json!({ "orderId": text(&order, "id") }),
        );
    }
    order
}

fn load_contact(
    shop: &Squarespace,
    site: &mut Site,
    silent: bool,
    sent: &Object,
) -> Result<Object, ControlError> {
    let now = shop.world.clock.now_ms();
    let contact = Contact::loaded(&shop.world.ids, now, sent).map_err(|cause| {
        ControlError::bad_request(format!("the contact cannot be read: {cause}"))
    })?;
    let shown = contact.shown();
    site.contacts.put(contact);
    if !silent {
        shop.notify(site, "contact.create", shown.clone());
    }
    Ok(shown.as_object().cloned().unwrap_or_default())
}

fn load_product(shop: &Squarespace, site: &mut Site, mut product: Object) -> Object {
    let ids = &shop.world.ids;
    let now = shop.world.clock.now_ms();
    if text(&product, "storePageId").is_empty()
        && let Some(page) = site.store_pages.all().last()
    {
        product.insert("storePageId".to_owned(), page["id"].clone());
    }
    let page_id = text(&product, "storePageId");
    if site.store_pages.get(page_id).is_none() {
        let page = json!({ "id": page_id, "title": "More", "isEnabled": true, "urlSlug": "more" });
        let at = -i64::try_from(site.store_pages.all().count()).unwrap_or_default();
        site.store_pages
            .put(at, page.as_object().cloned().unwrap_or_default());
    }
    let product = goods::complete_product(ids, now, &site.currency, product);
    goods::shelve(site, now, product.clone());
    product
}
