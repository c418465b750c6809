//! Forms in PHP's brackets, `leads[add][0][id]=7`, as a tree; within limits, since anybody may send one.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::{Error, MAX_BYTES};

/// The longest delivery has fewer, since each takes some fifty bytes.
pub(super) const MAX_PAIRS: usize = 100_000;
/// The vendor nests six deep.
pub(super) const MAX_DEPTH: usize = 16;

/// A place in the tree: a text, or named places below.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Node {
    Text(String),
    Branch(BTreeMap<Key, Node>),
}

/// The name of a place. Positions sort as numbers, and before names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    Position(u32),
    Name(String),
}

/// Reads a form. As in PHP the last of two values for the same place counts, and `[]` is the next free position.
pub(super) fn parse(body: &[u8]) -> Result<Node, Error> {
    if body.len() > MAX_BYTES {
        return Err(Error::TooLong);
    }
    let mut root = Node::empty();
    for (count, (name, value)) in form_urlencoded::parse(body).enumerate() {
        if count == MAX_PAIRS {
            return Err(Error::TooMany);
        }
        root.insert(&path(&name)?, value.into_owned());
    }
    Ok(root)
}

impl Node {
    /// The place of this name right below.
    pub(super) fn at(&self, name: &str) -> Option<&Node> {
        match self {
            Self::Text(_) => None,
            Self::Branch(places) => places.get(&Key::of(name)),
        }
    }

    /// All places right below, with their names.
    pub(super) fn entries(&self) -> impl Iterator<Item = (Cow<'_, str>, &Node)> {
        let places = match self {
            Self::Text(_) => None,
            Self::Branch(places) => Some(places),
        };
        places
            .into_iter()
            .flatten()
            .map(|(key, node)| (key.name(), node))
    }

    /// The text here.
    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Branch(_) => None,
        }
    }

    /// The integer here.
    pub(super) fn as_integer(&self) -> Option<i64> {
        self.as_text()?.parse().ok()
    }

    /// The text of this name right below.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.at(name)?.as_text()
    }

    /// The integer of this name right below.
    pub(super) fn integer(&self, name: &str) -> Option<i64> {
        self.at(name)?.as_integer()
    }

    fn empty() -> Self {
        Self::Branch(BTreeMap::new())
    }

    fn insert(&mut self, path: &[&str], value: String) {
        let mut place = self;
        for name in path {
            if let Self::Text(_) = place {
                *place = Self::empty();
            }
            let Self::Branch(places) = place else { return };
            let key = if name.is_empty() {
                next_position(places)
            } else {
                Key::of(name)
            };
            place = places.entry(key).or_insert_with(Self::empty);
        }
        *place = Self::Text(value);
    }
}

impl Key {
    fn of(name: &str) -> Self {
        // "007" is a name: as a position it would come back as "7".
        match name.parse::<u32>() {
            Ok(position) if position.to_string() == name => Self::Position(position),
            Ok(_) | Err(_) => Self::Name(name.to_owned()),
        }
    }

    fn name(&self) -> Cow<'_, str> {
        match self {
            Self::Position(position) => Cow::Owned(position.to_string()),
            Self::Name(name) => Cow::Borrowed(name),
        }
    }
}

fn next_position(places: &BTreeMap<Key, Node>) -> Key {
    let last = places.range(..Key::Name(String::new())).next_back();
    match last {
        Some((Key::Position(position), _)) => Key::Position(position.saturating_add(1)),
        Some((Key::Name(_), _)) | None => Key::Position(0),
    }
}

/// `leads[add][0][id]` is `leads`, `add`, `0`, `id`; what follows an open bracket that nobody closes is dropped.
fn path(name: &str) -> Result<Vec<&str>, Error> {
    let (first, mut rest) = match name.find('[') {
        Some(at) => name.split_at(at),
        None => (name, ""),
    };
    let mut path = vec![first];
    while let Some((inside, after)) = rest.strip_prefix('[').and_then(|open| open.split_once(']')) {
        if path.len() == MAX_DEPTH {
            return Err(Error::TooDeep);
        }
        path.push(inside);
        rest = after;
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(form: &str) -> String {
        fn draw(node: &Node) -> String {
            match node {
                Node::Text(text) => text.clone(),
                Node::Branch(_) => {
                    let places: Vec<String> = node
                        .entries()
                        .map(|(name, below)| format!("{name}:{}", draw(below)))
                        .collect();
                    format!("{{{}}}", places.join(" "))
                }
            }
        }
        draw(&parse(form.as_bytes()).unwrap())
    }

    #[test]
    fn brackets_nest() {
        assert_eq!(
            tree("a[b][0][c]=1&a[b][0][d]=%C3%A9&x=2"),
            "{a:{b:{0:{c:1 d:é}}} x:2}"
        );
        assert_eq!(tree(""), "{}");
    }

    #[test]
    fn positions_sort_as_numbers() {
        assert_eq!(tree("a[10]=c&a[2]=b&a[007]=d"), "{a:{2:b 10:c 007:d}}");
    }

    #[test]
    fn empty_brackets_take_the_next_position() {
        assert_eq!(
            tree("a[]=x&a[]=y&a[7]=z&a[]=w&a[k]=v"),
            "{a:{0:x 1:y 7:z 8:w k:v}}"
        );
    }

    #[test]
    fn the_last_of_two_values_counts() {
        assert_eq!(tree("a=1&a=2&b=1&b[c]=2&d[e]=1&d=2"), "{a:2 b:{c:2} d:2}");
    }

    #[test]
    fn broken_brackets_do_no_harm() {
        assert_eq!(tree("a[b=1&c]d=2&e[f]g=3&=4"), "{0:4 a:1 c]d:2 e:{f:3}}");
    }

    #[test]
    fn limits_hold() {
        let deep = format!("a{}=1", "[b]".repeat(MAX_DEPTH));
        assert_eq!(parse(deep.as_bytes()), Err(Error::TooDeep));
        assert_eq!(
            parse("a=1&".repeat(MAX_PAIRS + 1).as_bytes()),
            Err(Error::TooMany)
        );
        assert_eq!(parse(&vec![b'a'; MAX_BYTES + 1]), Err(Error::TooLong));
    }
}
