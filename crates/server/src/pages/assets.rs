//! The files that the pages load, built into the binary.

use http::{HeaderName, header};

use crate::error::ApiError;
use crate::extract::Path;

const CSS: &str = include_str!("../../assets/portico.css");
const SCRIPT: &str = include_str!("../../assets/overview.js");
const ICON: &str = include_str!("../../assets/icon.svg");

/// A browser asks again after this time, so that an update of Portico is seen soon.
const KEPT: &str = "max-age=300";

type Asset = ([(HeaderName, &'static str); 2], &'static str);

/// `GET /assets/{name}`
pub(crate) async fn asset(Path(name): Path<String>) -> Result<Asset, ApiError> {
    let (kind, text) = match name.as_str() {
        "portico.css" => ("text/css; charset=utf-8", CSS),
        "overview.js" => ("text/javascript; charset=utf-8", SCRIPT),
        "icon.svg" => ("image/svg+xml", ICON),
        _ => return Err(ApiError::NoSuchPage),
    };
    let headers = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, KEPT)];
    Ok((headers, text))
}
