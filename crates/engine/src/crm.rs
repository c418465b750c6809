//! A CRM account: what it has, what it must be given, and who its contacts are.

mod contacts;
mod facts;
mod provision;
mod repair;
mod subscribe;

pub(crate) use contacts::keys;
pub(crate) use facts::{AccountFacts, PipelineFacts, UserFacts};
pub(crate) use provision::{ADDRESS_CODE, CUSTOMER_CODE, Made, Missing, STAGES};
pub use repair::Repaired;
