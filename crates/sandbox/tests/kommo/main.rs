//! The emulated Kommo account over real sockets.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on stops where it stands"
)]

mod board;
mod cards;
mod complex;
mod limiter;
mod loading;
mod people;
mod receiver;
mod refusals;
mod setup;
mod tokens;
mod unsorted;
mod webhooks;
mod world;
