//! Which cards a list call asks for: filters and the loose search.

use super::call::Call;
use super::fields::Kind;
use super::query::Range;
use super::state::{Body, Card, Entity, State, moment, number, text};

const NUMBERS: [&str; 6] = [
    "id",
    "pipeline_id",
    "responsible_user_id",
    "created_by",
    "updated_by",
    "price",
];
const RANGES: [&str; 5] = [
    "created_at",
    "updated_at",
    "closed_at",
    "closest_task_at",
    "price",
];

/// Everything that a card must satisfy to be listed.
pub(super) struct Selection<'a> {
    entity: Entity,
    ids: Option<Vec<u64>>,
    /// One of several numbers, by member.
    numbers: Vec<(&'static str, Vec<i64>)>,
    ranges: Vec<(&'static str, Range)>,
    names: Option<Vec<&'a str>>,
    statuses: Option<Vec<(Option<u64>, Option<u64>)>>,
    /// One of several values, by custom field.
    by_field: Vec<(u64, Vec<&'a str>)>,
    modified_since: Option<i64>,
    search: Option<Search>,
    deleted: bool,
}

struct Search {
    /// In lower case.
    needle: String,
    /// Cards that were made later are not found yet.
    until: i64,
}

impl<'a> Selection<'a> {
    pub(super) fn of(call: &'a Call, entity: Entity) -> Self {
        let (query, kommo) = (&call.query, &call.kommo);
        let range = |name: &str| query.range(&["filter", name]);
        // A range of prices is no list of them.
        let listed = |name: &&str| range(name).is_none_or(|range| range.from == range.to);
        let numbers = |name| Some((name, query.numbers(&["filter", name])?));
        let ids = query.numbers(&["filter", "id"]);
        let needle = query.one(&["query"]).map(|text| text.trim().to_lowercase());
        let until = call.author.now - kommo.number("search_lag_s");
        let honoured = kommo.choice("if_modified_since") != "ignored";
        Self {
            entity,
            ids: ids.map(|ids| {
                ids.into_iter()
                    .filter_map(|id| id.try_into().ok())
                    .collect()
            }),
            numbers: NUMBERS
                .into_iter()
                .filter(listed)
                .filter_map(numbers)
                .collect(),
            ranges: RANGES
                .into_iter()
                .filter_map(|name| Some((name, range(name)?)))
                .collect(),
            names: query.many(&["filter", "name"]),
            statuses: query.statuses(),
            by_field: if kommo.flag("api_filter") {
                query.field_values()
            } else {
                Vec::new()
            },
            modified_since: call.modified_since.filter(|_| honoured),
            search: needle
                .filter(|needle| !needle.is_empty())
                .map(|needle| Search { needle, until }),
            deleted: query.with("only_deleted"),
        }
    }

    /// The cards, by id.
    pub(super) fn select<'s>(&self, state: &'s State) -> Vec<(u64, &'s Card)> {
        let cards = &state.cards[self.entity];
        let Some(ids) = &self.ids else {
            let all = cards.iter().map(|(id, card)| (*id, card));
            return all.filter(|(_, card)| self.holds(state, card)).collect();
        };
        // A few ids out of many thousands are read without a walk.
        let mut ids = ids.clone();
        ids.sort_unstable();
        ids.dedup();
        let found = ids.into_iter().filter_map(|id| Some((id, cards.get(&id)?)));
        found.filter(|(_, card)| self.holds(state, card)).collect()
    }

    fn holds(&self, state: &State, card: &Card) -> bool {
        let body = &card.body;
        let is = |name: &str, wanted: &[i64]| {
            moment(body, name).is_some_and(|value| wanted.contains(&value))
        };
        let newer = |since: i64| moment(body, "updated_at").is_some_and(|at| at > since);
        let staged = |stages: &Vec<_>| stages.iter().any(|stage| in_stage(body, *stage));
        card.is_deleted() == self.deleted
            && !card.is_unsorted()
            && self.numbers.iter().all(|(name, wanted)| is(name, wanted))
            && self
                .ranges
                .iter()
                .all(|(name, range)| range.holds(moment(body, name)))
            && self
                .names
                .as_ref()
                .is_none_or(|names| names.contains(&text(body, "name")))
            && self.statuses.as_ref().is_none_or(staged)
            && self.modified_since.is_none_or(newer)
            && self
                .by_field
                .iter()
                .all(|(field, wanted)| has_value(card, *field, wanted))
            && self
                .search
                .as_ref()
                .is_none_or(|search| search.finds(state, self.entity, card))
    }
}

impl Search {
    /// The vendor's search is loose: a part of anything that is filled is enough.
    fn finds(&self, state: &State, entity: Entity, card: &Card) -> bool {
        let holds = |text: &str| text.to_lowercase().contains(&self.needle);
        let searched = |field: u64| {
            state.fields[entity]
                .get(&field)
                .is_some_and(|field| is_text(field.kind))
        };
        let filled = card
            .filled()
            .iter()
            .filter(|filled| filled["field_id"].as_u64().is_some_and(searched));
        let mut values = filled
            .filter_map(|filled| filled["values"].as_array())
            .flatten();
        card.saved_at <= self.until
            && (holds(text(&card.body, "name"))
                || number(&card.body, "id").is_some_and(|id| id.to_string() == self.needle)
                || values.any(|value| value["value"].as_str().is_some_and(holds)))
    }
}

fn is_text(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Text
            | Kind::Textarea
            | Kind::Multitext
            | Kind::Url
            | Kind::Streetaddress
            | Kind::SmartAddress
    )
}

fn in_stage(lead: &Body, (pipeline, status): (Option<u64>, Option<u64>)) -> bool {
    pipeline.is_none_or(|pipeline| number(lead, "pipeline_id") == Some(pipeline))
        && status.is_none_or(|status| number(lead, "status_id") == Some(status))
}

fn has_value(card: &Card, field: u64, wanted: &[&str]) -> bool {
    card.values_of(field).into_iter().flatten().any(|value| {
        let value = &value["value"];
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        wanted
            .iter()
            .any(|wanted| wanted.eq_ignore_ascii_case(&text))
    })
}
