//! The codes that bind each record to the one before it, and the seals on what is said of a chain.

use jiff::Timestamp;
use portico_domain::audit::{Place, RecordId};
use portico_store::audit::{Mark, MarkKind};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::vault::MasterKey;

/// What the first record of a chain is bound to.
pub(super) const BEGINNING: [u8; 32] = [0; 32];

/// Two keys, so that no code of a record can pass for a seal.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(super) struct Keys {
    records: [u8; 32],
    marks: [u8; 32],
}

impl Keys {
    pub(super) fn of(master: &MasterKey) -> Self {
        Self {
            records: master.derive("portico 2026-05 audit: code of a record"),
            marks: master.derive("portico 2026-05 audit: seal of a mark"),
        }
    }

    /// The code of a record. All that stands before its bytes has a fixed length.
    pub(super) fn mac(&self, before: &[u8; 32], id: RecordId, record: &[u8]) -> [u8; 32] {
        let length = record.len() as u64;
        let mut hasher = blake3::Hasher::new_keyed(&self.records);
        hasher.update(before);
        hasher.update(id.chain.uuid().as_bytes());
        hasher.update(&id.number.to_le_bytes());
        hasher.update(&length.to_le_bytes());
        hasher.update(record);
        hasher.finalize().into()
    }

    /// A signed statement about a chain.
    pub(super) fn mark(&self, kind: MarkKind, place: Place, at: Timestamp) -> Mark {
        Mark {
            kind,
            place,
            at,
            seal: self.seal(kind, &place, at).as_bytes().to_vec(),
        }
    }

    /// Whether a statement is one of ours, and unchanged.
    pub(super) fn is_ours(&self, mark: &Mark) -> bool {
        let seal: Option<[u8; 32]> = mark.seal.as_slice().try_into().ok();
        // Compared in constant time.
        seal.is_some_and(|seal| self.seal(mark.kind, &mark.place, mark.at) == seal)
    }

    fn seal(&self, kind: MarkKind, place: &Place, at: Timestamp) -> blake3::Hash {
        let kind = match kind {
            MarkKind::Head => [0],
            MarkKind::Pruned => [1],
        };
        let mut hasher = blake3::Hasher::new_keyed(&self.marks);
        hasher.update(&kind);
        hasher.update(place.chain.uuid().as_bytes());
        hasher.update(&place.number.to_le_bytes());
        hasher.update(&at.as_millisecond().to_le_bytes());
        hasher.update(&place.mac);
        hasher.finalize()
    }
}

#[cfg(test)]
mod tests {
    use portico_domain::Chance;
    use portico_domain::audit::ChainId;

    use super::*;

    fn keys(seed: u64) -> Keys {
        Keys::of(&MasterKey::new(&Chance::of(seed)))
    }

    fn id(number: u64) -> RecordId {
        let chain = ChainId::new(Chance::of(3).id(Timestamp::UNIX_EPOCH));
        RecordId { chain, number }
    }

    #[test]
    fn a_code_depends_on_everything_that_it_binds() {
        let code = keys(1).mac(&BEGINNING, id(1), b"record");
        assert_eq!(code, keys(1).mac(&BEGINNING, id(1), b"record"));
        for other in [
            keys(2).mac(&BEGINNING, id(1), b"record"),
            keys(1).mac(&[1; 32], id(1), b"record"),
            keys(1).mac(&BEGINNING, id(2), b"record"),
            keys(1).mac(&BEGINNING, id(1), b"recorD"),
            keys(1).mac(&BEGINNING, id(1), b"record\0"),
        ] {
            assert_ne!(code, other);
        }
    }

    #[test]
    fn a_mark_is_ours_until_something_of_it_changes() {
        let RecordId { chain, number } = id(7);
        let mac = [5; 32];
        let place = Place { chain, number, mac };
        let mark = keys(1).mark(MarkKind::Head, place, Timestamp::UNIX_EPOCH);
        assert!(keys(1).is_ours(&mark));
        assert!(!keys(2).is_ours(&mark));
        let further = Place { number: 8, ..place };
        for changed in [
            Mark {
                kind: MarkKind::Pruned,
                ..mark.clone()
            },
            Mark {
                place: further,
                ..mark.clone()
            },
            Mark {
                seal: Vec::new(),
                ..mark.clone()
            },
        ] {
            assert!(!keys(1).is_ours(&changed));
        }
    }
}
