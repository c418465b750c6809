//! The files of schemas, one for each family of resources.

/// A file's name and its text.
pub(super) const FAMILIES: &[(&str, &str)] = &[
    ("values.json", include_str!("../../schemas/values.json")),
    ("products.json", include_str!("../../schemas/products.json")),
    ("images.json", include_str!("../../schemas/images.json")),
    ("websites.json", include_str!("../../schemas/websites.json")),
    (
        "inventory.json",
        include_str!("../../schemas/inventory.json"),
    ),
    ("orders.json", include_str!("../../schemas/orders.json")),
    (
        "transactions.json",
        include_str!("../../schemas/transactions.json"),
    ),
    ("profiles.json", include_str!("../../schemas/profiles.json")),
    ("contacts.json", include_str!("../../schemas/contacts.json")),
    (
        "analytics.json",
        include_str!("../../schemas/analytics.json"),
    ),
    ("webhooks.json", include_str!("../../schemas/webhooks.json")),
    (
        "discounts.json",
        include_str!("../../schemas/discounts.json"),
    ),
];
