//! The operation catalogue against itself, and against what the vendor sends.

#![expect(
    clippy::unwrap_used,
    reason = "a test that fails may end where it stands"
)]

mod answers;
mod paths;
mod pointers;
mod rows;
mod schemas;
