//! An operation of a vendor's API: what it is called, what it does, what it takes and answers.

mod detail;
mod words;

use portico_domain::App;
use portico_engine::OperationView;
use portico_engine::catalog::{Access, Effect};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use detail::{OperationDetailOut, ParameterOut, PersonalOut};

/// Operations that can be called.
#[derive(Serialize, ToSchema)]
pub struct OperationsOut {
    pub operations: Vec<OperationOut>,
}

/// What an operation is.
#[derive(Serialize, ToSchema)]
pub struct OperationOut {
    /// The vendor's name for it, which never changes.
    #[schema(example = "getOrders")]
    pub id: &'static str,
    #[schema(example = "List orders")]
    pub title: &'static str,
    #[schema(value_type = String, example = "squarespace")]
    pub app: App,
    #[schema(example = "GET")]
    pub method: &'static str,
    /// Each `{name}` is a parameter of the path.
    #[schema(example = "/1.0/commerce/orders")]
    pub path: &'static str,
    /// What a grant that opens it speaks of.
    #[schema(example = "orders")]
    pub area: &'static str,
    /// Whether it changes anything, whatever its method: `read` needs the level `read`, `write` needs `full`.
    pub access: AccessWord,
    /// What it does to the world.
    pub effects: Vec<EffectWord>,
    /// Whether the gateway carries it; the others Portico calls for itself.
    pub callable: bool,
}

/// Whether an operation changes anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum AccessWord {
    Read,
    Write,
}

/// What an operation does to the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EffectWord {
    /// It changes nothing.
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

impl OperationOut {
    fn of(view: &OperationView) -> Self {
        let operation = view.operation;
        Self {
            id: operation.id,
            title: operation.title,
            app: view.app,
            method: operation.verb.as_str(),
            path: operation.path,
            area: operation.area,
            access: operation.access.into(),
            effects: operation.effects.iter().copied().map(Into::into).collect(),
            callable: view.is_callable,
        }
    }

    /// What it does to the world, for people.
    #[must_use]
    pub fn effects_in_words(&self) -> String {
        let words: Vec<&str> = self.effects.iter().map(|effect| effect.words()).collect();
        words.join(", ")
    }
}

impl AccessWord {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

impl EffectWord {
    fn words(self) -> &'static str {
        match self {
            Self::Safe => "changes nothing",
            Self::Reversible => "can be taken back",
            Self::Irreversible => "cannot be taken back",
            Self::FullReplace => "erases what is left out",
            Self::Outside => "acts outside the API",
            Self::Security => "touches a secret",
        }
    }
}

impl From<Access> for AccessWord {
    fn from(access: Access) -> Self {
        match access {
            Access::Read => Self::Read,
            Access::Write => Self::Write,
        }
    }
}

impl From<AccessWord> for Access {
    fn from(word: AccessWord) -> Self {
        match word {
            AccessWord::Read => Self::Read,
            AccessWord::Write => Self::Write,
        }
    }
}

impl From<Effect> for EffectWord {
    fn from(effect: Effect) -> Self {
        match effect {
            Effect::Safe => Self::Safe,
            Effect::Reversible => Self::Reversible,
            Effect::Irreversible => Self::Irreversible,
            Effect::FullReplace => Self::FullReplace,
            Effect::Outside => Self::Outside,
            Effect::Security => Self::Security,
        }
    }
}

impl FromIterator<OperationView> for OperationsOut {
    fn from_iter<I: IntoIterator<Item = OperationView>>(operations: I) -> Self {
        let operations = operations.into_iter();
        Self {
            operations: operations.map(|view| OperationOut::of(&view)).collect(),
        }
    }
}
