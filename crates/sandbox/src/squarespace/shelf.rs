//! A collection of resources, found by id and walked by date.

use std::collections::{BTreeSet, HashMap};
use std::ops::Bound;

use serde_json::{Map, Value};

/// A resource as the vendor writes it.
pub(super) type Object = Map<String, Value>;

/// Where a walk stands: the date and the id of the last resource seen.
pub(super) type Position = (i64, String);

/// Resources in the order of a date, which is mostly the one of their last change.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    by_id: HashMap<String, (i64, Object)>,
    by_date: BTreeSet<Position>,
}

impl Shelf {
    /// Puts a resource in, or replaces the one with its id.
    pub(super) fn put(&mut self, at: i64, resource: Object) {
        let id = text(&resource, "id").to_owned();
        if let Some((before, _)) = self.by_id.insert(id.clone(), (at, resource)) {
            self.by_date.remove(&(before, id.clone()));
        }
        self.by_date.insert((at, id));
    }

    pub(super) fn remove(&mut self, id: &str) -> Option<Object> {
        let (at, resource) = self.by_id.remove(id)?;
        self.by_date.remove(&(at, id.to_owned()));
        Some(resource)
    }

    pub(super) fn get(&self, id: &str) -> Option<&Object> {
        self.by_id.get(id).map(|(_, resource)| resource)
    }

    /// Changes a resource in its place; the answer is the default when there is none with this id.
    pub(super) fn change<T: Default>(
        &mut self,
        id: &str,
        change: impl FnOnce(&mut Object) -> T,
    ) -> T {
        self.by_id
            .get_mut(id)
            .map(|(_, resource)| change(resource))
            .unwrap_or_default()
    }

    /// Walks the resources between two dates, both exclusive, newest first or oldest first.
    pub(super) fn walk<'a>(
        &'a self,
        (after, before): (Option<i64>, Option<i64>),
        from: Option<&Position>,
        oldest_first: bool,
    ) -> Box<dyn Iterator<Item = (&'a Position, &'a Object)> + 'a> {
        let mut low = after.map_or(Bound::Unbounded, |at| {
            Bound::Included((at + 1, String::new()))
        });
        let mut high = before.map_or(Bound::Unbounded, |at| Bound::Excluded((at, String::new())));
        if let Some(position) = from {
            let end = if oldest_first { &mut low } else { &mut high };
            *end = Bound::Excluded(position.clone());
        }
        if is_empty_range(&low, &high) {
            return Box::new(std::iter::empty());
        }
        let places = self.by_date.range((low, high));
        let found = |place: &'a Position| Some((place, self.get(&place.1)?));
        if oldest_first {
            Box::new(places.filter_map(found))
        } else {
            Box::new(places.rev().filter_map(found))
        }
    }

    /// All resources, oldest first.
    pub(super) fn all(&self) -> impl Iterator<Item = &Object> {
        self.by_date.iter().filter_map(|(_, id)| self.get(id))
    }
}

/// The text of a member, empty when it is absent or not a text.
pub(super) fn text<'a>(object: &'a Object, name: &str) -> &'a str {
    object.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// A range that ends before it starts would panic.
fn is_empty_range(low: &Bound<Position>, high: &Bound<Position>) -> bool {
    match (low, high) {
        (
            Bound::Included(low) | Bound::Excluded(low),
            Bound::Included(high) | Bound::Excluded(high),
        ) => low >= high,
        (Bound::Unbounded, _) | (_, Bound::Unbounded) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Shelf;

    fn ids(shelf: &Shelf, bounds: (Option<i64>, Option<i64>), from: Option<(i64, &str)>) -> String {
        let from = from.map(|(at, id)| (at, id.to_owned()));
        shelf
            .walk(bounds, from.as_ref(), false)
            .map(|((_, id), _)| id.as_str())
            .collect()
    }

    #[test]
    fn a_walk_goes_backwards_between_exclusive_bounds() {
        let mut shelf = Shelf::default();
        for (at, id) in [(1, "a"), (2, "b"), (2, "c"), (3, "d")] {
            shelf.put(at, json!({ "id": id }).as_object().unwrap().clone());
        }

        assert_eq!(ids(&shelf, (None, None), None), "dcba");
        assert_eq!(ids(&shelf, (Some(1), Some(3)), None), "cb");
        assert_eq!(ids(&shelf, (None, None), Some((2, "c"))), "ba");
        assert_eq!(ids(&shelf, (Some(3), Some(2)), None), "");

        shelf.put(9, json!({ "id": "a" }).as_object().unwrap().clone());
        assert_eq!(ids(&shelf, (None, None), None), "adcb");
    }
}
