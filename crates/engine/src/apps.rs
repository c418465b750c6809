//! The table of facts that make one app different from the next.

use portico_domain::App;
use portico_domain::connection::Connection;

use crate::budget::{Pace, Paces};

/// What the engine must know of an app beyond its client.
pub(crate) struct AppFacts {
    /// The budget that a call of this connection is charged to.
    pub(crate) budget_scope: fn(&Connection) -> String,
    pub(crate) pace: fn(&Paces) -> Option<Pace>,
}

pub(crate) fn facts(app: App) -> &'static AppFacts {
    match app {
        App::Squarespace => &SQUARESPACE,
        App::Kommo => &KOMMO,
    }
}

/// 300 a minute per website, whatever credentials its callers have.
static SQUARESPACE: AppFacts = AppFacts {
    budget_scope: |connection| format!("squarespace/{}", connection.account.id),
    pace: |paces| paces.squarespace,
};

/// 7 a second per egress address: all accounts behind this machine share one budget.
static KOMMO: AppFacts = AppFacts {
    budget_scope: |_| "kommo".to_owned(),
    pace: |paces| paces.kommo,
};
