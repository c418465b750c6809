//! A credential as the text that is sealed.

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::{Credential, OAuthClient};

#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Plain {
    Key {
        key: String,
    },
    OAuth {
        client_id: String,
        client_secret: String,
        redirect_uri: Option<String>,
        access_token: String,
        access_expires_at: Option<Timestamp>,
        refresh_token: String,
        renewed_at: Timestamp,
        scopes: Vec<String>,
    },
}

impl From<Plain> for Credential {
    fn from(plain: Plain) -> Self {
        match plain {
            Plain::Key { key } => Self::Key(key.into()),
            Plain::OAuth {
                client_id,
                client_secret,
                redirect_uri,
                access_token,
                access_expires_at,
                refresh_token,
                renewed_at,
                scopes,
            } => Self::OAuth {
                client: OAuthClient {
                    id: client_id,
                    secret: client_secret.into(),
                    redirect_uri,
                },
                access_token: access_token.into(),
                access_expires_at,
                refresh_token: refresh_token.into(),
                renewed_at,
                scopes,
            },
        }
    }
}

impl From<&Credential> for Plain {
    fn from(credential: &Credential) -> Self {
        let text = |secret: &SecretString| secret.expose_secret().to_owned();
        match credential {
            Credential::Key(key) => Self::Key { key: text(key) },
            Credential::OAuth {
                client,
                access_token,
                access_expires_at,
                refresh_token,
                renewed_at,
                scopes,
            } => Self::OAuth {
                client_id: client.id.clone(),
                client_secret: text(&client.secret),
                redirect_uri: client.redirect_uri.clone(),
                access_token: text(access_token),
                access_expires_at: *access_expires_at,
                refresh_token: text(refresh_token),
                renewed_at: *renewed_at,
                scopes: scopes.clone(),
            },
        }
    }
}
