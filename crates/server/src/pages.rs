//! What people look at: the overview, its login, the pages that connect a site, and the files that these load.

pub(crate) mod assets;
pub(crate) mod connect;
pub(crate) mod login;
pub(crate) mod overview;
mod prose;
pub(crate) mod session;

use askama::Template;
use axum::response::{Html, IntoResponse, Response};

use crate::error::ApiError;

/// A template as an answer.
fn show(template: &impl Template) -> Response {
    match template.render() {
        Ok(page) => Html(page).into_response(),
        Err(cause) => ApiError::Page(cause).into_response(),
    }
}
