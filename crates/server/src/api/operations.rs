//! Operations: what can be called through the gateway.

use axum::Json as Answer;
use portico_domain::App;
use portico_domain::agent::Area;
use portico_engine::{Engine, OperationFilter};
use serde::Deserialize;
use utoipa::IntoParams;

use super::refusals::{Always, OfOne, OfQuery};
use crate::error::ApiError;
use crate::extract::{Path, Query};
use crate::view::operation::{AccessWord, OperationDetailOut, OperationsOut};

/// Lists the operations that can be called, or those of one app, in the vendor's order; agents may ask too
#[utoipa::path(
    get,
    path = "/operations",
    operation_id = "list_operations",
    tag = "operations",
    params(OperationsQuery),
    responses((status = 200, description = "The operations", body = OperationsOut), Always, OfQuery)
)]
pub(crate) async fn list(Query(query): Query<OperationsQuery>) -> Answer<OperationsOut> {
    let wanted = OperationFilter {
        app: query.app,
        area: query.area,
        access: query.access.map(Into::into),
    };
    Answer(Engine::operations(wanted).into_iter().collect())
}

/// Shows an operation with its parameters, limits and schemas; agents may ask too
#[utoipa::path(
    get,
    path = "/operations/{id}",
    operation_id = "show_operation",
    tag = "operations",
    params(("id" = String, Path, description = "The vendor's name of the operation, such as `getOrders`")),
    responses((status = 200, description = "The operation", body = OperationDetailOut), Always, OfOne)
)]
pub(crate) async fn show(Path(id): Path<String>) -> Result<Answer<OperationDetailOut>, ApiError> {
    let operation = Engine::operation(&id)?;
    Ok(Answer(operation.into()))
}

/// Which operations.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct OperationsQuery {
    /// Only those of this app.
    #[param(value_type = Option<String>, example = "squarespace")]
    app: Option<App>,
    /// Only those of this area.
    #[param(value_type = Option<String>, example = "orders")]
    area: Option<Area>,
    /// Only those that read, or only those that write.
    #[param(value_type = Option<String>, example = "write")]
    access: Option<AccessWord>,
}
