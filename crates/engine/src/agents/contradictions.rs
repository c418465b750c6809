//! Rights that cannot be meant: refused before anything of a change is kept.

use portico_domain::ConnectionId;
use portico_domain::agent::{Agent, Beyond, Grant, Limit, Rule, Says};
use portico_store::{Error as StoreError, Tx, connections};

use super::rights::{ForgottenRule, Resolved};
use crate::Error;

/// Of two levels for the same, nobody can tell which was meant.
pub(crate) fn refuse_two_levels(grants: &[Grant]) -> Result<(), Error> {
    for (at, grant) in grants.iter().enumerate() {
        let is_other = |other: &&Grant| {
            (other.connection, other.area) == (grant.connection, grant.area)
                && other.level != grant.level
        };
        if let Some(other) = grants[at + 1..].iter().find(is_other) {
            return Err(Error::Invalid(format!(
                "`{0}={1}` and `{0}={2}` contradict each other; give the area one level",
                grant.area, grant.level, other.level
            )));
        }
    }
    Ok(())
}

/// The same of two rules on one subject.
pub(super) fn refuse_two_rules(resolved: &Resolved) -> Result<(), Error> {
    for (at, rule) in resolved.rules.iter().enumerate() {
        let contradicts = |other: &Rule| is_replaced_by(rule, other) && other.says != rule.says;
        let subject = rule.says.subject();
        if resolved.rules[at + 1..].iter().any(contradicts) {
            return Err(Error::Invalid(format!(
                "two rules on `{subject}` contradict each other; give one"
            )));
        }
        let mut forgotten = resolved.forgotten.iter();
        if forgotten.any(|forgotten| is_meant(rule, forgotten)) {
            return Err(Error::Invalid(format!(
                "the rule on `{subject}` is to be forgotten and set; do one of the two"
            )));
        }
    }
    Ok(())
}

impl Resolved {
    /// Refuses to take a rule away that the agent does not have, and names the place where it has one.
    pub(super) fn refuse_unknown_rules(
        &self,
        tx: &mut dyn Tx,
        agent: &Agent,
    ) -> Result<Result<(), Error>, StoreError> {
        for forgotten in &self.forgotten {
            if agent.rules.iter().any(|rule| is_meant(rule, forgotten)) {
                continue;
            }
            let (
                _,
                ForgottenRule {
                    connection,
                    subject,
                },
            ) = forgotten;
            let elsewhere = agent
                .rules
                .iter()
                .find(|rule| rule.says.subject().to_string() == *subject);
            let hint = match elsewhere {
                None => format!(
                    "`portico agent show \"{}\"` has the agent's rules",
                    agent.name
                ),
                Some(rule) => place_of(tx, rule)?,
            };
            let place = match connection {
                Some(name) => format!("`{name}`"),
                None => "all connections".to_owned(),
            };
            return Ok(Err(Error::NotFound(format!(
                "rule on `{subject}` for {place}; {hint}"
            ))));
        }
        Ok(Ok(()))
    }

    /// Refuses a limit beyond which a person is to be asked, where a call beyond it is denied already.
    /// `held` are the rules beside which the new ones are to stand.
    pub(super) fn refuse_idle_questions(&self, held: &[Rule]) -> Result<(), Error> {
        let is_kept = |rule: &&Rule| {
            let is_replaced = self.rules.iter().any(|new| is_replaced_by(rule, new));
            !is_replaced && !self.forgotten.iter().any(|it| is_meant(rule, it))
        };
        let rules: Vec<&Rule> = held.iter().filter(is_kept).chain(&self.rules).collect();
        for (connection, asked) in limits(&rules, Beyond::Ask) {
            let idle = limits(&rules, Beyond::Deny)
                .find(|(place, denied)| *place == connection && asked.covers(denied));
            if let Some((_, denied)) = idle {
                return Err(Error::Invalid(format!(
                    "nobody would be asked beyond `{asked}`, since calls beyond `{denied}` are denied; ask from a narrower limit on, or forget one of the two"
                )));
            }
        }
        Ok(())
    }
}

fn limits<'a>(
    rules: &'a [&Rule],
    wanted: Beyond,
) -> impl Iterator<Item = (Option<ConnectionId>, &'a Limit)> {
    rules.iter().filter_map(move |rule| match &rule.says {
        Says::Limit { limit, beyond } => (*beyond == wanted).then_some((rule.connection, limit)),
        Says::Operation { .. } | Says::PersonalData { .. } => None,
    })
}

fn is_replaced_by(rule: &Rule, new: &Rule) -> bool {
    new.connection == rule.connection && new.says.subject() == rule.says.subject()
}

fn is_meant(rule: &Rule, (connection, forgotten): &(Option<ConnectionId>, ForgottenRule)) -> bool {
    rule.connection == *connection && rule.says.subject().to_string() == forgotten.subject
}

/// Where a rule stands, and how it is named there.
fn place_of(tx: &mut dyn Tx, rule: &Rule) -> Result<String, StoreError> {
    let Some(id) = rule.connection else {
        return Ok("there is one for all connections: leave the connection out".to_owned());
    };
    let connection = connections::connection(tx, id)?;
    let name = connection.map_or_else(|| id.to_string(), |connection| connection.name);
    Ok(format!("there is one for `{name}`: name this connection"))
}
