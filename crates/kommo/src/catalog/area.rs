//! The areas of the API: groups of operations that are granted together.

/// An area of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Area {
    /// Deals, which the API calls leads, and what they are linked to.
    Deals,
    /// People.
    Contacts,
    /// Pipelines with their stages, and reasons for losing a deal.
    Pipelines,
    /// Definitions of custom fields.
    Fields,
    /// Notes on cards.
    Notes,
    /// Tags of cards.
    Tags,
    /// The account's users.
    Users,
    /// Webhooks.
    Webhooks,
    /// The account itself.
    Account,
}

impl Area {
    /// All areas.
    pub const ALL: [Self; 9] = [
        Self::Deals,
        Self::Contacts,
        Self::Pipelines,
        Self::Fields,
        Self::Notes,
        Self::Tags,
        Self::Users,
        Self::Webhooks,
        Self::Account,
    ];

    /// The area's name, as operations carry it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Deals => "deals",
            Self::Contacts => "contacts",
            Self::Pipelines => "pipelines",
            Self::Fields => "fields",
            Self::Notes => "notes",
            Self::Tags => "tags",
            Self::Users => "users",
            Self::Webhooks => "webhooks",
            Self::Account => "account",
        }
    }
}
