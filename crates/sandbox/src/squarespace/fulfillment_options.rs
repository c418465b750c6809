//! The shipping options of a website, which discounts on shipping name.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use axum::{Extension, Router};
use serde_json::{Value, json};

use super::Squarespace;
use super::access::{Area, Caller, Level};
use super::answer::{Refusal, Reply};
use super::site::ShippingOption;

pub(super) fn routes() -> Router<Arc<Squarespace>> {
    Router::new().route("/v1/fulfillments/fulfillment-options", get(list))
}

/// `GET /v1/fulfillments/fulfillment-options`
async fn list(
    State(shop): State<Arc<Squarespace>>,
    Extension(caller): Extension<Caller>,
) -> Result<Reply, Refusal> {
    caller.may(Area::Discounts, Level::Read)?;
    let options: Vec<Value> = shop.on_site(&caller, |site| {
        let options = site.market.shipping.iter().zip(&site.shipping_option_ids);
        options.map(|(option, id)| shown(option, id)).collect()
    });
    Ok(Reply::ok(json!({ "fulfillmentOptions": options })))
}

fn shown(option: &ShippingOption, id: &str) -> Value {
    let service = option
        .service_type
        .map(|name| json!({ "name": name, "description": option.method }));
    json!({
        "id": id,
        "name": option.method,
        "type": option.channel,
        "availableServices": service.into_iter().collect::<Vec<_>>(),
    })
}
