//! What an agent is to be let do, as callers of the API say it.

use http::StatusCode;
use portico_domain::agent::{Area, Beyond, Level, Limit, Says, Verdict};
use portico_engine::{ExpiryChange, ForgottenRule, NewGrant, NewRights, NewRule, RightsChange};
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use crate::error::ApiError;
use crate::moment::Moment;

/// An agent to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AgentIn {
    /// 1 to 60 characters without quotes, backslashes, `$` and `!`; no other agent has it that is not
    /// revoked, and it is not `stop` or `start`.
    #[schema(example = "Store Agent")]
    name: String,
    /// Without any, it may do nothing until it is granted something.
    #[serde(default)]
    grants: Vec<GrantIn>,
    #[serde(default)]
    rules: Vec<RuleIn>,
    /// From when on it may do nothing: a moment, or a day from its beginning in UTC. Without it, its
    /// rights do not end by themselves.
    #[schema(value_type = Option<String>, example = "2027-01-31")]
    expires_at: Option<Moment>,
}

/// Everything that an agent is to be let do.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RightsIn {
    grants: Vec<GrantIn>,
    #[serde(default)]
    rules: Vec<RuleIn>,
    /// From when on it may do nothing: a moment, or a day from its beginning in UTC. Without it, its
    /// rights do not end by themselves.
    #[schema(value_type = Option<String>, example = "2027-01-31")]
    expires_at: Option<Moment>,
}

/// What is to become otherwise.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeIn {
    #[serde(default)]
    grants: Vec<GrantIn>,
    /// What was said before on the same subject is forgotten.
    #[serde(default)]
    rules: Vec<RuleIn>,
    /// Rules to take away.
    #[serde(default)]
    forget: Vec<ForgetIn>,
    /// From when on it may do nothing; `null` says that its rights do not end by themselves. Left out, it
    /// stays as it is.
    #[serde(default, deserialize_with = "expiry")]
    #[schema(value_type = Option<String>, example = "2027-01-31")]
    expires_at: ExpiryChange,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct GrantIn {
    /// The connection's name; without it, the grant speaks of every connection that no other grant of
    /// the area names.
    #[schema(example = "acme")]
    connection: Option<String>,
    /// `products`, `inventory`, `orders`, `transactions`, `profiles`, `contacts`, `discounts`, `webhooks` or `site`.
    #[schema(value_type = String, example = "orders")]
    area: Area,
    /// `off`, `read`, or `full`, which is read and write.
    #[schema(value_type = String, example = "read")]
    level: Level,
}

/// One of three: an `operation` with its `verdict`, a `limit`, or `personal_data`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RuleIn {
    /// The connection's name; without it, the rule speaks of every connection that no other rule on the
    /// subject names.
    #[schema(example = "acme")]
    connection: Option<String>,
    /// The vendor's name of an operation.
    #[schema(example = "adjustInventoryStockLevels")]
    operation: Option<String>,
    /// `allow`, `ask` (a person each time) or `deny`, whatever the level of its area.
    #[schema(value_type = Option<String>, example = "ask")]
    verdict: Option<Verdict>,
    /// `calls-per-minute`, `calls-per-day`, `stock-per-call`, `stock-per-day`, `price-percent`, `quantity`,
    /// `skus` or `hours`, and its value.
    #[schema(example = "stock-per-call=20")]
    limit: Option<String>,
    /// What becomes of a call beyond the limit: `deny`, or `ask`. Without it, it is denied.
    #[schema(value_type = Option<String>, example = "deny")]
    beyond: Option<Beyond>,
    /// Without such a rule it is hidden.
    personal_data: Option<PersonalData>,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq, ToSchema)]
#[serde(rename_all = "snake_case")]
enum PersonalData {
    Shown,
    Hidden,
}

/// A rule to take away.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ForgetIn {
    /// The connection that the rule names; without it, the rule for every connection is meant.
    #[schema(example = "acme")]
    connection: Option<String>,
    /// The name of an operation or of a limit, `ask:` and the name of a limit beyond which a person is asked,
    /// or `personal-data`.
    #[schema(example = "stock-per-call")]
    subject: String,
}

impl AgentIn {
    pub(super) fn name_and_rights(self) -> Result<(String, NewRights), ApiError> {
        let rights = rights(self.grants, self.rules, self.expires_at)?;
        Ok((self.name, rights))
    }
}

impl RightsIn {
    pub(super) fn rights(self) -> Result<NewRights, ApiError> {
        rights(self.grants, self.rules, self.expires_at)
    }
}

impl ChangeIn {
    pub(super) fn change(self) -> Result<RightsChange, ApiError> {
        let forgotten = self.forget.into_iter().map(|rule| ForgottenRule {
            connection: rule.connection,
            subject: rule.subject,
        });
        Ok(RightsChange {
            grants: grants(self.grants),
            rules: rules(self.rules)?,
            forgotten: forgotten.collect(),
            expiry: self.expires_at,
        })
    }
}

impl RuleIn {
    /// What it says, or why it says nothing.
    fn says(self) -> Result<Says, String> {
        const ONE: &str =
            "give an `operation` with a `verdict`, a `limit`, or `personal_data`, and one of them";

        match (self.operation, self.limit, self.personal_data) {
            (Some(operation), None, None) if self.beyond.is_none() => {
                let verdict = self
                    .verdict
                    .ok_or("an `operation` takes a `verdict`: allow, ask or deny")?;
                Ok(Says::Operation { operation, verdict })
            }
            (None, Some(limit), None) if self.verdict.is_none() => {
                let limit: Limit = limit
                    .parse()
                    .map_err(|why: portico_domain::agent::InvalidLimit| why.to_string())?;
                let beyond = self.beyond.unwrap_or(Beyond::Deny);
                Ok(Says::Limit { limit, beyond })
            }
            (None, None, Some(personal_data))
                if self.verdict.is_none() && self.beyond.is_none() =>
            {
                let shown = personal_data == PersonalData::Shown;
                Ok(Says::PersonalData { shown })
            }
            (..) => Err(ONE.to_owned()),
        }
    }
}

fn rights(
    given: Vec<GrantIn>,
    ruled: Vec<RuleIn>,
    expires_at: Option<Moment>,
) -> Result<NewRights, ApiError> {
    Ok(NewRights {
        grants: grants(given),
        rules: rules(ruled)?,
        expires_at: expires_at.map(|moment| moment.0),
    })
}

fn grants(given: Vec<GrantIn>) -> Vec<NewGrant> {
    let given = given.into_iter();
    given
        .map(|grant| NewGrant {
            connection: grant.connection,
            area: grant.area,
            level: grant.level,
        })
        .collect()
}

fn rules(given: Vec<RuleIn>) -> Result<Vec<NewRule>, ApiError> {
    let given = given.into_iter().enumerate();
    given
        .map(|(at, mut rule)| {
            let connection = rule.connection.take();
            let says = rule.says().map_err(|why| ApiError::Input {
                status: StatusCode::UNPROCESSABLE_ENTITY,
                detail: format!("rules[{at}]: {why}"),
            })?;
            Ok(NewRule { connection, says })
        })
        .collect()
}

/// A `null` is told from a field that was left out, of which nothing is read.
fn expiry<'de, D: Deserializer<'de>>(from: D) -> Result<ExpiryChange, D::Error> {
    let moment = Option::<Moment>::deserialize(from)?;
    Ok(moment.map_or(ExpiryChange::Never, |moment| ExpiryChange::At(moment.0)))
}
