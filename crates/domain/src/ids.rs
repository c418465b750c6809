//! Identifiers and chance from one seedable source, so that tests can foretell both.

use std::sync::Mutex;

use jiff::Timestamp;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;
use uuid::Uuid;

/// The text is not an identifier of the expected kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an identifier: expected `{prefix}` and 32 hexadecimal digits")]
pub struct InvalidId {
    pub prefix: &'static str,
}

/// The source of random numbers and of identifiers.
pub struct Chance {
    generator: Mutex<ChaCha20Rng>,
}

impl Chance {
    #[must_use]
    pub fn seeded(seed: [u8; 32]) -> Self {
        Self {
            generator: Mutex::new(ChaCha20Rng::from_seed(seed)),
        }
    }

    /// A seed for tests that need to tell runs apart by a small number.
    #[must_use]
    pub fn of(number: u64) -> Self {
        Self {
            generator: Mutex::new(ChaCha20Rng::seed_from_u64(number)),
        }
    }

    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.locked().fill_bytes(&mut bytes);
        bytes
    }

    /// A number from `0.0` up to, not including, `1.0`.
    pub fn fraction(&self) -> f64 {
        self.locked().random()
    }

    /// An identifier that sorts by the time of its making.
    pub fn id(&self, now: Timestamp) -> Uuid {
        let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &self.bytes()).into_uuid()
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, ChaCha20Rng> {
        self.generator
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Declares an identifier type written `<prefix><32 hex digits>`.
macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(uuid::Uuid);

        impl $name {
            pub const PREFIX: &'static str = $prefix;

            #[must_use]
            pub fn new(id: uuid::Uuid) -> Self {
                Self(id)
            }

            #[must_use]
            pub fn uuid(self) -> uuid::Uuid {
                self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0.simple())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::ids::InvalidId;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let wrong = $crate::ids::InvalidId { prefix: $prefix };
                let hex = text.strip_prefix($prefix).filter(|hex| hex.len() == 32).ok_or(wrong)?;
                uuid::Uuid::try_parse(hex).map(Self).map_err(|_| wrong)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                <String as serde::Deserialize>::deserialize(from)?
                    .parse()
                    .map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use identifier;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ConnectionId;

    #[test]
    fn an_identifier_reads_back_and_refuses_another_kind() {
        let noon = "2026-01-02T12:00:00Z".parse().unwrap();
        let id = ConnectionId::new(Chance::of(7).id(noon));
        assert_eq!(id.to_string().parse::<ConnectionId>().unwrap(), id);
        let flow = id.to_string().replace("con_", "flw_");
        assert!(flow.parse::<ConnectionId>().is_err());
        assert!("con_12".parse::<ConnectionId>().is_err());
    }

    #[test]
    fn identifiers_sort_by_time() {
        let chance = Chance::of(1);
        let early = chance.id("2026-01-02T12:00:00Z".parse().unwrap());
        let late = chance.id("2026-01-02T12:00:01Z".parse().unwrap());
        assert!(early < late);
    }
}
