//! What the vendor leaves open, or does only on some accounts.

use crate::switches::SwitchDoc;
use crate::switches::SwitchValue::{Choice, Flag, Number};

const fn switch(
    name: &'static str,
    default: crate::switches::SwitchValue,
    changes: &'static str,
) -> SwitchDoc {
    SwitchDoc {
        name,
        default,
        changes,
    }
}

pub(crate) const SWITCHES: &[SwitchDoc] = &[
    switch(
        "bare",
        Flag(false),
        "set with a reset: the account has only the pipeline and the fields of every new account",
    ),
    switch(
        "single_patch",
        Choice(&["root", "wrapped"]),
        "PATCH of one lead, contact or company answers in the envelope of a list",
    ),
    switch(
        "single_pipeline",
        Choice(&["envelope", "root"]),
        "GET of one pipeline answers the bare object",
    ),
    switch(
        "loss_reason",
        Choice(&["list", "object"]),
        "`_embedded.loss_reason` is one object instead of a list of one",
    ),
    switch(
        "empty_fields",
        Choice(&["null", "list"]),
        "`custom_fields_values` of a card without values is []",
    ),
    switch(
        "field_enums",
        Choice(&["list", "object"]),
        "`enums` in answers to PATCH of a field is an object keyed by position",
    ),
    switch(
        "complex_request_id",
        Choice(&["list", "text"]),
        "`request_id` in answers of complex add is a string",
    ),
    switch(
        "link_ids_as_text",
        Flag(false),
        "ids in answers about links are strings",
    ),
    switch(
        "unknown_note",
        Choice(&["404", "204"]),
        "GET of an unknown note answers 204",
    ),
    switch(
        "unknown_members",
        Choice(&["refused", "ignored"]),
        "members that are not documented are ignored in writes",
    ),
    switch(
        "text_limit",
        Number(256),
        "longest text of a `text` field, in characters",
    ),
    switch(
        "minor_units",
        Flag(false),
        "prices may have cents; reads add `price_with_minor_units` and truncate `price`",
    ),
    switch(
        "bulk_links",
        Flag(true),
        "off: POST /{entity}/link and /unlink are no routes",
    ),
    switch(
        "api_filter",
        Flag(false),
        "`is_api_filter_enabled` is true and lists take filter[custom_fields_values]",
    ),
    switch(
        "if_modified_since",
        Choice(&["ignored", "204", "304"]),
        "lists honour the header; this is what an empty one answers",
    ),
    switch(
        "extended_notes",
        Flag(true),
        "off: notes of the type extended_service_message are refused",
    ),
    switch(
        "duplicate_control",
        Flag(false),
        "complex add merges into the newest open lead of the pipeline whose main contact has the e-mail",
    ),
    switch(
        "duplicate_pipeline",
        Number(0),
        "with duplicate control: only in the pipeline of this id; 0 is every pipeline",
    ),
    switch(
        "decline_needs_user",
        Flag(true),
        "off: declining an incoming lead needs no `user_id`",
    ),
    switch(
        "search_lag_s",
        Number(0),
        "`query` finds a card only so many seconds after it was made",
    ),
    switch(
        "heavy_batch",
        Number(0),
        "batches of more items are saved, and answered with an HTML 504; 0 is never",
    ),
    switch(
        "retry_after_s",
        Number(300),
        "`retry_after` in the body of a 429, in seconds",
    ),
    switch("throttle_as_html", Flag(false), "a 429 is an HTML page"),
    switch(
        "webhooks_allowed",
        Flag(true),
        "off: the plan has no webhooks, subscribing is a 403",
    ),
    switch(
        "webhook_repost",
        Choice(&["replace", "merge"]),
        "subscribing a known destination again adds to its settings",
    ),
    switch(
        "admin",
        Flag(true),
        "off: the token's user is no administrator: users, fields, pipelines and webhooks are a 403",
    ),
    switch(
        "paid",
        Flag(true),
        "off: the plan is over, every API call is a 402",
    ),
];
