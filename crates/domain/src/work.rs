//! The queues of durable work and how urgent a piece of work is.

use std::fmt;
use std::str::FromStr;

/// A kind of work: one function converges a batch of its keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Queue {
    /// Read every order of a site once. Key: the connection.
    ReadHistory,
    /// Ask a site which orders changed lately. Key: the connection.
    SweepOrders,
    /// Read one order and the products it names. Key: connection and order.
    ReadOrder,
    /// List a CRM's contacts into the index, or what changed since. Key: the connection.
    IndexContacts,
    /// Bring one deal into the state that its order asks for. Key: flow and order.
    SyncDeal,
    /// Renew an OAuth token before it dies, and end a page on which its owner did not consent in time.
    /// Key: the connection.
    RefreshToken,
}

impl Queue {
    pub const ALL: [Self; 6] = [
        Self::ReadHistory,
        Self::SweepOrders,
        Self::ReadOrder,
        Self::IndexContacts,
        Self::SyncDeal,
        Self::RefreshToken,
    ];

    /// Whether its keys wait for a time of their own rather than for something that happened.
    #[must_use]
    pub fn is_timed(self) -> bool {
        match self {
            Self::SweepOrders | Self::IndexContacts | Self::RefreshToken => true,
            Self::ReadHistory | Self::ReadOrder | Self::SyncDeal => false,
        }
    }

    /// The name under which the store keeps it; names stay readable until a queue is drained.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ReadHistory => "read_history",
            Self::SweepOrders => "sweep_orders",
            Self::ReadOrder => "read_order",
            Self::IndexContacts => "index_contacts",
            Self::SyncDeal => "sync_deal",
            Self::RefreshToken => "refresh_token",
        }
    }
}

impl fmt::Display for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no queue.
#[derive(Debug, thiserror::Error)]
#[error(
    "`{0}` is not a queue; the queues are read_history, sweep_orders, read_order, index_contacts, sync_deal and refresh_token"
)]
pub struct UnknownQueue(String);

impl FromStr for Queue {
    type Err = UnknownQueue;

    fn from_str(text: &str) -> Result<Self, UnknownQueue> {
        Self::ALL
            .into_iter()
            .find(|queue| queue.as_str() == text)
            .ok_or_else(|| UnknownQueue(text.to_owned()))
    }
}

/// Who waits for a piece of work; the lower lane goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Priority {
    Live,
    Person,
    Agent,
    History,
}

impl Priority {
    #[must_use]
    pub fn as_int(self) -> i64 {
        match self {
            Self::Live => 0,
            Self::Person => 1,
            Self::Agent => 2,
            Self::History => 3,
        }
    }

    /// The lane of a stored number; what no lane has is the last one.
    #[must_use]
    pub fn from_int(number: i64) -> Self {
        match number {
            0 => Self::Live,
            1 => Self::Person,
            2 => Self::Agent,
            _ => Self::History,
        }
    }

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Person => "person",
            Self::Agent => "agent",
            Self::History => "history",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_reads_back_from_its_name() {
        for queue in Queue::ALL {
            assert_eq!(queue.as_str().parse::<Queue>().unwrap(), queue);
        }
        assert!("moons".parse::<Queue>().is_err());
    }

    #[test]
    fn a_lane_reads_back_from_its_number() {
        for lane in [
            Priority::Live,
            Priority::Person,
            Priority::Agent,
            Priority::History,
        ] {
            assert_eq!(Priority::from_int(lane.as_int()), lane);
        }
    }
}
