//! The areas of the API: groups of operations that are granted together.

/// An area of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Area {
    /// Products with their variants and images, and the store pages that they are sold on.
    Products,
    /// Stock levels.
    Inventory,
    /// Orders.
    Orders,
    /// Payments, refunds and fees.
    Transactions,
    /// Customers, donors and subscribers, as the older API shows them.
    Profiles,
    /// Contacts with their addresses, and what they spent.
    Contacts,
    /// Discounts.
    Discounts,
    /// Webhook subscriptions.
    Webhooks,
    /// The site itself, and who connected it.
    Site,
}

impl Area {
    /// All areas.
    pub const ALL: [Self; 9] = [
        Self::Products,
        Self::Inventory,
        Self::Orders,
        Self::Transactions,
        Self::Profiles,
        Self::Contacts,
        Self::Discounts,
        Self::Webhooks,
        Self::Site,
    ];

    /// The area's name, as operations carry it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Products => "products",
            Self::Inventory => "inventory",
            Self::Orders => "orders",
            Self::Transactions => "transactions",
            Self::Profiles => "profiles",
            Self::Contacts => "contacts",
            Self::Discounts => "discounts",
            Self::Webhooks => "webhooks",
            Self::Site => "site",
        }
    }
}
