//! A clock that moves when all who work wait for it, so that callers beside one another take the time they would.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use portico_domain::Clock;
use portico_domain::clock::Wait;
use tokio::sync::oneshot;

/// The clock; its time is shared with those who only read it.
pub(super) struct Turns {
    epoch_ms: Arc<AtomicI64>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    workers: usize,
    next: u64,
    waits: BTreeMap<(i64, u64), oneshot::Sender<()>>,
}

/// A wait that is forgotten when nobody waits any more.
struct Waiting<'a> {
    turns: &'a Turns,
    place: (i64, u64),
}

impl Turns {
    pub(super) fn new(epoch_ms: Arc<AtomicI64>, workers: usize) -> Self {
        let state = State {
            workers,
            ..State::default()
        };
        Self {
            epoch_ms,
            state: Mutex::new(state),
        }
    }

    /// One more works.
    pub(super) fn join(&self) {
        self.state.lock().unwrap().workers += 1;
    }

    /// One has done its work.
    pub(super) fn leave(&self) {
        let mut state = self.state.lock().unwrap();
        state.workers -= 1;
        self.turn(&mut state);
    }

    fn wait(&self, at: Timestamp) -> (Waiting<'_>, oneshot::Receiver<()>) {
        let (sender, receiver) = oneshot::channel();
        let mut state = self.state.lock().unwrap();
        state.next += 1;
        // A millisecond begun counts, or a wait would end before its time.
        let place = (at.as_microsecond().div_euclid(1_000) + 1, state.next);
        state.waits.insert(place, sender);
        self.turn(&mut state);
        (Waiting { turns: self, place }, receiver)
    }

    /// Moves to the earliest time that somebody waits for, when everybody waits.
    fn turn(&self, state: &mut State) {
        if state.waits.len() < state.workers {
            return;
        }
        let Some((&(at, _), _)) = state.waits.first_key_value() else {
            return;
        };
        self.epoch_ms.fetch_max(at, Ordering::SeqCst);
        let later = state.waits.split_off(&(at + 1, 0));
        for (_, sender) in std::mem::replace(&mut state.waits, later) {
            // Who gave up meanwhile needs no word.
            sender.send(()).ok();
        }
    }
}

impl Clock for Turns {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.epoch_ms.load(Ordering::SeqCst)).unwrap()
    }

    fn until(&self, at: Timestamp) -> Wait<'_> {
        Box::pin(async move {
            if at > self.now() {
                let (_waiting, told) = self.wait(at);
                told.await.unwrap();
            }
        })
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.turns.state.lock().unwrap().waits.remove(&self.place);
    }
}
