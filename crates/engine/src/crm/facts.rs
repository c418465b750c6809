//! The facts of a CRM account that deals are rendered with: pipelines, fields, users, loss reasons.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use kommo::{Entity, Paging};
use portico_domain::Priority;
use portico_domain::connection::Connection;
use portico_store::{Error as StoreError, Tx, crms};
use serde::{Deserialize, Serialize};
use wire::Kind;

use crate::{Engine, Error};

/// Users come and go: an account is read anew after this, and at once when it refuses something.
const FACTS_LIFE: SignedDuration = SignedDuration::from_hours(24);

const PAGE: u32 = 250;

/// What an account has, by the names and codes that we look for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AccountFacts {
    pub(crate) currency: String,
    pub(crate) pipelines: Vec<PipelineFacts>,
    /// Code to identifier.
    pub(crate) lead_fields: BTreeMap<String, i64>,
    pub(crate) contact_fields: BTreeMap<String, i64>,
    pub(crate) users: Vec<UserFacts>,
    pub(crate) loss_reasons: Vec<Named>,
    /// The account has refused notes that fold up, and gets plain ones; never so when just read.
    #[serde(default)]
    pub(crate) plain_notes: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PipelineFacts {
    pub(crate) id: i64,
    pub(crate) name: String,
    /// In their order, without those for incoming leads.
    pub(crate) stages: Vec<Named>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Named {
    pub(crate) id: i64,
    pub(crate) name: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct UserFacts {
    pub(crate) id: i64,
    /// Empty where the account does not tell it.
    #[serde(default)]
    pub(crate) name: String,
    /// A hash of the lower-case address: enough to find a user by the one that a rule names.
    pub(crate) email_hash: Option<String>,
}

impl AccountFacts {
    pub(crate) fn pipeline(&self, name: &str) -> Option<&PipelineFacts> {
        self.pipelines
            .iter()
            .find(|pipeline| same(&pipeline.name, name))
    }

    pub(crate) fn pipeline_by_id(&self, id: i64) -> Option<&PipelineFacts> {
        self.pipelines.iter().find(|pipeline| pipeline.id == id)
    }

    pub(crate) fn loss_reason(&self, name: &str) -> Option<i64> {
        let reason = self
            .loss_reasons
            .iter()
            .find(|reason| same(&reason.name, name));
        reason.map(|reason| reason.id)
    }

    /// A user by number or by e-mail address.
    pub(crate) fn user(&self, who: &str) -> Option<i64> {
        let hash = email_hash(who);
        let number = who.trim().parse::<i64>().ok();
        let user = self
            .users
            .iter()
            .find(|user| Some(user.id) == number || user.email_hash.as_deref() == Some(&hash));
        user.map(|user| user.id)
    }
}

impl PipelineFacts {
    pub(crate) fn stage(&self, name: &str) -> Option<i64> {
        self.stages
            .iter()
            .find(|stage| same(&stage.name, name))
            .map(|stage| stage.id)
    }

    pub(crate) fn first_stage(&self) -> Option<i64> {
        self.stages.first().map(|stage| stage.id)
    }
}

fn same(left: &str, right: &str) -> bool {
    left.trim().to_lowercase() == right.trim().to_lowercase()
}

fn email_hash(email: &str) -> String {
    blake3::hash(email.trim().to_lowercase().as_bytes())
        .to_hex()
        .to_string()
}

impl Engine {
    /// The facts of an account, read anew when they are old.
    pub(crate) async fn account_facts(&self, crm: &Connection) -> Result<AccountFacts, Error> {
        let id = crm.id;
        let read = move |tx: &mut dyn Tx| crms::crm(tx, id);
        let known = self.store().read(read).await?;
        let oldest = self.now() - FACTS_LIFE;
        let fresh = known
            .filter(|crm| crm.facts_at.is_some_and(|at| at >= oldest))
            .and_then(|crm| crm.facts);
        match fresh {
            Some(text) => serde_json::from_str(&text)
                .map_err(|why| StoreError::json("facts of an account", &why).into()),
            None => self.read_account_facts(crm).await,
        }
    }

    /// Reads the facts from the account and keeps them.
    pub(crate) async fn read_account_facts(&self, crm: &Connection) -> Result<AccountFacts, Error> {
        let client = &self.kommo_of(crm)?;
        let lane = Priority::Live;
        let account = self
            .call(
                crm,
                lane,
                |token| async move { client.account(&token).await },
            )
            .await?;
        let pipelines = self
            .call(
                crm,
                lane,
                |token| async move { client.pipelines(&token).await },
            )
            .await?;
        let facts = AccountFacts {
            currency: account.currency.unwrap_or_default(),
            pipelines: pipelines
                .into_iter()
                .filter(|pipeline| !pipeline.is_archive)
                .map(pipeline_facts)
                .collect(),
            lead_fields: self.field_ids(crm, Entity::Leads).await?,
            contact_fields: self.field_ids(crm, Entity::Contacts).await?,
            users: self.users(crm).await?,
            loss_reasons: self.loss_reasons(crm).await?,
            plain_notes: false,
        };
        let text = serde_json::to_string(&facts).map_err(Error::internal)?;
        let (id, now) = (crm.id, self.now());
        let write = move |tx: &mut dyn Tx| {
            crms::add(tx, id)?;
            crms::save_facts(tx, id, Some(&text), now)
        };
        self.store().write(write).await?;
        Ok(facts)
    }

    /// Remembers that an account takes plain notes only, for as long as its facts are believed.
    pub(crate) async fn remember_plain_notes(&self, crm: &Connection) -> Result<(), Error> {
        const FACTS: &str = "facts of an account";

        let id = crm.id;
        let write = move |tx: &mut dyn Tx| {
            let known = crms::crm(tx, id)?.unwrap_or_default();
            let (Some(text), Some(read_at)) = (known.facts, known.facts_at) else {
                return Ok(());
            };
            let mut facts: AccountFacts =
                serde_json::from_str(&text).map_err(|why| StoreError::json(FACTS, &why))?;
            facts.plain_notes = true;
            let text = serde_json::to_string(&facts).map_err(|why| StoreError::data(FACTS, why))?;
            crms::save_facts(tx, id, Some(&text), read_at)
        };
        Ok(self.store().write(write).await?)
    }

    async fn field_ids(
        &self,
        crm: &Connection,
        entity: Entity,
    ) -> Result<BTreeMap<String, i64>, Error> {
        let client = &self.kommo_of(crm)?;
        let mut ids = BTreeMap::new();
        for page in 1.. {
            let paging = Paging { page, limit: PAGE };
            let fields = self
                .call(crm, Priority::Live, |token| async move {
                    client.custom_fields(entity, paging, &token).await
                })
                .await?;
            let coded = fields
                .items
                .into_iter()
                .filter_map(|field| Some((field.code?, field.id)));
            ids.extend(coded);
            if !fields.has_next {
                break;
            }
        }
        Ok(ids)
    }

    /// The active users; none when the token has no right to list them.
    async fn users(&self, crm: &Connection) -> Result<Vec<UserFacts>, Error> {
        let client = &self.kommo_of(crm)?;
        let mut users = Vec::new();
        for page in 1.. {
            let paging = Paging { page, limit: PAGE };
            let answer = self
                .call(crm, Priority::Live, |token| async move {
                    client.users(paging, &token).await
                })
                .await;
            let found = match answer {
                Ok(found) => found,
                Err(Error::Vendor { cause, .. }) if cause.kind == Kind::Forbidden => break,
                Err(error) => return Err(error),
            };
            let active = found.items.iter().filter(|user| user.rights.is_active);
            users.extend(active.map(|user| UserFacts {
                id: user.id,
                name: user.name.clone(),
                email_hash: user.email.as_deref().map(email_hash),
            }));
            if !found.has_next {
                break;
            }
        }
        Ok(users)
    }

    async fn loss_reasons(&self, crm: &Connection) -> Result<Vec<Named>, Error> {
        let client = &self.kommo_of(crm)?;
        let reasons = self
            .call(crm, Priority::Live, |token| async move {
                client.loss_reasons(&token).await
            })
            .await?;
        let named = |reason: kommo::LossReason| Named {
            id: reason.id,
            name: reason.name,
        };
        Ok(reasons.items.into_iter().map(named).collect())
    }
}

fn pipeline_facts(pipeline: kommo::Pipeline) -> PipelineFacts {
    let mut stages = pipeline.embedded.statuses;
    stages.retain(|stage| !stage.is_incoming());
    stages.sort_by_key(|stage| stage.sort);
    PipelineFacts {
        id: pipeline.id,
        name: pipeline.name,
        stages: stages
            .into_iter()
            .map(|stage| Named {
                id: stage.id,
                name: stage.name,
            })
            .collect(),
    }
}
