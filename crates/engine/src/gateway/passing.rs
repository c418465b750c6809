//! A vendor's answer on its way to the caller: as it comes, unless something in it is to be changed.

use bytes::Bytes;
use http::{HeaderName, Response, header};
use hyper::body::Incoming;
use portico_domain::connection::Connection;
use wire::catalog::{Access, Operation, Turn};

use super::answer::{self, Unread};
use super::body::Streamed;
use super::links::Links;
use super::mask::{HIDDEN_HEADER, masked, plain_error};
use super::refusal::Refusal;
use super::send::Answered;

/// An answer in which something is to be changed is read up to this size.
const WHOLE_BYTES: usize = 8 * 1024 * 1024;

/// What an answer is to, and how it is to be given.
pub(super) struct Passing<'a> {
    pub(super) connection: &'a Connection,
    pub(super) operation: &'static Operation,
    pub(super) links: Links<'a>,
    /// Whether what is personal in it is kept from the caller.
    pub(super) hides_personal_data: bool,
}

impl Passing<'_> {
    /// The answer as its caller is given it.
    pub(super) async fn given(&self, answer: Answered) -> Result<Response<Streamed>, Refusal> {
        let response = match answer {
            Answered::Read(mut response) => {
                if self.hides() {
                    *response.body_mut() = plain_error(response.body());
                    response.headers_mut().remove(header::CONTENT_LENGTH);
                }
                return Ok(response.map(answer::whole));
            }
            Answered::Coming(response) => response,
        };
        if response.status().is_redirection() {
            return Err(self.unusable(match self.operation.access {
                Access::Read => "it leads to another address, which is not followed",
                Access::Write => {
                    "it leads to another address, which is not followed; it may have been done: look before you send it again"
                }
            }));
        }
        let turns = self
            .operation
            .paging
            .is_some_and(|paging| matches!(paging.turn, Turn::Cursor { .. }));
        let hides = self.hides();
        if hides && !response.status().is_success() {
            let mut whole = self.whole(response).await?;
            *whole.body_mut() = plain_error(whole.body());
            whole.headers_mut().remove(header::CONTENT_LENGTH);
            return Ok(whole.map(answer::whole));
        }
        if !response.status().is_success() || !(turns || hides) {
            return Ok(response.map(answer::streamed));
        }
        let mut whole = self.whole(response).await?;
        if hides && !whole.body().is_empty() {
            let masked = masked(whole.body(), self.operation.personal_response);
            let masked = masked.ok_or_else(|| {
                self.unusable("what is personal in it cannot be told from the rest")
            })?;
            *whole.body_mut() = masked.body;
            let name = HeaderName::from_static(HIDDEN_HEADER);
            whole.headers_mut().insert(name, masked.hidden);
        }
        if turns {
            let body = std::mem::take(whole.body_mut());
            let turned = self.links.turned(body);
            *whole.body_mut() = turned.map_err(|why| self.unusable(why.as_str()))?;
        }
        whole.headers_mut().remove(header::CONTENT_LENGTH);
        Ok(whole.map(answer::whole))
    }

    fn hides(&self) -> bool {
        self.hides_personal_data && !self.operation.personal_response.is_empty()
    }

    async fn whole(&self, response: Response<Incoming>) -> Result<Response<Bytes>, Refusal> {
        let (parts, body) = response.into_parts();
        let encoding = parts.headers.get(header::CONTENT_ENCODING);
        if encoding.is_some_and(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity")) {
            return Err(self.unusable("it is compressed, which was not asked for"));
        }
        let body = answer::read(body, WHOLE_BYTES).await;
        let body = body.map_err(|why| {
            self.unusable(match why {
                Unread::TooLarge => "the page is too large to be read",
                Unread::Broken => "it broke off",
            })
        })?;
        Ok(Response::from_parts(parts, body))
    }

    fn unusable(&self, why: &'static str) -> Refusal {
        Refusal::Answer {
            app: self.connection.app.title(),
            operation: self.operation.id,
            why,
        }
    }
}
