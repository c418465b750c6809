//! Portico's own keys: their form, which secret scanners can find and check.

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const RANDOM_CHARS: usize = 40;
const CHECK_CHARS: usize = 6;

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    Administration,
}

impl KeyKind {
    #[must_use]
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Administration => "ptc_adm_",
        }
    }
}

/// Writes a key out of 40 random bytes below 62 and their checksum.
///
/// The caller draws the bytes: 32 random bytes give 40 digits with room to spare.
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
    fn different_bytes_give_different_keys() {
        assert_ne!(base62(&[1; 32]), base62(&[2; 32]));
    }
}
