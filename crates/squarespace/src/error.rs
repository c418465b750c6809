//! The vendor's own words about a refusal.

use serde::Deserialize;

/// What the vendor says about a refusal, from either of the two shapes it uses.
///
/// The message is for developers. It may quote what was sent, so it does not belong in a log.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiError {
    /// Such as `INVALID_REQUEST_ERROR` or `CONFLICT`; `about:blank` in the shape of RFC 7807.
    pub r#type: String,
    /// Such as `INSUFFICIENT_STOCK`, where there is one.
    pub subtype: Option<String>,
    /// The vendor's explanation.
    pub message: String,
    /// To quote to the vendor's support.
    pub context_id: Option<String>,
}

wire::debug_only!(ApiError {
    r#type,
    subtype,
    context_id
});

/// Reads what the vendor says about a refusal; `None` where it says nothing readable.
pub fn detail(error: &wire::Error) -> Option<ApiError> {
    error.body_as::<Body>()?.detail(error.request_id.clone())
}

/// Adds the vendor's names for the refusal to the error's message.
pub(crate) fn named(mut error: wire::Error) -> wire::Error {
    let Some(detail) = detail(&error) else {
        return error;
    };
    for name in [Some(detail.r#type), detail.subtype].into_iter().flatten() {
        // Only names go into a message that may be logged, never free text.
        if name
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
        {
            error.message.push(' ');
            error.message.push_str(&name);
        }
    }
    error.request_id = detail.context_id;
    error
}

/// Both shapes at once: `type`, `message`, `contextId` of the API; `type`, `title`, `detail` of RFC 7807.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    r#type: Option<String>,
    subtype: Option<String>,
    message: Option<String>,
    context_id: Option<String>,
    title: Option<String>,
    detail: Option<String>,
}

impl Body {
    fn detail(self, request_id: Option<String>) -> Option<ApiError> {
        Some(ApiError {
            r#type: self.r#type?,
            subtype: self.subtype,
            message: self.message.or(self.detail).or(self.title)?,
            context_id: self.context_id.or(request_id),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Option<ApiError> {
        serde_json::from_str::<Body>(body)
            .ok()?
            .detail(Some("from-header".to_owned()))
    }

    #[test]
    fn the_shape_of_the_api_is_read() {
        let error = read(
            r#"{"type":"CONFLICT","subtype":"INSUFFICIENT_STOCK","message":"Not enough.","details":null,"contextId":"QZKT"}"#,
        );
        let error = error.unwrap();
        assert_eq!(
            (error.r#type.as_str(), error.subtype.as_deref()),
            ("CONFLICT", Some("INSUFFICIENT_STOCK"))
        );
        assert_eq!(
            (error.message.as_str(), error.context_id.as_deref()),
            ("Not enough.", Some("QZKT"))
        );
    }

    #[test]
    fn the_shape_of_rfc_7807_is_read() {
        let error = read(
            r#"{"type":"about:blank","title":"Bad Request","status":400,"detail":"Required header 'Idempotency-Key' is not present.","instance":"/1.0/commerce/orders"}"#,
        );
        let error = error.unwrap();
        assert_eq!(
            error.message,
            "Required header 'Idempotency-Key' is not present."
        );
        assert_eq!(
            (error.subtype, error.context_id.as_deref()),
            (None, Some("from-header"))
        );
    }

    #[test]
    fn anything_else_says_nothing() {
        assert_eq!(read("<html>"), None);
        assert_eq!(read("{}"), None);
        assert_eq!(read(r#"{"type":"CONFLICT"}"#), None);
    }
}
