//! Operations of a vendor's API as plain data: what each is, who may call it, and what it does to the world.
//!
//! Read [`Operation`] first. A vendor's crate writes one table of them, in the vendor's own order, and
//! wraps it in a [`Catalog`], which recognises paths and answers schemas.

use std::sync::OnceLock;

use http::Method;
use serde_json::Value;

mod facts;
mod parameter;
mod path;
mod routes;
mod schemas;

pub use facts::{
    Access, Body, Effect, IdempotencyKey, KeyRule, Level, Limit, OtherBody, PageSize, Paging,
    Scopes, Turn, Verb,
};
pub use parameter::{Kind, Parameter};
pub use path::{Params, PathError};

use routes::Routes;
use schemas::Schemas;

/// One operation of a vendor's API.
#[derive(Debug)]
pub struct Operation {
    /// The vendor's name for it, which never changes.
    pub id: &'static str,
    /// Its name for people, in few words.
    pub title: &'static str,
    /// What it does, in a sentence or two that an agent can choose by.
    pub summary: &'static str,
    /// The verb of its requests, which says nothing about [`Self::access`].
    pub verb: Verb,
    /// Its path; each `{name}` is one of [`Self::path_parameters`].
    pub path: &'static str,
    /// Other paths that lead to it: older versions of the API, and spellings of the vendor's own documents.
    pub twins: &'static [&'static str],
    /// The group of operations that it belongs to.
    pub area: &'static str,
    /// Whether it reads or writes, by what it does.
    pub access: Access,
    /// What it does to the world; never empty.
    pub effects: &'static [Effect],
    /// What the effects do not tell, and a caller should know before.
    pub caution: Option<&'static str>,
    /// What an OAuth token needs for it.
    pub scopes: Scopes,
    /// What an API key needs for it.
    pub key: KeyRule,
    /// The header that makes repeats harmless, where it takes one; it is required then.
    pub idempotency_key: Option<IdempotencyKey>,
    /// How much of anything it takes.
    pub limits: &'static [Limit],
    /// Where the answer's rows stand, as a JSON pointer, when it has rows.
    pub rows: Option<&'static str>,
    /// How to turn pages, when there are pages.
    pub paging: Option<Paging>,
    /// The status of a success.
    pub success: u16,
    /// What its request carries.
    pub body: Body,
    /// The holes of its path, in their order.
    pub path_parameters: &'static [Parameter],
    /// What its query may hold.
    pub query: &'static [Parameter],
    /// The schema of its request body, by name.
    pub request: Option<&'static str>,
    /// The schema of its answer, by name; none where the answer is empty, or not described.
    pub response: Option<&'static str>,
    /// Where personal data stands in its request body: JSON pointers in which `*` is every item or member.
    pub personal_request: &'static [&'static str],
    /// Where personal data stands in its answer, likewise.
    pub personal_response: &'static [&'static str],
}

impl Operation {
    /// The path with these values in its holes, percent-encoded, in the current version of the API.
    pub fn path_with(
        &self,
        value: impl Fn(&'static str) -> Option<String>,
    ) -> Result<String, PathError> {
        path::fill(self.path, self.path_parameters, value)
    }

    /// Whether the operation has this effect.
    pub fn has(&self, effect: Effect) -> bool {
        self.effects.contains(&effect)
    }
}

/// A vendor's operations and the schemas that they name.
#[derive(Debug)]
pub struct Catalog {
    operations: &'static [Operation],
    families: &'static [(&'static str, &'static str)],
    routes: OnceLock<Routes>,
    schemas: OnceLock<Schemas>,
}

impl Catalog {
    /// Joins a table of operations with its files of schemas: a file's name, and its text.
    pub const fn new(
        operations: &'static [Operation],
        families: &'static [(&'static str, &'static str)],
    ) -> Self {
        Self {
            operations,
            families,
            routes: OnceLock::new(),
            schemas: OnceLock::new(),
        }
    }

    /// All operations, in the vendor's order.
    pub fn operations(&self) -> &'static [Operation] {
        self.operations
    }

    /// The operation of this name.
    pub fn operation(&self, id: &str) -> Option<&'static Operation> {
        self.operations.iter().find(|operation| operation.id == id)
    }

    /// The operation behind a method and a path without its query, on any of its paths, and what the holes hold.
    ///
    /// Nothing that two servers could read in two ways matches: an encoded slash, a dot segment, an empty segment,
    /// an encoded spelling of a fixed word, a list where one id belongs.
    pub fn match_path(&self, method: &Method, path: &str) -> Option<(&'static Operation, Params)> {
        let verb = Verb::of(method)?;
        self.routes
            .get_or_init(|| Routes::new(self.operations))
            .find(verb, path)
    }

    /// The verbs that a path takes; none when no operation has it. A slash at the end is the spelling of one
    /// operation of the vendor's, which is no reason to offer it to who meant another.
    pub fn verbs_of(&self, path: &str) -> Vec<Verb> {
        if path.ends_with('/') {
            return Vec::new();
        }
        let routes = self.routes.get_or_init(|| Routes::new(self.operations));
        Verb::ALL
            .into_iter()
            .filter(|verb| routes.find(*verb, path).is_some())
            .collect()
    }

    /// A schema by its name, self-contained: every definition that it refers to is bundled in.
    ///
    /// # Panics
    ///
    /// When a file of schemas is not JSON, or refers to what is not there: the files are constants.
    pub fn schema(&self, name: &str) -> Option<Value> {
        self.schemas().bundled(name)
    }

    /// The names of all schemas.
    ///
    /// # Panics
    ///
    /// As [`Self::schema`] does.
    pub fn schema_names(&self) -> impl Iterator<Item = &str> {
        self.schemas().names()
    }

    fn schemas(&self) -> &Schemas {
        self.schemas.get_or_init(|| Schemas::new(self.families))
    }
}
