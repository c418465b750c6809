//! Identifiers and chance from one seed, so that a run can be repeated exactly.

use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard};

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const TOKEN_LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// A handle on the sandbox's seeded generator; clones draw from the same stream.
#[derive(Clone, Debug)]
pub(crate) struct Ids(Arc<Mutex<ChaCha8Rng>>);

impl Ids {
    pub(crate) fn seeded(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(ChaCha8Rng::seed_from_u64(seed))))
    }

    /// Starts the stream again, in all clones.
    pub(crate) fn reseed(&self, seed: u64) {
        *self.generator() = ChaCha8Rng::seed_from_u64(seed);
    }

    /// 24 lower-case hexadecimal digits, the form of most Squarespace ids.
    pub(crate) fn hex24(&self) -> String {
        let mut bytes = [0; 12];
        self.generator().fill_bytes(&mut bytes);
        hex::encode(bytes)
    }

    pub(crate) fn uuid(&self) -> String {
        let mut bytes = [0; 16];
        self.generator().fill_bytes(&mut bytes);
        uuid::Builder::from_random_bytes(bytes)
            .into_uuid()
            .to_string()
    }

    /// Random bytes, for secrets.
    pub(crate) fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.generator().fill_bytes(&mut bytes);
        bytes
    }

    /// Letters and digits.
    pub(crate) fn token(&self, len: usize) -> String {
        let mut generator = self.generator();
        (0..len)
            .map(|_| char::from(TOKEN_LETTERS[generator.random_range(0..TOKEN_LETTERS.len())]))
            .collect()
    }

    pub(crate) fn number(&self, range: Range<i64>) -> i64 {
        self.generator().random_range(range)
    }

    /// True with this probability; outside 0 to 1 it is never or always.
    pub(crate) fn chance(&self, probability: f64) -> bool {
        self.generator().random::<f64>() < probability
    }

    /// One of a list that is not empty.
    pub(crate) fn pick<'a, T>(&self, choices: &'a [T]) -> &'a T {
        &choices[self.generator().random_range(0..choices.len())]
    }

    fn generator(&self) -> MutexGuard<'_, ChaCha8Rng> {
        self.0.lock().expect("drawing a number does not panic")
    }
}

#[cfg(test)]
mod tests {
    use super::Ids;

    #[test]
    fn the_same_seed_draws_the_same_ids_again() {
        let ids = Ids::seeded(7);
        let first = (
            ids.hex24(),
            ids.uuid(),
            ids.token(9),
            ids.number(0..1_000_000),
        );
        ids.reseed(7);

        assert_eq!(
            (
                ids.hex24(),
                ids.uuid(),
                ids.token(9),
                ids.number(0..1_000_000)
            ),
            first
        );
        assert_ne!(ids.hex24(), first.0);
    }

    #[test]
    fn chance_is_never_at_zero_and_always_at_one() {
        let ids = Ids::seeded(1);

        assert!((0..100).all(|_| !ids.chance(0.0) && ids.chance(1.0)));
    }
}
