//! The behaviours that the documentation of Squarespace leaves open, as a table.

use crate::switches::SwitchDoc;
use crate::switches::SwitchValue::{Choice, Flag, Number};

pub(crate) const SWITCHES: &[SwitchDoc] = &[
    SwitchDoc {
        name: "null_arrays",
        default: Flag(false),
        changes: "empty arrays inside resources are null",
    },
    SwitchDoc {
        name: "numeric_money",
        default: Flag(false),
        changes: "money values are JSON numbers, as the published schema types them",
    },
    SwitchDoc {
        name: "currency_objects",
        default: Flag(false),
        changes: "currencies are objects with a currencyCode, as the published schema types them",
    },
    SwitchDoc {
        name: "blank_addresses",
        default: Flag(false),
        changes: "absent members of addresses are empty strings instead of null",
    },
    SwitchDoc {
        name: "older_orders",
        default: Flag(false),
        changes: "orders lack customerId, paymentState, shippingOptionName and shippingOptionServiceType, as before 2026",
    },
    SwitchDoc {
        name: "extra_fields",
        default: Flag(false),
        changes: "every resource carries a field that no document mentions",
    },
    SwitchDoc {
        name: "unknown_enum_values",
        default: Flag(false),
        changes: "channel, lineItemType, shippingOptionServiceType and payment provider take values that no document mentions",
    },
    SwitchDoc {
        name: "numeric_exchange_rate",
        default: Flag(true),
        changes: "false writes the exchange rate of processing fees as a string",
    },
    SwitchDoc {
        name: "relative_next_page_url",
        default: Flag(false),
        changes: "nextPageUrl has neither scheme nor host",
    },
    SwitchDoc {
        name: "page_size",
        default: Number(50),
        changes: "pages of the cursor lists are shorter",
    },
    SwitchDoc {
        name: "page_drift",
        default: Choice(&["none", "repeat", "skip"]),
        changes: "the next page repeats the last resource of this one, or leaves one out",
    },
    SwitchDoc {
        name: "oldest_first",
        default: Flag(false),
        changes: "lists are in ascending order of modification",
    },
    SwitchDoc {
        name: "lenient_bodies",
        default: Flag(false),
        changes: "unknown fields of request bodies are ignored instead of refused",
    },
    SwitchDoc {
        name: "strict_totals",
        default: Flag(false),
        changes: "an imported order's grandTotal must equal the sum of its parts",
    },
    SwitchDoc {
        name: "seo_options",
        default: Choice(&["accepted", "refused"]),
        changes: "seoOptions is an unknown field of product updates",
    },
    SwitchDoc {
        name: "unknown_store_page",
        default: Choice(&["409", "400"]),
        changes: "the status for a new product on a store page that does not exist",
    },
    SwitchDoc {
        name: "products_per_store_page",
        default: Number(10_000),
        changes: "a store page takes no more products than this",
    },
    SwitchDoc {
        name: "named_not_found",
        default: Flag(false),
        changes: "404s for variants and images have the subtypes PRODUCT_VARIANT_NOT_FOUND and PRODUCT_IMAGE_NOT_FOUND",
    },
    SwitchDoc {
        name: "image_processing_ms",
        default: Number(2_000),
        changes: "how long an uploaded image is processed, on the sandbox's clock",
    },
    SwitchDoc {
        name: "image_processing",
        default: Choice(&["ready", "error"]),
        changes: "how the processing of images that are uploaded from now on ends",
    },
    SwitchDoc {
        name: "queued_images",
        default: Flag(false),
        changes: "the status is QUEUED for the first half of the processing, in v2 only",
    },
    SwitchDoc {
        name: "unready_images",
        default: Choice(&["refused", "usable"]),
        changes: "images can be assigned and put in order before they are READY",
    },
    SwitchDoc {
        name: "highest_stock",
        default: Number(1_000_000_000),
        changes: "the stock of one item that no increment may exceed",
    },
    SwitchDoc {
        name: "reused_inventory_key",
        default: Choice(&["ignored", "refused"]),
        changes: "another adjustment under a used Idempotency-Key is a 400 instead of a 204 that changes nothing",
    },
    SwitchDoc {
        name: "paired_transaction_dates",
        default: Flag(false),
        changes: "transactions refuse one modification date without the other",
    },
    SwitchDoc {
        name: "imports_make_contacts",
        default: Flag(true),
        changes: "false leaves customerId of an import null when no contact has its e-mail",
    },
    SwitchDoc {
        name: "contact_query_needs_writing_key",
        default: Flag(true),
        changes: "false lets API keys that only read query contacts, as the published schema says",
    },
    SwitchDoc {
        name: "literal_date_filters",
        default: Flag(false),
        changes: "date filters of contact queries mean what the published schema says: after drops later dates, before earlier ones",
    },
    SwitchDoc {
        name: "strict_merge_patch",
        default: Flag(false),
        changes: "patches of contacts must be application/merge-patch+json",
    },
    SwitchDoc {
        name: "summary_lag_s",
        default: Number(0),
        changes: "orders and donations count in profiles, analytics and contact queries only so many seconds after they were placed",
    },
    SwitchDoc {
        name: "consent",
        default: Choice(&["page", "allow", "deny"]),
        changes: "the authorize address asks nobody and redirects at once",
    },
    SwitchDoc {
        name: "lenient_scopes",
        default: Flag(false),
        changes: "the authorize address takes scopes with blanks between them and passes over unknown ones",
    },
    SwitchDoc {
        name: "missing_user_agent",
        default: Choice(&["envelope", "problem"]),
        changes: "the shape of the 400 for a request without User-Agent",
    },
    SwitchDoc {
        name: "subscriptions_id",
        default: Flag(false),
        changes: "notifications name the subscription in subscriptionsId, as the published schema does",
    },
    SwitchDoc {
        name: "notification_created_on",
        default: Choice(&["seconds", "minutes"]),
        changes: "minutes writes createdOn of notifications without seconds and with a numeric offset",
    },
    SwitchDoc {
        name: "wrong_signature",
        default: Flag(false),
        changes: "notifications are signed with a key that nobody has",
    },
    SwitchDoc {
        name: "old_secret",
        default: Flag(false),
        changes: "notifications are still signed with the secret from before the last rotation",
    },
    SwitchDoc {
        name: "drop_subscription_after",
        default: Number(0),
        changes: "a subscription is deleted when this many notifications in a row failed all their attempts; 0 keeps it",
    },
];
