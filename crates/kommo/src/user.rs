//! The users of an account.

use serde::{Deserialize, Serialize};
use wire::{Error, SecretString, lenient};

use crate::client::{Client, page};
use crate::entity::{Page, Paging};

/// A user of an account. Its `Debug` leaves out who that is.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The id that cards name.
    #[serde(deserialize_with = "lenient::integer")]
    pub id: i64,
    /// The name.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub name: String,
    /// The e-mail address.
    #[serde(default)]
    pub email: Option<String>,
    /// What the user may do.
    #[serde(default, deserialize_with = "lenient::object_or_default")]
    pub rights: UserRights,
}

wire::debug_only!(User { id, rights });

/// What a user may do, as far as it matters for giving work to somebody.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserRights {
    /// Whether everything is allowed.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub is_admin: bool,
    /// Whether the user has a paid seat; one without cannot be responsible for anything.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub is_free: bool,
    /// Whether the user can sign in.
    #[serde(default = "yes", deserialize_with = "lenient::or_default")]
    pub is_active: bool,
}

impl Client {
    /// Lists the users; the token must be an administrator's. `GET /api/v4/users`
    pub async fn users(&self, paging: Paging, token: &SecretString) -> Result<Page<User>, Error> {
        page(
            paging.apply(self.call("GET /api/v4/users", &[], token)),
            "users",
        )
        .await
    }
}

fn yes() -> bool {
    true
}
