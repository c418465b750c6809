//! A link to one account of one app, and the state it is in.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::identifier;

identifier!(
    /// Names a connection for ever; its short name may be reused, this may not.
    ConnectionId, "con_"
);

/// A vendor's API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum App {
    Squarespace,
    Kommo,
}

impl App {
    pub const ALL: [Self; 2] = [Self::Squarespace, Self::Kommo];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Squarespace => "squarespace",
            Self::Kommo => "kommo",
        }
    }
}

impl App {
    /// The vendor's own name for itself, for people.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Squarespace => "Squarespace",
            Self::Kommo => "Kommo",
        }
    }
}

impl fmt::Display for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no app.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not an app; the apps are squarespace and kommo")]
pub struct UnknownApp(String);

impl FromStr for App {
    type Err = UnknownApp;

    fn from_str(text: &str) -> Result<Self, UnknownApp> {
        Self::ALL
            .into_iter()
            .find(|app| app.as_str() == text)
            .ok_or_else(|| UnknownApp(text.to_owned()))
    }
}

/// Whether a connection can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// Its owner has been asked, and has not consented yet.
    Pending,
    Active,
    NeedsReauthorization,
    ExpiredSite,
    Revoked,
    Paused,
}

impl Status {
    pub const ALL: [Self; 6] = [
        Self::Pending,
        Self::Active,
        Self::NeedsReauthorization,
        Self::ExpiredSite,
        Self::Revoked,
        Self::Paused,
    ];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Active => "ACTIVE",
            Self::NeedsReauthorization => "NEEDS_REAUTHORIZATION",
            Self::ExpiredSite => "EXPIRED_SITE",
            Self::Revoked => "REVOKED",
            Self::Paused => "PAUSED",
        }
    }

    /// The status for people.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Pending => "waits for its owner's consent",
            Self::Active => "active",
            Self::NeedsReauthorization => "needs to be authorised again",
            Self::ExpiredSite => "the account is not paid for",
            Self::Revoked => "disconnected by its owner",
            Self::Paused => "paused",
        }
    }

    /// The status of a stored word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }
}

/// One authorised link to one account of one app.
#[derive(Clone, Debug)]
pub struct Connection {
    pub id: ConnectionId,
    /// Short, unique and chosen by the owner: `acme`.
    pub name: String,
    pub app: App,
    pub status: Status,
    /// Why the status is not `ACTIVE`, and what helps.
    pub reason: Option<String>,
    pub remedy: Option<String>,
    pub account: Account,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What the vendor says about the account behind a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The vendor's own identifier of the site or the account.
    pub id: String,
    pub title: String,
    pub url: String,
    pub currency: String,
    /// ISO 3166 of the account, for telephone numbers without a country.
    pub country: Option<String>,
    pub time_zone: Option<String>,
    /// Which areas the credential was seen to read: `orders`, `products`.
    pub can_read: Vec<String>,
    /// True for OAuth credentials, which may subscribe to notifications.
    pub oauth: bool,
}

/// A name that a person can type: letters, digits, dash and underscore, 1 to 40 of them.
pub fn check_name(name: &str) -> Result<(), InvalidName> {
    let fits = (1..=40).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if fits { Ok(()) } else { Err(InvalidName) }
}

/// The name cannot be used for a connection or a flow.
#[derive(Debug, thiserror::Error)]
#[error("a name has 1 to 40 letters, digits, dashes or underscores")]
pub struct InvalidName;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_plain() {
        assert!(check_name("acme-2").is_ok());
        for bad in ["", "a b", "ä", &"x".repeat(41)] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn words_read_back() {
        for status in Status::ALL {
            assert_eq!(Status::of(status.as_str()), Some(status));
        }
        for app in App::ALL {
            assert_eq!(app.as_str().parse::<App>().unwrap(), app);
        }
    }
}
