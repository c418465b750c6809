//! The sessions of clients of earlier revisions: counted, and each for the caller who began it.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use http::{HeaderMap, HeaderName, StatusCode};
use portico_domain::agent::AgentId;
use portico_engine::Caller;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use serde::Deserialize;
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::error::ApiError;

pub(super) const SESSION: HeaderName = HeaderName::from_static("mcp-session-id");

/// From this revision on there are no sessions.
pub(super) const FIRST_WITHOUT: &str = "2026-07-28";

/// So many may be open at once.
const MOST: usize = 256;

/// So many of one owner, who keeps nobody else out.
const MOST_OF_ONE: usize = 32;

/// Whose a session is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Owner {
    Administrator,
    Agent(AgentId),
}

impl Owner {
    pub(super) fn of(caller: &Caller) -> Self {
        match caller {
            Caller::Administrator(_) => Self::Administrator,
            Caller::Agent(agent) => Self::Agent(agent.id),
        }
    }
}

pub(super) struct Sessions {
    manager: Arc<LocalSessionManager>,
    owners: Mutex<HashMap<String, Owner>>,
    /// Held while one begins: many at once would each find the same room.
    beginning: Arc<Mutex<()>>,
}

/// The right to begin a session, kept until it is noted.
pub(super) struct Begins {
    _one: OwnedMutexGuard<()>,
}

impl Sessions {
    pub(super) fn new(manager: Arc<LocalSessionManager>) -> Self {
        Self {
            manager,
            owners: Mutex::default(),
            beginning: Arc::default(),
        }
    }

    /// Refuses the session of somebody else as one that is not there, and another one when there are too many.
    pub(super) async fn check(
        &self,
        owner: &Owner,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Option<Begins>, ApiError> {
        if let Some(session) = headers.get(SESSION) {
            let owners = self.owners.lock().await;
            let found = session
                .to_str()
                .ok()
                .and_then(|session| owners.get(session));
            return if found == Some(owner) {
                Ok(None)
            } else {
                Err(gone())
            };
        }
        if !begins_session(body) {
            return Ok(None);
        }
        let begins = Begins {
            _one: Arc::clone(&self.beginning).lock_owned().await,
        };
        let owners = self.owners.lock().await;
        let open = self.manager.sessions.read().await;
        let own = owners
            .iter()
            .filter(|(session, known)| *known == owner && open.contains_key(session.as_str()));
        if open.len() >= MOST || own.count() >= MOST_OF_ONE {
            return Err(too_many());
        }
        Ok(Some(begins))
    }

    /// Notes whose a session is that an answer began.
    pub(super) async fn note(&self, owner: Owner, headers: &HeaderMap, begins: Option<Begins>) {
        // Until it is noted.
        let _begins = begins;
        let Some(session) = headers
            .get(SESSION)
            .and_then(|session| session.to_str().ok())
        else {
            return;
        };
        let mut owners = self.owners.lock().await;
        let open = self.manager.sessions.read().await;
        owners.retain(|session, _| open.contains_key(session.as_str()));
        owners.insert(session.to_owned(), owner);
    }
}

/// Whether a message without a session begins one: `initialize` does, whatever revision its headers name. What
/// cannot be read may.
fn begins_session(body: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Message<'a> {
        #[serde(borrow)]
        method: Option<Cow<'a, str>>,
    }
    let message: Result<Message<'_>, _> = serde_json::from_slice(body);
    message.map_or(true, |message| {
        message.method.as_deref() == Some("initialize")
    })
}

/// A client that reads this begins another session.
fn gone() -> ApiError {
    ApiError::Input {
        status: StatusCode::NOT_FOUND,
        detail: "there is no such session (any more); begin another with `initialize`".to_owned(),
    }
}

fn too_many() -> ApiError {
    ApiError::Input {
        status: StatusCode::SERVICE_UNAVAILABLE,
        detail: format!(
            "{MOST} sessions, or {MOST_OF_ONE} of one key, are open, which is the most; close one, or speak revision {FIRST_WITHOUT}, which has none"
        ),
    }
}
