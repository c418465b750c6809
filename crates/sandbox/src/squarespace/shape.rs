//! Request bodies as tables: which members there may be, of which kind, within which limits.

use std::collections::HashSet;

use serde_json::Value;

use super::answer::Refusal;
use super::fields::Fields;
use super::money;

/// One member of an object in a request body.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member {
    name: &'static str,
    presence: Presence,
    kind: Kind,
    /// The scopes in which the member exists, such as types of products; empty means all.
    only_in: &'static [&'static str],
}

#[derive(Clone, Copy, Debug)]
enum Presence {
    Needed,
    /// The key must be there, and null is a value.
    NeededOrNull,
    Optional,
    /// May be absent, but not null.
    NotNull,
}

/// What a member holds.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Text {
        longest: usize,
    },
    /// A text in which blanks at both ends do not count, and which is not empty without them.
    Trimmed {
        longest: usize,
    },
    /// A text that a function accepts; the rule ends the sentence "the member ...".
    Formed {
        longest: usize,
        rule: &'static str,
        accepts: fn(&str) -> bool,
    },
    Word(&'static [&'static str]),
    Flag,
    Whole {
        lowest: i64,
        highest: i64,
    },
    /// A number that is not negative.
    Measure,
    Money,
    Texts {
        most: usize,
        longest: usize,
        distinct: bool,
    },
    /// An object of texts under any names.
    TextMap {
        longest: usize,
    },
    Object(&'static [Member]),
    /// An object whose member `type` says which other members it has.
    Tagged(&'static [(&'static str, &'static [Member])]),
    Objects {
        least: usize,
        most: usize,
        members: &'static [Member],
    },
}

/// How strictly tables are applied, and to what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Strictness<'a> {
    /// Unknown members are ignored, and amounts may be JSON numbers.
    pub(super) lenient: bool,
    /// What the members' `only_in` is compared with.
    pub(super) scope: &'a str,
}

/// Without a limit.
pub(super) const ANY: usize = usize::MAX;

pub(super) const fn needed(name: &'static str, kind: Kind) -> Member {
    Member::new(name, Presence::Needed, kind)
}

pub(super) const fn needed_or_null(name: &'static str, kind: Kind) -> Member {
    Member::new(name, Presence::NeededOrNull, kind)
}

pub(super) const fn optional(name: &'static str, kind: Kind) -> Member {
    Member::new(name, Presence::Optional, kind)
}

pub(super) const fn not_null(name: &'static str, kind: Kind) -> Member {
    Member::new(name, Presence::NotNull, kind)
}

impl Member {
    const fn new(name: &'static str, presence: Presence, kind: Kind) -> Self {
        Self {
            name,
            presence,
            kind,
            only_in: &[],
        }
    }

    /// Makes the member unknown in all other scopes.
    pub(super) const fn only_in(self, only_in: &'static [&'static str]) -> Self {
        Self { only_in, ..self }
    }

    fn exists_in(&self, scope: &str) -> bool {
        self.only_in.is_empty() || self.only_in.contains(&scope)
    }
}

impl Strictness<'_> {
    /// Refuses a body that its table does not allow: unknown members first, then in the table's order.
    pub(super) fn check(self, body: &Value, table: &[Member]) -> Result<(), Refusal> {
        self.object(&Fields::body(body)?, table)
    }

    fn object(self, fields: &Fields<'_>, table: &[Member]) -> Result<(), Refusal> {
        let here = || table.iter().filter(|member| member.exists_in(self.scope));
        if !self.lenient {
            let names: Vec<&str> = here().map(|member| member.name).collect();
            fields.only(&names)?;
        }
        here().try_for_each(|member| self.member(fields, member))
    }

    fn member(self, fields: &Fields<'_>, member: &Member) -> Result<(), Refusal> {
        let name = member.name;
        match (fields.get(name), member.presence) {
            (Some(value), _) => self.value(fields, name, member.kind, value),
            (None, Presence::Needed) => Err(fields.absent(name)),
            (None, Presence::NeededOrNull) if !fields.has(name) => Err(fields.absent(name)),
            (None, Presence::NotNull) if fields.has(name) => {
                Err(fields.wrong(name, "must not be null"))
            }
            (None, Presence::NeededOrNull | Presence::NotNull | Presence::Optional) => Ok(()),
        }
    }

    fn value(
        self,
        fields: &Fields<'_>,
        name: &str,
        kind: Kind,
        value: &Value,
    ) -> Result<(), Refusal> {
        match kind {
            Kind::Text { longest } => fields.text(name, longest).map(drop),
            Kind::Trimmed { longest } => trimmed(fields, name, longest),
            Kind::Formed {
                longest,
                rule,
                accepts,
            } => match fields.text(name, longest)? {
                Some(text) if !accepts(text) => Err(fields.wrong(name, rule)),
                Some(_) | None => Ok(()),
            },
            Kind::Word(words) => fields.word(name, words).map(drop),
            Kind::Flag => fields.needed_flag(name).map(drop),
            Kind::Whole { lowest, highest } => fields.needed_whole(name, lowest, highest).map(drop),
            Kind::Measure => match value.as_f64() {
                Some(number) if number >= 0.0 => Ok(()),
                Some(_) | None => Err(fields.wrong(name, "must be a number that is not negative")),
            },
            Kind::Money => self.money(&fields.inside(name, value)?),
            Kind::Texts {
                most,
                longest,
                distinct,
            } => texts(fields, name, (most, longest, distinct)),
            Kind::TextMap { longest } => text_map(&fields.inside(name, value)?, longest),
            Kind::Object(table) => self.object(&fields.inside(name, value)?, table),
            Kind::Tagged(tables) => self.tagged(&fields.inside(name, value)?, tables),
            Kind::Objects {
                least,
                most,
                members,
            } => self.objects(fields, name, (least, most), members),
        }
    }

    fn tagged(
        self,
        fields: &Fields<'_>,
        tables: &[(&'static str, &'static [Member])],
    ) -> Result<(), Refusal> {
        let words: Vec<&str> = tables.iter().map(|(word, _)| *word).collect();
        let kind = fields.needed_word("type", &words)?;
        let table = tables.iter().find(|(word, _)| *word == kind);
        let members = table.map_or(&[][..], |(_, members)| members);
        if !self.lenient {
            let names = members.iter().map(|member| member.name);
            fields.only(&names.chain(["type"]).collect::<Vec<_>>())?;
        }
        members
            .iter()
            .try_for_each(|member| self.member(fields, member))
    }

    fn objects(
        self,
        fields: &Fields<'_>,
        name: &str,
        (least, most): (usize, usize),
        table: &[Member],
    ) -> Result<(), Refusal> {
        let items = fields.needed_list(name)?;
        if items.len() < least {
            return Err(fields.wrong(name, &format!("must have at least {}", entries(least))));
        }
        if items.len() > most {
            return Err(fields.wrong(name, &format!("must have at most {}", entries(most))));
        }
        items
            .iter()
            .try_for_each(|item| self.object(&fields.inside(name, item)?, table))
    }

    /// The form of an amount; that it is in the website's currency is no question of form.
    fn money(self, money: &Fields<'_>) -> Result<(), Refusal> {
        if !self.lenient {
            money.only(&["currency", "value"])?;
        }
        let currency = money.needed_text("currency", 3)?;
        let value = money.get("value").ok_or_else(|| money.absent("value"))?;
        if !(value.is_string() || self.lenient) {
            return Err(money.wrong("value", "must be a decimal string"));
        }
        let amount =
            money::parse(value).ok_or_else(|| money.wrong("value", "must be a decimal string"))?;
        if money::is_possible(amount, currency) {
            Ok(())
        } else {
            Err(money.wrong("value", "is not a valid amount"))
        }
    }
}

fn trimmed(fields: &Fields<'_>, name: &str, longest: usize) -> Result<(), Refusal> {
    let text = fields.text(name, ANY)?.unwrap_or_default().trim();
    if text.is_empty() {
        return Err(fields.wrong(name, "must not be empty"));
    }
    if text.chars().count() > longest {
        return Err(fields.too_long(name, longest));
    }
    Ok(())
}

fn texts(
    fields: &Fields<'_>,
    name: &str,
    (most, longest, distinct): (usize, usize, bool),
) -> Result<(), Refusal> {
    let items = fields.needed_list(name)?;
    if items.len() > most {
        return Err(fields.wrong(name, &format!("must have at most {}", entries(most))));
    }
    let mut seen = HashSet::new();
    for item in items {
        let Some(text) = item.as_str() else {
            return Err(fields.wrong(name, "must be an array of strings"));
        };
        if text.chars().count() > longest {
            let rule = format!("must have entries of at most {longest} characters");
            return Err(fields.wrong(name, &rule));
        }
        if distinct && !seen.insert(text) {
            return Err(fields.wrong(name, "must not have duplicates"));
        }
    }
    Ok(())
}

fn text_map(fields: &Fields<'_>, longest: usize) -> Result<(), Refusal> {
    fields.names().try_for_each(|name| {
        if fields.get(name).is_none() {
            return Err(fields.wrong(name, "must not be null"));
        }
        fields.text(name, longest).map(drop)
    })
}

fn entries(count: usize) -> String {
    if count == 1 {
        return "one entry".to_owned();
    }
    format!("{count} entries")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{ANY, Kind, Member, Strictness, needed, needed_or_null, not_null, optional};

    const PRICE: &[Member] = &[needed("base", Kind::Money)];

    const TABLE: &[Member] = &[
        needed("name", Kind::Text { longest: 5 }),
        optional("code", Kind::Trimmed { longest: 3 }),
        not_null("shown", Kind::Flag),
        optional(
            "count",
            Kind::Whole {
                lowest: 1,
                highest: 9,
            },
        ),
        optional("weight", Kind::Measure).only_in(&["BOX"]),
        optional("kind", Kind::Word(&["A", "B"])),
        optional(
            "tags",
            Kind::Texts {
                most: 2,
                longest: 4,
                distinct: true,
            },
        ),
        optional("options", Kind::TextMap { longest: 4 }),
        optional("pricing", Kind::Object(PRICE)),
        optional(
            "parts",
            Kind::Objects {
                least: 1,
                most: 2,
                members: &[needed_or_null("id", Kind::Text { longest: ANY })],
            },
        ),
    ];

    /// What is wrong with a body that is good without this member.
    fn verdict(scope: &str, lenient: bool, name: &str, value: Value) -> String {
        let mut body = json!({ "name": "Oar" });
        body[name] = value;
        match (Strictness { lenient, scope }).check(&body, TABLE) {
            Ok(()) => "fine".to_owned(),
            Err(refusal) => refusal.message().to_owned(),
        }
    }

    #[test]
    fn every_kind_has_its_limits() {
        let money = |value: Value| json!({ "base": { "currency": "USD", "value": value } });
        let rows = [
            ("name", Value::Null),
            ("name", json!("Oarlock")),
            ("name", json!({ "present": true, "value": "Oar" })),
            ("code", json!("  ")),
            ("code", json!(" abc ")),
            ("code", json!("abcd")),
            ("shown", Value::Null),
            ("shown", json!("yes")),
            ("count", json!(0)),
            ("count", Value::Null),
            ("weight", json!(1)),
            ("kind", json!("C")),
            ("tags", json!(["a", "a"])),
            ("tags", json!(["a", "b", "c"])),
            ("options", json!({ "Color": "Green" })),
            ("pricing", json!({})),
            ("pricing", money(json!(4.5))),
            ("pricing", money(json!("4.505"))),
            ("pricing", money(json!("4.5"))),
            ("parts", json!([])),
            ("parts", json!([{}])),
            ("parts", json!([{ "id": null }])),
        ];
        let told: Vec<String> = rows
            .into_iter()
            .map(|(name, value)| verdict("CRATE", false, name, value))
            .collect();
        insta::assert_snapshot!(told.join("\n"), @r"
        name is required.
        name must have at most 5 characters.
        name must be a string.
        code must not be empty.
        fine
        code must have at most 3 characters.
        shown must not be null.
        shown must be a boolean.
        count must be between 1 and 9, inclusive.
        fine
        The request body has unknown or readonly fields: [weight]
        kind must be one of A, B.
        tags must not have duplicates.
        tags must have at most 2 entries.
        options.Color must have at most 4 characters.
        pricing.base is required.
        pricing.base.value must be a decimal string.
        pricing.base.value is not a valid amount.
        fine
        parts must have at least one entry.
        parts.id is required.
        fine
        ");
    }

    #[test]
    fn a_member_exists_only_in_its_scope_and_leniency_ignores_strangers() {
        assert_eq!(verdict("BOX", false, "weight", json!(1)), "fine");
        assert_eq!(verdict("CRATE", true, "weight", json!("heavy")), "fine");
        assert_eq!(
            verdict(
                "BOX",
                true,
                "pricing",
                json!({ "base": { "currency": "USD", "value": 4.5 } })
            ),
            "fine"
        );
    }
}
