//! Which errors an operation may answer with, for the document.

use std::collections::BTreeMap;

use utoipa::IntoResponses;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};

use crate::error::PROBLEM_JSON;

type Responses = BTreeMap<String, RefOr<Response>>;

/// Any operation.
pub(crate) enum Always {}

/// Operations that take a query.
pub(crate) enum OfQuery {}

/// Operations that take a body.
pub(crate) enum OfBody {}

/// Operations on one thing that may not be there.
pub(crate) enum OfOne {}

/// Operations that are given a credential; after `OfBody`, of which it says more.
pub(crate) enum OfCredential {}

/// Operations that call a vendor.
pub(crate) enum OfVendor {}

impl IntoResponses for Always {
    fn responses() -> Responses {
        problems(&[
            ("401", "The administration key is missing or wrong"),
            ("403", "The key is good, but not for this"),
            (
                "500",
                "A fault of Portico's or of its machine; the log says more",
            ),
            (
                "503",
                "What would be done cannot be put on record at the moment",
            ),
        ])
    }
}

impl IntoResponses for OfQuery {
    fn responses() -> Responses {
        problems(&[("400", "The query cannot be read")])
    }
}

impl IntoResponses for OfBody {
    fn responses() -> Responses {
        problems(&[
            ("400", "The address or the body cannot be read"),
            ("408", "The body took too long to arrive"),
            ("413", "The body is too large"),
            ("415", "The body is not sent as JSON"),
            (
                "422",
                "A field is missing, unknown, or cannot be used as it is",
            ),
        ])
    }
}

impl IntoResponses for OfOne {
    fn responses() -> Responses {
        problems(&[
            ("400", "The address or the body cannot be read"),
            ("404", "There is no such thing"),
        ])
    }
}

impl IntoResponses for OfCredential {
    fn responses() -> Responses {
        problems(&[(
            "422",
            "A field is missing, unknown, or cannot be used as it is; or the vendor does not accept the credential",
        )])
    }
}

impl IntoResponses for OfVendor {
    fn responses() -> Responses {
        problems(&[
            (
                "409",
                "The name is taken, or the connection cannot be used as it is",
            ),
            ("502", "The vendor refused the call, or did not answer"),
            (
                "503",
                "The vendor must not be called before the time in `Retry-After`",
            ),
        ])
    }
}

fn problems(all: &[(&str, &str)]) -> Responses {
    all.iter()
        .map(|(status, description)| {
            let content = ContentBuilder::new()
                .schema(Some(Ref::from_schema_name("Problem")))
                .build();
            let response = ResponseBuilder::new()
                .description(*description)
                .content(PROBLEM_JSON, content)
                .build();
            ((*status).to_owned(), RefOr::T(response))
        })
        .collect()
}
