//! What every emulated vendor shares.

use crate::clock::Clock;
use crate::delivery::Deliveries;
use crate::faults::Faults;
use crate::ids::Ids;
use crate::journal::Journal;
use crate::limits::Limits;
use crate::switches::{SwitchDoc, Switches};
use crate::{Error, kommo, squarespace};

const SWITCH_TABLES: &[(&str, &[SwitchDoc])] = &[
    ("squarespace", squarespace::SWITCHES),
    ("kommo", kommo::SWITCHES),
];

/// Time, chance, faults, limits and the sender of webhooks; a clone is another handle on the same world.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) clock: Clock,
    /// What people and vendors draw.
    pub(crate) ids: Ids,
    /// What the passing of requests draws, kept apart so that traffic does not change what people do.
    pub(crate) traffic_ids: Ids,
    pub(crate) faults: Faults,
    pub(crate) journal: Journal,
    pub(crate) switches: Switches,
    pub(crate) limits: Limits,
    pub(crate) deliveries: Deliveries,
}

impl World {
    pub(crate) fn new(clock: Clock, seed: u64) -> Result<Self, Error> {
        let ids = Ids::seeded(seed);
        let traffic_ids = Ids::seeded(traffic_seed(seed));
        let faults = Faults::new(traffic_ids.clone());
        Ok(Self {
            deliveries: Deliveries::new(clock.clone(), faults.clone())?,
            clock,
            ids,
            traffic_ids,
            faults,
            journal: Journal::default(),
            switches: Switches::new(SWITCH_TABLES),
            limits: Limits::vendors_own(),
        })
    }

    /// Forgets everything that was set, asked or still to be delivered, and starts chance again.
    pub(crate) fn reset(&self, seed: u64) {
        self.ids.reseed(seed);
        self.traffic_ids.reseed(traffic_seed(seed));
        self.faults.clear();
        self.journal.clear();
        self.switches.clear();
        self.limits.reset();
        self.deliveries.clear();
    }
}

/// Another stream of the same seed.
fn traffic_seed(seed: u64) -> u64 {
    !seed
}
