//! What a caller sends: short bodies are held, so that they can be checked and sent again; long ones
//! pass through.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;

/// A body up to this size is held and may be sent again.
pub(crate) const HELD_BYTES: usize = 1024 * 1024;

/// How long the next part of an answer may take to arrive.
pub(crate) const IDLE: Duration = Duration::from_secs(30);

/// How long all that is held of a body may take to arrive, or one byte at a time would go on for ever.
pub(crate) const HELD: Duration = Duration::from_secs(120);

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
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unread {
    #[error("the caller's body broke off")]
    Broken,
    #[error("the caller's body took too long to arrive")]
    TooSlow,
    #[error("the caller's body is too long")]
    TooLong,
}

impl Sent {
    /// Reads up to [`HELD_BYTES`], unless the next part takes longer than `idle`, or all of them longer
    /// than `whole`.
    pub(crate) async fn read(
        body: Streamed,
        idle: Duration,
        whole: Duration,
    ) -> Result<Self, Unread> {
        let reading = tokio::time::timeout(whole, Self::read_parts(body, idle));
        reading.await.unwrap_or(Err(Unread::TooSlow))
    }

    async fn read_parts(mut body: Streamed, idle: Duration) -> Result<Self, Unread> {
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

#[cfg(test)]
mod tests {
    use futures_util::stream;
    use http_body::Frame;
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
        let read = Sent::read(hanging(vec!["{", "\"a\":"]), Duration::ZERO, HELD).await;
        assert!(matches!(read, Err(Unread::TooSlow)));
    }

    #[tokio::test]
    async fn a_caller_who_drips_is_not_waited_for_for_ever() {
        let drops = stream::unfold((), |()| async {
            tokio::task::yield_now().await;
            Some((Ok(Frame::data("x".into())), ()))
        });
        let drip = StreamBody::new(drops).boxed_unsync();
        let read = Sent::read(drip, IDLE, Duration::ZERO).await;
        assert!(matches!(read, Err(Unread::TooSlow)));
    }
}
