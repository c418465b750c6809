//! What is shown of our nouns, as JSON and as words, by the admin API and by the commands alike.

pub mod agent;
pub mod approval;
pub mod audit;
pub mod connection;
pub mod flow;
pub mod key;
pub mod operation;
pub mod order;
pub mod work;
