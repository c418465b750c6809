//! What is sent to a vendor: short bodies are held, so that they can be checked and sent again; long
//! ones pass through.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;

/// A body up to this size is held and may be sent again.
pub(crate) const HELD_BYTES: usize = 1024 * 1024;

/// How long the next part of a body may take to arrive, in either direction.
pub(crate) const IDLE: Duration = Duration::from_secs(30);

/// A failure of the caller's own connection, whatever carries it.
pub type BodyError = Box<dyn std::error::Error + Send + Sync>;

/// A body that passes through.
pub type Streamed = UnsyncBoxBody<Bytes, BodyError>;

/// A caller's body, as far as it was read.
pub(crate) enum Sent {
    Held(Bytes),
    /// What was read of it, and the rest.
    Passing(Bytes, Streamed),
}

/// Why a caller's body could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unread {
    Broken,
    TooSlow,
}

impl Sent {
    /// Reads up to [`HELD_BYTES`], unless the next part takes longer than `idle`.
    pub(crate) async fn read(mut body: Streamed, idle: Duration) -> Result<Self, Unread> {
        let mut held = BytesMut::new();
        loop {
            let frame = tokio::time::timeout(idle, body.frame());
            match frame.await.map_err(|_| Unread::TooSlow)? {
                None => return Ok(Self::Held(held.freeze())),
                Some(Err(_)) => return Err(Unread::Broken),
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        held.extend_from_slice(&data);
                    }
                }
            }
            if held.len() > HELD_BYTES {
                return Ok(Self::Passing(held.freeze(), body));
            }
        }
    }
}

/// A body on its way to a vendor.
pub(crate) struct OutBody {
    first: Bytes,
    rest: Option<Streamed>,
}

impl OutBody {
    pub(crate) fn held(bytes: Bytes) -> Self {
        Self {
            first: bytes,
            rest: None,
        }
    }

    pub(crate) fn passing(first: Bytes, rest: Streamed) -> Self {
        Self {
            first,
            rest: Some(rest),
        }
    }
}

impl Body for OutBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        if !self.first.is_empty() {
            let first = std::mem::take(&mut self.first);
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        match &mut self.rest {
            Some(rest) => Pin::new(rest).poll_frame(context),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.first.is_empty() && self.rest.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        match &self.rest {
            None => SizeHint::with_exact(self.first.len() as u64),
            Some(_) => SizeHint::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;
    use http_body_util::StreamBody;

    use super::*;

    /// A body of these frames, after which nothing comes any more.
    fn hanging(frames: Vec<&'static str>) -> Streamed {
        let frames = frames.into_iter().map(|text| Ok(Frame::data(text.into())));
        let frames = stream::StreamExt::chain(stream::iter(frames), stream::pending());
        StreamBody::new(frames).boxed_unsync()
    }

    #[tokio::test]
    async fn a_caller_who_hangs_is_not_waited_for_for_ever() {
        let read = Sent::read(hanging(vec!["{", "\"a\":"]), Duration::ZERO).await;
        assert!(matches!(read, Err(Unread::TooSlow)));
    }
}
