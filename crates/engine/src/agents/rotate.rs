//! A new key for an agent, beside which the old ones are good for a while.

use jiff::{SignedDuration, Timestamp};
use portico_domain::agent::{Agent, AgentId};
use portico_domain::audit::Action;
use portico_domain::key::{Key, KeyKind};
use portico_store::{Tx, agents, keys};
use secrecy::SecretString;

use super::no_such;
use crate::keys::{NewKey, hash_of};
use crate::{Engine, Error};

/// How long an old key is good beside a new one where nobody says otherwise: the running programs can be
/// given the new one within a working day.
pub const KEY_OVERLAP: SignedDuration = SignedDuration::from_hours(24);

/// The longest that an old key is good beside a new one: what is to end must not be forgotten.
const LONGEST_OVERLAP: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A key that takes the place of others; it can be read this once.
pub struct RotatedAgent {
    pub agent: Agent,
    pub secret: SecretString,
    /// From when on the former keys let nobody in.
    pub former_end_at: Timestamp,
}

impl Engine {
    /// Gives an agent a new key. The former ones are good for as long as `overlap` says, or end sooner
    /// where they would have.
    pub async fn rotate_agent_key(
        &self,
        name: &str,
        overlap: SignedDuration,
    ) -> Result<RotatedAgent, Error> {
        let work = self.rotated(name, overlap);
        self.on_record(Action::RotateAgent, name, work).await
    }

    async fn rotated(&self, name: &str, overlap: SignedDuration) -> Result<RotatedAgent, Error> {
        if overlap.is_negative() || overlap > LONGEST_OVERLAP {
            return Err(Error::Invalid(format!(
                "a former key is good for {} days at most beside the new one; choose a shorter overlap",
                LONGEST_OVERLAP.as_hours() / 24
            )));
        }
        let now = self.now();
        let former_end_at = now + overlap;
        let made = self.compose_agent_key(now);
        let (key, hash, wanted) = (made.key, hash_of(&made.secret), name.to_owned());
        let rotate = move |tx: &mut dyn Tx| {
            // Or two at once would each leave the other's key as it is.
            keys::lock(tx)?;
            let Some(agent) = agents::named(tx, &wanted)? else {
                return Ok(None);
            };
            for former in agents::keys_of(tx, agent.id)? {
                if overlap.is_zero() {
                    keys::revoke(tx, former, now)?;
                } else {
                    keys::end_by(tx, former, former_end_at)?;
                }
            }
            add_key(tx, agent.id, &key, hash)?;
            Ok(Some(agent))
        };
        let agent = self.store().write(rotate).await?;
        Ok(RotatedAgent {
            agent: agent.ok_or_else(|| no_such(name))?,
            secret: made.secret,
            former_end_at,
        })
    }

    /// An agent may have several keys, so each goes by its own identifier.
    pub(super) fn compose_agent_key(&self, now: Timestamp) -> NewKey {
        let mut made = self.compose_key(KeyKind::Agent, "", None, now);
        made.key.name = made.key.id.to_string();
        made
    }
}

/// Keeps a key that is an agent's.
pub(super) fn add_key(
    tx: &mut dyn Tx,
    agent: AgentId,
    key: &Key,
    hash: blake3::Hash,
) -> Result<(), portico_store::Error> {
    keys::add(tx, key, hash.as_bytes())?;
    agents::add_key(tx, agent, key.id)
}
