//! Tells clients that stay that their list of tools is another one: grants, connections or an agent changed.

use std::time::Duration;

use portico_engine::{Engine, Refusal};
use rmcp::RoleServer;
use rmcp::service::{Peer, SubscriptionContext};
use tokio::time::MissedTickBehavior;

use super::handler::Visitor;
use super::tools::Rights;

/// How often it is looked; a change waits for half of it on average.
const EVERY: Duration = Duration::from_secs(1);

/// Watches for a session until it is gone.
pub(super) fn session(engine: Engine, visitor: Visitor, peer: Peer<RoleServer>) {
    tokio::spawn(async move {
        let mut watched = Watched::new(&engine, &visitor).await;
        while !peer.is_transport_closed() {
            let is_changed = watched.change(&engine, &visitor).await;
            if is_changed && peer.notify_tool_list_changed().await.is_err() || watched.is_over {
                return;
            }
        }
    });
}

/// Watches for a subscription until its client has heard enough.
pub(super) async fn subscription(
    engine: &Engine,
    visitor: &Visitor,
    subscription: &SubscriptionContext,
) {
    let mut watched = Watched::new(engine, visitor).await;
    loop {
        let is_changed = tokio::select! {
            () = subscription.cancelled() => return,
            is_changed = watched.change(engine, visitor) => is_changed,
        };
        let sink = subscription.sink();
        if is_changed && sink.notify_tool_list_changed().await.is_err() || watched.is_over {
            return;
        }
    }
}

/// What a client was told of last.
struct Watched {
    rights: Option<Rights>,
    /// Whether its key opens nothing any more, for good.
    is_over: bool,
    ticks: tokio::time::Interval,
}

impl Watched {
    async fn new(engine: &Engine, visitor: &Visitor) -> Self {
        let mut ticks = tokio::time::interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut watched = Self {
            rights: None,
            is_over: false,
            ticks,
        };
        watched.rights = watched.look(engine, visitor).await;
        watched
    }

    /// Looks after a while, and says whether there is something to tell.
    async fn change(&mut self, engine: &Engine, visitor: &Visitor) -> bool {
        self.ticks.tick().await;
        let rights = self.look(engine, visitor).await;
        let is_changed = rights != self.rights;
        self.rights = rights;
        is_changed
    }

    /// What a caller may do now; nothing while that cannot be told, or when it is no caller any more.
    async fn look(&mut self, engine: &Engine, visitor: &Visitor) -> Option<Rights> {
        let caller = visitor.identity.caller_by_now(engine).await;
        self.is_over = matches!(caller, Err(Refusal::Key));
        let caller = caller.ok()?;
        let granted = engine.granted(&caller).await.ok()?;
        Some(Rights::of(&granted))
    }
}
