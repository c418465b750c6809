//! Sealing what must not be read from the database: a data key per connection under a master key.
//!
//! A sealed text is a random nonce and the ciphertext, bound to the connection and the name of the
//! secret: swapped between rows it does not open.

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use portico_domain::{Chance, ConnectionId};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;

/// The key that wraps all others; kept outside the database.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct MasterKey([u8; KEY_BYTES]);

/// The text is not a master key.
#[derive(Debug, thiserror::Error)]
#[error(
    "a master key is 64 hexadecimal digits; restore the key file that belongs to this database"
)]
pub struct InvalidMasterKey;

/// Something sealed does not open with this key.
#[derive(Debug, thiserror::Error)]
#[error(
    "the credentials of connection `{0}` cannot be opened with this master key; restore the key file that belongs to this database"
)]
pub struct WrongMasterKey(pub String);

impl MasterKey {
    #[must_use]
    pub fn new(chance: &Chance) -> Self {
        Self(chance.bytes())
    }

    /// Reads the text of a key file.
    pub fn from_hex(text: &str) -> Result<Self, InvalidMasterKey> {
        let mut key = [0; KEY_BYTES];
        hex::decode_to_slice(text.trim(), &mut key).map_err(|_| InvalidMasterKey)?;
        Ok(Self(key))
    }

    /// The text of a key file.
    #[must_use]
    pub fn to_hex(&self) -> Zeroizing<String> {
        Zeroizing::new(hex::encode(self.0))
    }

    /// A key for one other purpose, from which this one cannot be told.
    pub(crate) fn derive(&self, purpose: &'static str) -> [u8; KEY_BYTES] {
        blake3::derive_key(purpose, &self.0)
    }

    /// Makes a data key for a connection: itself, and as it is stored.
    pub(crate) fn new_data_key(&self, id: ConnectionId, chance: &Chance) -> (DataKey, Vec<u8>) {
        let key = DataKey(chance.bytes());
        let wrapped = seal(&self.0, &key.0, &wrapping(id), chance);
        (key, wrapped)
    }

    /// Unwraps a connection's data key.
    pub(crate) fn data_key(&self, id: ConnectionId, wrapped: &[u8]) -> Option<DataKey> {
        let opened = open(&self.0, wrapped, &wrapping(id))?;
        Some(DataKey(opened.as_slice().try_into().ok()?))
    }
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey(..)")
    }
}

/// The key of one connection's secrets.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(crate) struct DataKey([u8; KEY_BYTES]);

impl DataKey {
    pub(crate) fn seal(
        &self,
        id: ConnectionId,
        name: &str,
        text: &[u8],
        chance: &Chance,
    ) -> Vec<u8> {
        seal(&self.0, text, &place(id, name), chance)
    }

    pub(crate) fn open(
        &self,
        id: ConnectionId,
        name: &str,
        sealed: &[u8],
    ) -> Option<Zeroizing<Vec<u8>>> {
        open(&self.0, sealed, &place(id, name))
    }
}

fn wrapping(id: ConnectionId) -> String {
    format!("data_keys/{id}")
}

fn place(id: ConnectionId, name: &str) -> String {
    format!("secrets/{id}/{name}")
}

fn seal(key: &[u8; KEY_BYTES], text: &[u8], place: &str, chance: &Chance) -> Vec<u8> {
    let nonce: [u8; NONCE_BYTES] = chance.bytes();
    let payload = Payload {
        msg: text,
        aad: place.as_bytes(),
    };
    let sealed = XChaCha20Poly1305::new(key.into())
        .encrypt(&XNonce::from(nonce), payload)
        .expect("a short text in memory can always be sealed");
    [nonce.as_slice(), &sealed].concat()
}

fn open(key: &[u8; KEY_BYTES], sealed: &[u8], place: &str) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, ciphertext) = sealed.split_at_checked(NONCE_BYTES)?;
    let nonce: [u8; NONCE_BYTES] = nonce.try_into().ok()?;
    let payload = Payload {
        msg: ciphertext,
        aad: place.as_bytes(),
    };
    let opened = XChaCha20Poly1305::new(key.into()).decrypt(&XNonce::from(nonce), payload);
    opened.ok().map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u64) -> ConnectionId {
        let noon = "2026-01-02T12:00:00Z".parse().unwrap();
        ConnectionId::new(Chance::of(number).id(noon))
    }

    #[test]
    fn a_secret_opens_only_in_its_own_place_and_under_its_own_keys() {
        let chance = Chance::of(1);
        let master = MasterKey::new(&chance);
        let (key, wrapped) = master.new_data_key(id(1), &chance);
        let sealed = key.seal(id(1), "credential", b"sesame", &chance);

        let key = master.data_key(id(1), &wrapped).unwrap();
        assert_eq!(
            key.open(id(1), "credential", &sealed).unwrap().as_slice(),
            b"sesame"
        );
        assert!(key.open(id(1), "hook", &sealed).is_none());
        assert!(key.open(id(2), "credential", &sealed).is_none());
        assert!(master.data_key(id(2), &wrapped).is_none());
        assert!(MasterKey::new(&chance).data_key(id(1), &wrapped).is_none());
    }

    #[test]
    fn a_changed_bit_does_not_open() {
        let chance = Chance::of(1);
        let (key, _) = MasterKey::new(&chance).new_data_key(id(1), &chance);
        let mut sealed = key.seal(id(1), "credential", b"sesame", &chance);
        *sealed.last_mut().unwrap() ^= 1;
        assert!(key.open(id(1), "credential", &sealed).is_none());
        assert!(key.open(id(1), "credential", &sealed[..10]).is_none());
    }

    #[test]
    fn a_key_file_reads_back() {
        let master = MasterKey::new(&Chance::of(2));
        let again = MasterKey::from_hex(&format!("{}\n", *master.to_hex())).unwrap();
        assert_eq!(*again.to_hex(), *master.to_hex());
        assert!(MasterKey::from_hex("abc").is_err());
        assert_eq!(format!("{master:?}"), "MasterKey(..)");
    }
}
