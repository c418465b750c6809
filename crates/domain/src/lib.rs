//! The nouns of Portico and its pure rules: no network, no database, no reading of clocks.
//!
//! Read [`order`] (what a shop sold), [`deal`] (what the CRM should hold for it) and [`change`]
//! (what must be sent so that it does); everything else serves these three.

pub mod agent;
pub mod approval;
pub mod audit;
pub mod buyer;
pub mod change;
pub mod clock;
pub mod connection;
pub mod deal;
pub mod field;
pub mod flow;
pub mod ids;
pub mod key;
pub mod money;
pub mod note;
pub mod order;
pub mod product;
pub mod rule;
pub mod tag;
pub mod text;
pub mod work;

pub use agent::AgentId;
pub use clock::Clock;
pub use connection::{App, ConnectionId};
pub use flow::FlowId;
pub use ids::Chance;
pub use money::Money;
pub use work::{Priority, Queue};
