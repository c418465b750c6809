//! Portico's own keys: who may come in until when, and the form that secret scanners can find and check.

use jiff::Timestamp;

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const RANDOM_CHARS: usize = 40;
const CHECK_CHARS: usize = 6;

crate::ids::identifier!(
    /// A key's identifier, which is no secret.
    KeyId,
    "key_"
);

/// What is known of a key; the key itself is shown once and never kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    pub id: KeyId,
    pub kind: KeyKind,
    /// Belongs to one key at a time; a revoked one gives it back.
    pub name: String,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
}

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    Administration,
    /// Of a program or an AI agent, which may do what it was granted.
    Agent,
    /// Of what reads `/metrics`, and may do nothing else.
    Metrics,
}

/// Whether a key lets its holder in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    Active,
    Expired,
    Revoked,
}

impl Key {
    #[must_use]
    pub fn state(&self, now: Timestamp) -> KeyState {
        if self.revoked_at.is_some() {
            KeyState::Revoked
        } else if self.expires_at.is_some_and(|end| end <= now) {
            KeyState::Expired
        } else {
            KeyState::Active
        }
    }
}

impl KeyKind {
    const ALL: [Self; 3] = [Self::Administration, Self::Agent, Self::Metrics];

    #[must_use]
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Administration => "ptc_adm_",
            Self::Agent => "ptc_agt_",
            Self::Metrics => "ptc_met_",
        }
    }

    /// The word that is stored and shown.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Administration => "administration",
            Self::Agent => "agent",
            Self::Metrics => "metrics",
        }
    }

    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// The kind of key that the text has the form of.
    #[must_use]
    pub fn of_form(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|kind| is_well_formed(*kind, text))
    }
}

impl KeyState {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

/// Writes a key: 40 digits in base 62, drawn from the bytes, and six of their CRC-32.
///
/// 40 such digits are worth 238 bits; the 256 of the bytes give them evenly enough.
#[must_use]
pub fn compose(kind: KeyKind, random: &[u8; 32]) -> String {
    let digits = base62(random);
    let check = checksum(&digits);
    format!("{}{digits}{check}", kind.prefix())
}

/// Whether the text has the form of a key: a wrong one need not be looked up.
#[must_use]
pub fn is_well_formed(kind: KeyKind, text: &str) -> bool {
    let Some(rest) = text.strip_prefix(kind.prefix()) else {
        return false;
    };
    rest.len() == RANDOM_CHARS + CHECK_CHARS
        && rest.bytes().all(|b| b.is_ascii_alphanumeric())
        && checksum(&rest[..RANDOM_CHARS]) == rest[RANDOM_CHARS..]
}

/// The number that the bytes are, in base 62, its last 40 digits.
fn base62(bytes: &[u8; 32]) -> String {
    let mut number = *bytes;
    let mut digits = [b'0'; RANDOM_CHARS];
    for digit in digits.iter_mut().rev() {
        let mut remainder = 0u32;
        for byte in &mut number {
            let value = remainder * 256 + u32::from(*byte);
            *byte = (value / 62) as u8;
            remainder = value % 62;
        }
        *digit = ALPHABET[remainder as usize];
    }
    digits.iter().map(|b| char::from(*b)).collect()
}

fn checksum(digits: &str) -> String {
    let mut number = crc32fast::hash(digits.as_bytes());
    let mut check = [b'0'; CHECK_CHARS];
    for digit in check.iter_mut().rev() {
        *digit = ALPHABET[(number % 62) as usize];
        number /= 62;
    }
    check.iter().map(|b| char::from(*b)).collect()
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn a_key_has_its_form_and_a_mistyped_one_has_not() {
        let key = compose(KeyKind::Administration, &[171; 32]);
        assert_eq!(key.len(), "ptc_adm_".len() + 46);
        assert!(is_well_formed(KeyKind::Administration, &key));

        let mut typo = key.clone().into_bytes();
        typo[12] = if typo[12] == b'a' { b'b' } else { b'a' };
        let typo = String::from_utf8(typo).unwrap();
        assert!(!is_well_formed(KeyKind::Administration, &typo));
        assert!(!is_well_formed(KeyKind::Administration, &key[..40]));
        assert!(!is_well_formed(KeyKind::Administration, "ptc_adm_ä"));
    }

    #[test]
    fn a_key_tells_its_kind_by_its_form() {
        for kind in KeyKind::ALL {
            let key = compose(kind, &[171; 32]);
            assert_eq!(KeyKind::of_form(&key), Some(kind));
            assert_eq!(KeyKind::of_form(&key[1..]), None);
        }
    }

    #[test]
    fn a_key_lets_in_until_it_has_expired_or_is_revoked() {
        let noon: Timestamp = "2026-03-02T12:00:00Z".parse().unwrap();
        let key = Key {
            id: KeyId::new(crate::Chance::of(7).id(noon)),
            kind: KeyKind::Administration,
            name: "laptop".to_owned(),
            created_at: noon,
            expires_at: Some(noon + SignedDuration::from_hours(1)),
            revoked_at: None,
        };
        let before = noon + SignedDuration::from_mins(59);
        assert_eq!(key.state(before), KeyState::Active);
        assert_eq!(key.state(key.expires_at.unwrap()), KeyState::Expired);

        let revoked = Key {
            revoked_at: Some(noon),
            ..key
        };
        assert_eq!(revoked.state(before), KeyState::Revoked);
    }

    #[test]
    fn different_bytes_give_different_keys() {
        assert_ne!(base62(&[1; 32]), base62(&[2; 32]));
    }
}
