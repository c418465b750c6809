//! What a caller is told beside an answer or a refusal: who it is of, under which key the call went out, and
//! what is left of the budget.

use http::HeaderMap;
use http::header::HeaderValue;
use portico_domain::connection::Connection;

use super::CONNECTION_HEADER;
use super::refusal::Refusal;
use crate::budget::Left;

/// A call that was not carried, and the headers that its caller is told with it.
#[derive(Debug)]
pub struct NotCarried {
    pub refusal: Refusal,
    pub headers: Box<HeaderMap>,
}

/// What there is to tell of a call, as far as it has come.
#[derive(Default)]
pub(super) struct Told {
    pub(super) connection: Option<HeaderValue>,
    /// A write that may have been done is sent again under this one.
    pub(super) idempotency_key: Option<HeaderValue>,
    pub(super) left: Option<Left>,
}

impl Told {
    pub(super) fn of_connection(&mut self, connection: &Connection) {
        self.connection = HeaderValue::try_from(&connection.name).ok();
    }

    pub(super) fn write(self, headers: &mut HeaderMap) {
        if let Some(connection) = self.connection {
            headers.insert(CONNECTION_HEADER, connection);
        }
        if let Some(key) = self.idempotency_key {
            headers.insert("idempotency-key", key);
        }
        if let Some(left) = self.left {
            headers.extend(left.headers());
        }
    }
}

impl From<Refusal> for NotCarried {
    fn from(refusal: Refusal) -> Self {
        Self {
            refusal,
            headers: Box::default(),
        }
    }
}

impl From<NotCarried> for Refusal {
    fn from(not_carried: NotCarried) -> Self {
        not_carried.refusal
    }
}
