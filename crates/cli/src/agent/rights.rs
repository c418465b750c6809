//! What an agent is let do, as the command line says it.

use std::str::FromStr;

use clap::builder::PossibleValue;
use jiff::{SignedDuration, Timestamp};
use portico_domain::agent::{Area, Beyond, Level, Limit, Says, Verdict};
use portico_engine::{ExpiryChange, ForgottenRule, NewGrant, NewRights, NewRule, RightsChange};
use portico_server::Moment;

use crate::duration::duration;
use crate::failure::Failure;

/// What an agent may do in one connection, or in all.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("rights").multiple(true))]
pub(crate) struct RightsArgs {
    /// Only in this connection [default: in every one that has no grant or rule of its own]
    #[arg(long, value_name = "NAME", requires = "rights")]
    connection: Option<String>,

    /// An area and its level: off, read, or full; may be given again
    #[arg(long = "area", value_name = "AREA=LEVEL", value_parser = area_and_level, group = "rights")]
    areas: Vec<(Area, Level)>,

    /// An operation that it may call whatever the level of its area is; may be given again
    #[arg(long, value_name = "OPERATION", group = "rights")]
    allow: Vec<String>,

    /// An operation before which a person is asked each time; may be given again
    #[arg(long, value_name = "OPERATION", group = "rights")]
    ask: Vec<String>,

    /// An operation that it may not call whatever the level of its area is; may be given again
    #[arg(long, value_name = "OPERATION", group = "rights")]
    deny: Vec<String>,

    /// A limit beyond which a call is denied, such as stock-per-call=20; may be given again
    #[arg(long = "limit", value_name = "NAME=VALUE", group = "rights")]
    limits: Vec<Limit>,

    /// A limit beyond which a person is asked; may be given again
    #[arg(long, value_name = "NAME=VALUE", group = "rights")]
    ask_beyond: Vec<Limit>,

    /// Whether it is shown personal data of buyers; where nothing is said it is hidden
    #[arg(long, value_name = "WHETHER", group = "rights")]
    personal_data: Option<PersonalData>,

    /// When all that it may do ends: in a while such as 30d, on a day, at a moment, or never
    #[arg(long, value_name = "WHEN")]
    expires: Option<Expiry>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PersonalData {
    Shown,
    Hidden,
}

impl clap::ValueEnum for PersonalData {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Shown, Self::Hidden]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(match self {
            Self::Shown => "shown",
            Self::Hidden => "hidden",
        }))
    }
}

/// When rights end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expiry {
    Never,
    In(SignedDuration),
    At(Timestamp),
}

impl FromStr for Expiry {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "never" {
            return Ok(Self::Never);
        }
        if let Ok(Moment(at)) = text.parse() {
            return Ok(Self::At(at));
        }
        let length = duration(text).map_err(|_| {
            "give a while such as 30d or 12h, a day such as 2027-01-31, a moment such as 2027-01-31T18:00:00Z, or never"
        })?;
        Ok(Self::In(length))
    }
}

impl RightsArgs {
    /// Everything that a new agent is to have.
    pub(super) fn rights(self, now: Timestamp) -> Result<NewRights, Failure> {
        let change = self.change(Vec::new(), now)?;
        let expires_at = match change.expiry {
            ExpiryChange::Stays | ExpiryChange::Never => None,
            ExpiryChange::At(end) => Some(end),
        };
        Ok(NewRights {
            grants: change.grants,
            rules: change.rules,
            expires_at,
        })
    }

    /// What is to become otherwise; of the subjects the rules are taken away.
    pub(super) fn change(
        self,
        forget: Vec<String>,
        now: Timestamp,
    ) -> Result<RightsChange, Failure> {
        let connection = self.connection.clone();
        let forgotten = forget.into_iter().map(|subject| ForgottenRule {
            connection: connection.clone(),
            subject,
        });
        let grants = self.areas.iter().map(|(area, level)| NewGrant {
            connection: connection.clone(),
            area: *area,
            level: *level,
        });
        Ok(RightsChange {
            grants: grants.collect(),
            forgotten: forgotten.collect(),
            expiry: self.expiry(now)?,
            rules: self.rules(),
        })
    }

    fn expiry(&self, now: Timestamp) -> Result<ExpiryChange, Failure> {
        Ok(match self.expires {
            None => ExpiryChange::Stays,
            Some(Expiry::Never) => ExpiryChange::Never,
            Some(Expiry::At(end)) => ExpiryChange::At(end),
            Some(Expiry::In(length)) => {
                let end = now.checked_add(length);
                ExpiryChange::At(end.map_err(|why| Failure::usage(why.to_string()))?)
            }
        })
    }

    fn rules(self) -> Vec<NewRule> {
        let operations = [
            (self.allow, Verdict::Allow),
            (self.ask, Verdict::Ask),
            (self.deny, Verdict::Deny),
        ];
        let operations = operations.into_iter().flat_map(|(named, verdict)| {
            let says = move |operation| Says::Operation { operation, verdict };
            named.into_iter().map(says)
        });
        let limits = [(self.limits, Beyond::Deny), (self.ask_beyond, Beyond::Ask)];
        let limits = limits.into_iter().flat_map(|(limits, beyond)| {
            let says = move |limit| Says::Limit { limit, beyond };
            limits.into_iter().map(says)
        });
        let personal = self.personal_data.map(|personal| Says::PersonalData {
            shown: personal == PersonalData::Shown,
        });
        let all = operations.chain(limits).chain(personal);
        let connection = self.connection;
        all.map(|says| NewRule {
            connection: connection.clone(),
            says,
        })
        .collect()
    }
}

pub(crate) fn area_and_level(text: &str) -> Result<(Area, Level), String> {
    let Some((area, level)) = text.split_once('=') else {
        return Err("give an area and a level, such as orders=read".to_owned());
    };
    let area = area
        .parse()
        .map_err(|why: portico_domain::agent::UnknownArea| why.to_string())?;
    let level = level
        .parse()
        .map_err(|why: portico_domain::agent::UnknownLevel| why.to_string())?;
    Ok((area, level))
}
