//! Who bought, and by what two orders are known to be of one person.

use std::fmt;

/// The person behind an order; every part may be missing.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Buyer {
    /// The shop's identifier of the person.
    pub customer_id: Option<String>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    /// As the shop has it; compare by [`Buyer::key`].
    pub email: Option<String>,
    /// E.164 where the number could be read, else as the shop has it.
    pub phone: Option<Phone>,
}

impl Buyer {
    /// By what this buyer is recognised: e-mail, else telephone; a guest with neither by nothing.
    #[must_use]
    pub fn key(&self) -> Option<BuyerKey> {
        let email = self.email.as_deref().and_then(BuyerKey::of_email);
        email.or_else(|| self.phone.as_ref().and_then(Phone::key))
    }

    /// The name in full; empty when the shop has none.
    #[must_use]
    pub fn full_name(&self) -> String {
        let parts: Vec<&str> = [&self.first_name, &self.last_name]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect();
        parts.join(" ")
    }
}

impl fmt::Debug for Buyer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Buyer(..)")
    }
}

/// A normalised e-mail address or an E.164 telephone number.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BuyerKey(String);

impl BuyerKey {
    /// Trimmed and in lower case; `None` for what is no address at all.
    #[must_use]
    pub fn of_email(email: &str) -> Option<Self> {
        let email = email.trim().to_lowercase();
        let (local, host) = email.rsplit_once('@')?;
        let is_address =
            !local.is_empty() && !host.is_empty() && !email.contains(char::is_whitespace);
        is_address.then_some(Self(email))
    }

    /// A key that was stored before.
    #[must_use]
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    #[must_use]
    pub fn is_email(&self) -> bool {
        self.0.contains('@')
    }
}

impl fmt::Debug for BuyerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BuyerKey(..)")
    }
}

/// A telephone number, read when its country is known.
#[derive(Clone, PartialEq, Eq)]
pub enum Phone {
    /// `+442079460000`
    E164(String),
    /// Not readable as a number of the country: kept as it was typed.
    Raw(String),
}

impl Phone {
    /// Reads a number; one without a country prefix is read as of `country` (ISO 3166).
    ///
    /// No country is guessed: digits alone stay raw.
    #[must_use]
    pub fn read(text: &str, country: Option<&str>) -> Option<Self> {
        let text = text.trim();
        if text.is_empty() {
            return None;
        }
        let country = country.and_then(|code| code.to_uppercase().parse().ok());
        let number = phonenumber::parse(country, text).ok();
        let valid = number.filter(phonenumber::is_valid);
        Some(valid.map_or_else(
            || Self::Raw(text.to_owned()),
            |number| Self::E164(number.format().mode(phonenumber::Mode::E164).to_string()),
        ))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::E164(text) | Self::Raw(text) => text,
        }
    }

    /// Only a number that is known in full identifies a person.
    #[must_use]
    pub fn key(&self) -> Option<BuyerKey> {
        match self {
            Self::E164(number) => Some(BuyerKey(number.clone())),
            Self::Raw(_) => None,
        }
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phone(..)")
    }
}

/// Whether a buyer has bought before, by the shop's own order history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    New,
    Returning,
}

impl Standing {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Returning => "returning",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phone(text: &str, country: Option<&str>) -> String {
        match Phone::read(text, country) {
            None => "nothing".to_owned(),
            Some(Phone::E164(number)) => number,
            Some(Phone::Raw(text)) => format!("raw {text}"),
        }
    }

    #[test]
    fn an_email_is_one_person_however_it_is_typed() {
        let key = |text| BuyerKey::of_email(text).map(|k| k.as_str().to_owned());
        assert_eq!(
            key(" Mara.Lund@Example.TEST "),
            Some("mara.lund@example.test".to_owned())
        );
        for none in [
            "",
            "@",
            "mara",
            "mara@",
            "@example.test",
            "a b@example.test",
        ] {
            assert_eq!(key(none), None, "{none}");
        }
    }

    #[test]
    fn a_phone_is_read_by_its_country_and_never_guessed() {
        assert_eq!(phone("(207) 555-0142", Some("US")), "+12075550142");
        assert_eq!(phone("020 7946 0018", Some("GB")), "+442079460018");
        assert_eq!(phone("+47 22 12 34 56", None), "+4722123456");
        assert_eq!(phone("2075550142", None), "raw 2075550142");
        assert_eq!(phone("ask my wife", Some("US")), "raw ask my wife");
        assert_eq!(phone("  ", Some("US")), "nothing");
    }

    #[test]
    fn a_guest_without_mail_is_known_by_phone_and_else_by_nothing() {
        let mut buyer = Buyer {
            phone: Phone::read("+4722123456", None),
            ..Buyer::default()
        };
        assert_eq!(
            buyer.key().map(|k| k.as_str().to_owned()),
            Some("+4722123456".to_owned())
        );
        buyer.phone = Some(Phone::Raw("123".to_owned()));
        assert!(buyer.key().is_none());
    }
}
