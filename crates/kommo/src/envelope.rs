//! The wrapping of lists: `_links.next` while there is more, and `_embedded` with the items.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use wire::lenient;

#[derive(Deserialize)]
pub(crate) struct Envelope {
    #[serde(
        rename = "_links",
        default,
        deserialize_with = "lenient::object_or_default"
    )]
    links: Map<String, Value>,
    #[serde(
        rename = "_embedded",
        default,
        deserialize_with = "lenient::object_or_default"
    )]
    embedded: Map<String, Value>,
}

impl Envelope {
    /// Whether another page follows. The link itself is not used: it could name another host.
    pub(crate) fn has_next(&self) -> bool {
        self.links.get("next").is_some_and(|link| !link.is_null())
    }

    /// The embedded list; none is an empty one.
    pub(crate) fn into_items<T: DeserializeOwned>(
        mut self,
        key: &str,
    ) -> Result<Vec<T>, serde_json::Error> {
        lenient::list_or_map(self.embedded.remove(key).unwrap_or_default())
    }
}

/// One thing: at the root, or as the first item of the embedded list.
pub(crate) fn root_or_first<T: DeserializeOwned>(
    answer: Value,
    key: &str,
) -> Result<Option<T>, serde_json::Error> {
    if answer.get("id").is_some() {
        return serde_json::from_value(answer).map(Some);
    }
    let envelope: Envelope = serde_json::from_value(answer)?;
    envelope
        .into_items(key)
        .map(|items| items.into_iter().next())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Card {
        id: i64,
    }

    fn read(answer: Value) -> (bool, Vec<Card>) {
        let envelope: Envelope = serde_json::from_value(answer).unwrap();
        (envelope.has_next(), envelope.into_items("leads").unwrap())
    }

    #[test]
    fn a_next_link_means_another_page() {
        let links = json!({"self": {"href": "https://acme.kommo.com/x?page=1"}, "next": {"href": "https://acme.kommo.com/x?page=2"}});
        assert_eq!(
            read(json!({"_links": links, "_embedded": {"leads": [{"id": 1}]}})),
            (true, vec![Card { id: 1 }])
        );
        assert_eq!(
            read(json!({"_links": [], "_embedded": {"leads": null}})),
            (false, vec![])
        );
        assert_eq!(read(json!({"_embedded": []})), (false, vec![]));
    }

    #[test]
    fn one_thing_is_at_the_root_or_wrapped() {
        let wrapped = json!({"_links": {}, "_embedded": {"leads": [{"id": 7}]}});
        assert_eq!(
            root_or_first::<Card>(json!({"id": 7}), "leads").unwrap(),
            Some(Card { id: 7 })
        );
        assert_eq!(
            root_or_first::<Card>(wrapped, "leads").unwrap(),
            Some(Card { id: 7 })
        );
        assert_eq!(
            root_or_first::<Card>(json!({"_embedded": {"leads": []}}), "leads").unwrap(),
            None
        );
    }
}
