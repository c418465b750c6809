//! A typed client of the Kommo API v4.
//!
//! Read [`Client`] first, then [`lead`]; [`catalog`] stands apart, and describes the operations as data. Reading is lenient: the API writes the same thing in several ways,
//! and this client takes them all. It holds no credential and never paces or retries: a token is an argument
//! of each call, and [`wire::Error`] says what may be sent again.
#![warn(missing_docs)]

mod account;
pub mod catalog;
mod client;
pub mod contact;
pub mod custom_field;
mod entity;
mod envelope;
pub mod error;
mod field_value;
pub mod lead;
pub mod lead_write;
mod link;
pub mod note;
pub mod oauth;
pub mod pipeline;
pub mod subscription;
mod tag;
mod unix;
mod user;
pub mod webhook;

pub use account::Account;
pub use client::{Client, Timeouts};
pub use contact::{Contact, ContactFields, ContactPatch, ContactsQuery, NewContact};
pub use custom_field::{CustomField, CustomFieldPatch, NewField};
pub use entity::{Entity, Page, Paging, Written};
pub use error::{ValidationError, validation_errors};
pub use field_value::{FieldValue, StoredField, Value};
pub use lead::{Lead, LeadsQuery};
pub use lead_write::{ComplexContact, ComplexLead, ComplexResult, LeadFields, LeadPatch, NewLead};
pub use link::Link;
pub use note::{NewNote, Note, NoteBody, NotesQuery};
pub use oauth::{TokenPair, token_expiry};
pub use pipeline::{LossReason, NewPipeline, NewStatus, Pipeline, Status};
pub use subscription::{Event, Webhook};
pub use tag::{Tag, TagRef};
pub use user::User;
