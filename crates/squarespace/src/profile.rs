//! Profiles: customers, donors and subscribers as the vendor showed them before there were contacts.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use wire::{Error, SecretString, lenient};

use crate::analytics::TransactionsSummary;
use crate::client::{Client, fetch, joined};
use crate::id::ProfileId;
use crate::order::Address;
use crate::page::{Cursor, Pagination};

/// A customer, donor or subscriber. Its `Debug` leaves out all that is about the person.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Profile {
    /// The id of the profile.
    pub id: ProfileId,
    /// The first name.
    #[serde(default)]
    pub first_name: Option<String>,
    /// The last name.
    #[serde(default)]
    pub last_name: Option<String>,
    /// The e-mail address; no other profile has it.
    #[serde(default)]
    pub email: Option<String>,
    /// Whether the person can sign in to the site.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub has_account: bool,
    /// Whether the person ever ordered or donated.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub is_customer: bool,
    /// When it was made.
    #[serde(default)]
    pub created_on: Option<Timestamp>,
    /// Whether the person wants marketing mail.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub accepts_marketing: bool,
    /// The address; approximate.
    #[serde(default)]
    pub address: Option<Address>,
    /// What the person ordered and donated in all.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub transactions_summary: TransactionsSummary,
    /// What this client does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

wire::debug_only!(Profile {
    id,
    has_account,
    is_customer,
    created_on
});

/// Which profiles to list. A cursor carries its filter with it, so it stands alone.
#[derive(Clone, Debug)]
pub enum ProfilesQuery {
    /// The first page of these profiles.
    First {
        /// Which they are.
        filter: ProfileFilter,
        /// In which order; by `None`, by id downwards.
        sort: Option<ProfileSort>,
    },
    /// The next page of an earlier query.
    Next(Cursor),
}

/// What profiles must be to be listed. Its `Debug` leaves the e-mail address out.
#[derive(Clone)]
pub enum ProfileFilter {
    /// Anything.
    All,
    /// Of this e-mail address.
    Email(String),
    /// Of those who ordered or donated, of those who can sign in, or of those who are both.
    Kind {
        /// Only those who ordered or donated.
        customers: bool,
        /// Only those who can sign in.
        with_account: bool,
    },
}

/// An order of profiles.
#[derive(Clone, Copy, Debug)]
pub struct ProfileSort {
    /// By what.
    pub by: ProfileSortField,
    /// Whether downwards.
    pub descending: bool,
}

/// What profiles can be sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProfileSortField {
    /// When they were made.
    CreatedOn,
    /// Their id.
    Id,
    /// The e-mail address.
    Email,
    /// The last name.
    LastName,
}

/// Up to fifty profiles.
#[derive(Clone, Debug)]
pub struct ProfilePage {
    /// The profiles.
    pub profiles: Vec<Profile>,
    /// Where the next page starts; `None` at the end.
    pub next: Option<Cursor>,
}

impl ProfileFilter {
    fn written(&self) -> Option<String> {
        let conditions: Vec<String> = match self {
            Self::All => Vec::new(),
            Self::Email(email) => vec![format!("email,{email}")],
            Self::Kind {
                customers,
                with_account,
            } => [("isCustomer", *customers), ("hasAccount", *with_account)]
                .into_iter()
                .filter(|(_, wanted)| *wanted)
                .map(|(name, _)| format!("{name},true"))
                .collect(),
        };
        (!conditions.is_empty()).then(|| conditions.join(";"))
    }
}

impl fmt::Debug for ProfileFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("All"),
            Self::Email(_) => f.write_str("Email(..)"),
            Self::Kind {
                customers,
                with_account,
            } => f
                .debug_struct("Kind")
                .field("customers", customers)
                .field("with_account", with_account)
                .finish(),
        }
    }
}

impl ProfileSort {
    /// The vendor writes downwards without an `e`.
    const fn direction(self) -> &'static str {
        if self.descending { "dsc" } else { "asc" }
    }
}

impl ProfileSortField {
    const fn as_str(self) -> &'static str {
        match self {
            Self::CreatedOn => "createdOn",
            Self::Id => "id",
            Self::Email => "email",
            Self::LastName => "lastName",
        }
    }
}

#[derive(Deserialize)]
struct Envelope {
    #[serde(default, deserialize_with = "lenient::or_default")]
    profiles: Vec<Profile>,
    #[serde(default)]
    pagination: Pagination,
}

impl Client {
    /// Lists profiles, up to fifty at a time. `GET /1.0/profiles`
    pub async fn profiles(
        &self,
        query: &ProfilesQuery,
        token: &SecretString,
    ) -> Result<ProfilePage, Error> {
        let call = self.call("GET /1.0/profiles", &[], token);
        let call = match query {
            ProfilesQuery::First { filter, sort } => call
                .query_if("filter", filter.written())
                .query_if("sortField", sort.map(|sort| sort.by.as_str()))
                .query_if("sortDirection", sort.map(ProfileSort::direction)),
            ProfilesQuery::Next(cursor) => call.query("cursor", cursor.as_str()),
        };
        let envelope: Envelope = fetch(call).await?;
        Ok(ProfilePage {
            profiles: envelope.profiles,
            next: envelope.pagination.next(),
        })
    }

    /// Reads up to fifty profiles, in any order; one unknown id refuses all.
    /// `GET /1.0/profiles/{profileIdCsvs}`
    pub async fn profiles_by_id(
        &self,
        ids: &[ProfileId],
        token: &SecretString,
    ) -> Result<Vec<Profile>, Error> {
        let call = self.call("GET /1.0/profiles/{profileIdCsvs}", &[&joined(ids)], token);
        fetch::<Envelope>(call)
            .await
            .map(|envelope| envelope.profiles)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_pairs_and_only_true_is_written() {
        let kind = |customers, with_account| ProfileFilter::Kind {
            customers,
            with_account,
        };
        assert_eq!(
            kind(true, true).written().as_deref(),
            Some("isCustomer,true;hasAccount,true")
        );
        assert_eq!(
            kind(false, true).written().as_deref(),
            Some("hasAccount,true")
        );
        assert_eq!(kind(false, false).written(), None);
        assert_eq!(
            ProfileFilter::Email("jo@example.com".to_owned())
                .written()
                .as_deref(),
            Some("email,jo@example.com")
        );
        assert_eq!(ProfileFilter::All.written(), None);
    }

    #[test]
    fn a_filter_does_not_print_the_address() {
        let shown = format!("{:?}", ProfileFilter::Email("jo@example.com".to_owned()));
        assert_eq!(shown, "Email(..)");
    }
}
