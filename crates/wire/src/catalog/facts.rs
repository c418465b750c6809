//! The facts that a row of a catalogue is made of.

use std::time::Duration;

use http::Method;

/// The verb of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// `GET`
    Get,
    /// `POST`
    Post,
    /// `PUT`
    Put,
    /// `PATCH`
    Patch,
    /// `DELETE`
    Delete,
}

/// Whether an operation reads or writes, whatever its verb.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Nothing changes.
    Read,
    /// Something changes.
    Write,
}

/// What an operation does to the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing.
    Safe,
    /// Another call can take it back.
    Reversible,
    /// No call can take it back.
    Irreversible,
    /// What the request leaves out is erased.
    FullReplace,
    /// Something outside the API happens: a mail, a notification, a change of stock.
    Outside,
    /// A secret is made, shown or ended.
    Security,
}

/// What an OAuth token needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scopes {
    /// Any token serves.
    Any,
    /// One of these scopes.
    OneOf(&'static [&'static str]),
    /// For each value that the request names at this JSON pointer, one of its scopes; a value without any
    /// needs none.
    ByValue {
        /// Where the request names the values.
        at: &'static str,
        /// The values and their scopes.
        one_of: &'static [(&'static str, &'static [&'static str])],
    },
}

/// What an API key needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyRule {
    /// Keys are refused.
    Refused,
    /// Any key serves.
    Any,
    /// A key with this permission.
    Permission {
        /// The vendor's name of the permission.
        name: &'static str,
        /// The lowest level that serves.
        level: Level,
    },
    /// The vendor does not say; keys are let through.
    Unpublished,
}

/// The level of an API key's permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Read only.
    ReadOnly,
    /// Read and write.
    ReadWrite,
}

/// The header that lets a request be repeated without doing its work twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// The header.
    pub header: &'static str,
    /// What the vendor takes as a key, as a regular expression.
    pub pattern: &'static str,
    /// How long a used key is remembered at least.
    pub kept: Duration,
    /// What a used key does with another body.
    pub other_body: OtherBody,
}

/// What happens to another request under a used key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtherBody {
    /// It is refused.
    Refused,
    /// It is answered as done, and is not done.
    Ignored,
}

/// How much of something an operation takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Ids in the path's list.
    PathIds(u32),
    /// Items in these lists of the body, together; the lists are JSON pointers.
    BodyItems {
        /// The lists.
        lists: &'static [&'static str],
        /// How many they hold together.
        most: u32,
    },
    /// Bytes of an uploaded file; as many are refused.
    FileBytes(u64),
    /// Pixels of an uploaded picture; as many are refused.
    FilePixels(u64),
    /// Things that may exist at once.
    Existing {
        /// What is counted, and where.
        what: &'static str,
        /// How many there may be.
        most: u32,
    },
    /// Calls an hour with API keys, for one account.
    KeyCallsPerHour(u32),
}

/// How a list is read page by page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paging {
    /// How to ask for the next page.
    pub turn: Turn,
    /// How many rows a page has.
    pub size: PageSize,
}

/// How to ask for the next page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// The answer hands out a cursor.
    Cursor {
        /// The parameter, or member of the body, that takes it.
        parameter: &'static str,
        /// Where the answer has it, as a JSON pointer; nothing there at the end.
        next: &'static str,
        /// Whether the request's body takes it, and not the query.
        in_body: bool,
    },
    /// The caller counts rows.
    Offset {
        /// The parameter that takes how many rows to skip.
        parameter: &'static str,
        /// Where the answer says whether there are more, as a JSON pointer.
        more: &'static str,
    },
    /// The caller counts pages, from 1.
    Page {
        /// The parameter that takes the page's number.
        parameter: &'static str,
        /// Where the answer has the address of the next page, as a JSON pointer; nothing there at the end.
        next: &'static str,
    },
}

/// How many rows a page has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageSize {
    /// So many at most; the caller has no say.
    Fixed(u32),
    /// What the caller asks for.
    Asked {
        /// The parameter, or member of the body, that takes the size.
        parameter: &'static str,
        /// What it is without.
        default: u32,
        /// The most that can be asked for; the vendor does not say where there is none.
        most: Option<u32>,
    },
}

/// What a request carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// Nothing.
    None,
    /// JSON.
    Json,
    /// A JSON merge patch: what is left out stays, and `null` removes.
    MergePatch,
    /// A form with exactly one part, which is a file.
    Multipart {
        /// The name of the part.
        part: &'static str,
    },
}

impl Verb {
    /// The verb of a method that vendors' operations use; `None` for other methods.
    pub fn of(method: &Method) -> Option<Self> {
        [Self::Get, Self::Post, Self::Put, Self::Patch, Self::Delete]
            .into_iter()
            .find(|verb| verb.as_str() == method.as_str())
    }

    /// The verb as requests write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

impl From<Verb> for Method {
    fn from(verb: Verb) -> Self {
        match verb {
            Verb::Get => Self::GET,
            Verb::Post => Self::POST,
            Verb::Put => Self::PUT,
            Verb::Patch => Self::PATCH,
            Verb::Delete => Self::DELETE,
        }
    }
}

impl KeyRule {
    /// Whether an API key can be good for the operation at all.
    pub const fn lets_keys(self) -> bool {
        match self {
            Self::Any | Self::Permission { .. } | Self::Unpublished => true,
            Self::Refused => false,
        }
    }
}

impl Body {
    /// The content type of such a request, without the parameters that a form adds.
    pub const fn content_type(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Json => Some("application/json"),
            Self::MergePatch => Some("application/merge-patch+json"),
            Self::Multipart { .. } => Some("multipart/form-data"),
        }
    }
}
