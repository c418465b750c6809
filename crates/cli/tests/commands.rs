//! The real binary, as people and scripts call it.

#![expect(
    clippy::unwrap_used,
    reason = "a test that fails may end where it stands"
)]

#[path = "commands/approving.rs"]
mod approving;
#[path = "commands/auditing.rs"]
mod auditing;
#[path = "commands/beside_a_server.rs"]
mod beside_a_server;
#[path = "commands/binary.rs"]
mod binary;
#[path = "commands/calling.rs"]
mod calling;
#[path = "commands/configuration.rs"]
mod configuration;
#[path = "commands/consenting.rs"]
mod consenting;
#[path = "commands/demonstration.rs"]
mod demonstration;
#[path = "commands/granting.rs"]
mod granting;
#[path = "commands/keys.rs"]
mod keys;
#[path = "commands/mcp.rs"]
mod mcp;
#[path = "commands/setting_up.rs"]
mod setting_up;
#[path = "commands/trading.rs"]
mod trading;
