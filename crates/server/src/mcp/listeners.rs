//! The clients that listen for changes: counted, and each owner's by itself.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::sessions::Owner;

/// So many streams may tell of changes at once.
const MOST: usize = 256;

/// So many of one owner, who keeps nobody else out.
const MOST_OF_ONE: usize = 32;

/// How many listen now, by whose they are.
#[derive(Default)]
pub(super) struct Listeners(Mutex<HashMap<Owner, usize>>);

/// The right to listen, until it is dropped.
pub(super) struct Place<'a> {
    listeners: &'a Listeners,
    owner: Owner,
}

impl Listeners {
    /// A place for another listener; `None` where there are too many.
    pub(super) fn place(&self, owner: Owner) -> Option<Place<'_>> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = held.get(&owner).copied().unwrap_or(0);
        if own >= MOST_OF_ONE || held.values().sum::<usize>() >= MOST {
            return None;
        }
        held.insert(owner, own + 1);
        let listeners = self;
        Some(Place { listeners, owner })
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let held = &self.listeners.0;
        let mut held = held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = held.get_mut(&self.owner) {
            *own -= 1;
            if *own == 0 {
                held.remove(&self.owner);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use portico_domain::Chance;
    use portico_domain::agent::AgentId;

    use super::*;

    fn agent(seed: u64) -> Owner {
        Owner::Agent(AgentId::new(Chance::of(seed).id(Timestamp::UNIX_EPOCH)))
    }

    #[test]
    fn one_owner_keeps_nobody_else_from_listening() {
        let listeners = Listeners::default();
        let held: Vec<_> = (0..MOST_OF_ONE)
            .map(|_| listeners.place(agent(1)))
            .collect();
        assert!(held.iter().all(Option::is_some));
        assert!(listeners.place(agent(1)).is_none());
        assert!(listeners.place(agent(2)).is_some());
        drop(held);
        assert!(listeners.place(agent(1)).is_some());
    }

    #[test]
    fn all_owners_together_take_no_more_than_there_is() {
        let listeners = Listeners::default();
        let held: Vec<_> = (0..MOST as u64)
            .map(|n| listeners.place(agent(n / 30)))
            .collect();
        assert!(held.iter().all(Option::is_some));
        assert!(listeners.place(Owner::Administrator).is_none());
    }
}
