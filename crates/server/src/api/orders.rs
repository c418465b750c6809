//! Orders: where each is in every system, what was done, when and why.

use axum::Json as Answer;
use axum::extract::State;
use portico_engine::Engine;

use super::refusals::{Always, OfOne};
use crate::error::ApiError;
use crate::extract::Path;
use crate::view::order::OrdersOut;

/// Shows every order with this number, whatever the site
#[utoipa::path(
    get,
    path = "/orders/{number}",
    operation_id = "show_orders",
    tag = "orders",
    params(("number" = String, Path, description = "The order's number as the shop shows it", example = "1042")),
    responses((status = 200, description = "The orders, each with its timeline", body = OrdersOut), Always, OfOne)
)]
pub(crate) async fn show(
    State(engine): State<Engine>,
    Path(number): Path<String>,
) -> Result<Answer<OrdersOut>, ApiError> {
    let orders = engine.orders_numbered(&number).await?;
    Ok(Answer(orders.into_iter().collect()))
}
