//! A body on its way to a vendor, which says how far it has come: who waits for an answer must know on whom.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::sync::watch;

use super::body::{BodyError, Streamed, Unread};

/// On whom a body waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// On the vendor, to take what there is.
    Offered,
    /// On the caller, to send more.
    Awaited,
    /// On nobody any more: the caller failed.
    Failed(Unread),
}

/// A body on its way to a vendor. Once it has left, or nobody wants it any more, it is dropped.
pub(crate) struct OutBody {
    first: Bytes,
    rest: Option<Rest>,
    /// None where there is nothing to send.
    progress: Option<watch::Sender<Progress>>,
}

struct Rest {
    body: Streamed,
    /// So much more is taken.
    left: u64,
}

impl OutBody {
    pub(crate) fn held(bytes: Bytes) -> Self {
        Self::of(bytes, None)
    }

    /// What was read of a body, and the rest, which together are no longer than `limit`.
    pub(crate) fn passing(first: Bytes, rest: Streamed, limit: u64) -> Self {
        let left = limit.saturating_sub(first.len() as u64);
        Self::of(first, Some(Rest { body: rest, left }))
    }

    /// Tells how far the body has come; ends when it has left. `None` where there is nothing to send.
    pub(crate) fn progress(&self) -> Option<watch::Receiver<Progress>> {
        self.progress.as_ref().map(watch::Sender::subscribe)
    }

    fn of(first: Bytes, rest: Option<Rest>) -> Self {
        let is_empty = first.is_empty() && rest.is_none();
        Self {
            first,
            rest,
            progress: (!is_empty).then(|| watch::Sender::new(Progress::Offered)),
        }
    }

    fn tell(&self, progress: Progress) {
        let Some(told) = &self.progress else { return };
        // It is asked again for other reasons, too: that the caller is waited for is news the first time only.
        told.send_if_modified(|last| {
            std::mem::replace(last, progress) != progress || progress == Progress::Offered
        });
    }
}

impl Rest {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Unread>>> {
        Pin::new(&mut self.body).poll_frame(context).map(|frame| {
            let frame = frame?.map_err(|_| Unread::Broken);
            Some(frame.and_then(|frame| self.counted(frame)))
        })
    }

    fn counted(&mut self, frame: Frame<Bytes>) -> Result<Frame<Bytes>, Unread> {
        let length = frame.data_ref().map_or(0, Bytes::len) as u64;
        self.left = self.left.checked_sub(length).ok_or(Unread::TooLong)?;
        Ok(frame)
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
            self.tell(Progress::Offered);
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        let Some(rest) = &mut self.rest else {
            return Poll::Ready(None);
        };
        match rest.poll(context) {
            Poll::Pending => {
                self.tell(Progress::Awaited);
                Poll::Pending
            }
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Ready(Some(Ok(frame))) => {
                self.tell(Progress::Offered);
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Some(Err(why))) => {
                self.tell(Progress::Failed(why));
                Poll::Ready(Some(Err(why.into())))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        let rest = self.rest.as_ref();
        self.first.is_empty() && rest.is_none_or(|rest| rest.body.is_end_stream())
    }

    /// Exact where the caller has announced a length, which the vendor is then told, too.
    fn size_hint(&self) -> SizeHint {
        let rest = match &self.rest {
            None => Some(0),
            Some(rest) => rest.body.size_hint().exact(),
        };
        let whole = rest.map(|rest| SizeHint::with_exact(self.first.len() as u64 + rest));
        whole.unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;
    use http_body_util::{BodyExt, Full, StreamBody};

    use super::*;

    #[tokio::test]
    async fn a_body_of_no_announced_length_ends_where_it_gets_too_long() {
        let parts = ["bc", "de", "f"].map(|part| Ok(Frame::data(part.into())));
        let rest = StreamBody::new(stream::iter(parts)).boxed_unsync();
        let mut body = OutBody::passing("a".into(), rest, 4);
        let progress = body.progress().unwrap();
        let mut passed = Vec::new();
        while let Some(Ok(frame)) = body.frame().await {
            passed.extend(frame.into_data().unwrap());
        }
        assert_eq!(passed, b"abc");
        assert_eq!(*progress.borrow(), Progress::Failed(Unread::TooLong));
    }

    #[test]
    fn an_announced_length_is_known_of_the_whole() {
        let rest = Full::from("bcd").map_err(|never| match never {});
        let body = OutBody::passing("a".into(), rest.boxed_unsync(), 9);
        assert_eq!(body.size_hint().exact(), Some(4));
    }
}
