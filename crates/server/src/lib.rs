//! The web doors of Portico: admin API, hooks, overview.
//!
//! Read `routes` first (all doors on one screen), then `hooks` (the shortest complete story),
//! then `view` (what is shown, here and by the commands) and `error` (the one place where a failure becomes an answer). A handler parses, calls the
//! engine and maps what it says; nothing is decided at a door.

mod api;
mod connections;
mod error;
mod extract;
mod gateway;
mod health;
mod hooks;
mod layers;
mod lingering;
mod mcp;
mod metrics;
mod moment;
mod pages;
mod routes;
mod serve;
pub mod view;

pub use mcp::{Mode as McpMode, serve_stdio as serve_mcp};
pub use moment::{Moment, NoMoment, NoSince, Since};
pub use routes::{AppSettings, app};
pub use serve::{Peer, serve};
