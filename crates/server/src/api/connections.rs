//! Connections: links to the accounts of vendors.

use axum::Json as Answer;
use axum::extract::State;
use http::StatusCode;
use jiff::Timestamp;
use portico_domain::connection::{Account, Connection};
use portico_engine::{
    Engine, KommoCredential, KommoInput, NewCredential, OAuthClient, SquarespaceInput, Tested,
};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use url::Url;
use utoipa::ToSchema;

use super::refusals::{Always, OfBody, OfOne, OfVendor};
use crate::error::ApiError;
use crate::extract::{Json, Path};

/// Lists every connection, oldest first
#[utoipa::path(
    get,
    path = "/connections",
    operation_id = "list_connections",
    tag = "connections",
    responses((status = 200, description = "Every connection", body = ConnectionsOut), Always)
)]
pub(crate) async fn list(State(engine): State<Engine>) -> Result<Answer<ConnectionsOut>, ApiError> {
    let connections = engine.connections().await?;
    let connections = connections.into_iter().map(ConnectionOut::from).collect();
    Ok(Answer(ConnectionsOut { connections }))
}

/// Connects an account; the credential is tried before it is kept
#[utoipa::path(
    post,
    path = "/connections",
    operation_id = "create_connection",
    tag = "connections",
    request_body = ConnectionIn,
    responses(
        (status = 201, description = "Connected; the findings say what the credential may do", body = TestedOut),
        Always, OfBody, OfVendor
    )
)]
pub(crate) async fn create(
    State(engine): State<Engine>,
    Json(connection): Json<ConnectionIn>,
) -> Result<(StatusCode, Answer<TestedOut>), ApiError> {
    let tested = match connection.account {
        AccountIn::Squarespace(credential) => {
            engine
                .add_squarespace(&connection.name, credential.into())
                .await?
        }
        AccountIn::Kommo(account) => engine.add_kommo(&connection.name, account.into()).await?,
    };
    Ok((StatusCode::CREATED, Answer(tested.into())))
}

/// Shows a connection
#[utoipa::path(
    get,
    path = "/connections/{name}",
    operation_id = "show_connection",
    tag = "connections",
    params(("name" = String, Path, description = "The short name of the connection")),
    responses((status = 200, description = "The connection", body = ConnectionOut), Always, OfOne)
)]
pub(crate) async fn show(
    State(engine): State<Engine>,
    Path(name): Path<String>,
) -> Result<Answer<ConnectionOut>, ApiError> {
    let connection = engine.connection_named(&name).await?;
    Ok(Answer(connection.into()))
}

/// Tries a connection again, and makes it active when it works
#[utoipa::path(
    post,
    path = "/connections/{name}/test",
    operation_id = "test_connection",
    tag = "connections",
    params(("name" = String, Path, description = "The short name of the connection")),
    responses(
        (status = 200, description = "It works; the findings say what the credential may do", body = TestedOut),
        Always, OfOne, OfVendor
    )
)]
pub(crate) async fn test(
    State(engine): State<Engine>,
    Path(name): Path<String>,
) -> Result<Answer<TestedOut>, ApiError> {
    let tested = engine.test_connection(&name).await?;
    Ok(Answer(tested.into()))
}

/// Gives a connection another credential of the same account; its flows go on
#[utoipa::path(
    post,
    path = "/connections/{name}/reconnect",
    operation_id = "reconnect_connection",
    tag = "connections",
    params(("name" = String, Path, description = "The short name of the connection")),
    request_body = ReconnectIn,
    responses(
        (status = 200, description = "Connected; the findings say what the credential may do", body = TestedOut),
        Always, OfBody, OfOne, OfVendor
    )
)]
pub(crate) async fn reconnect(
    State(engine): State<Engine>,
    Path(name): Path<String>,
    Json(reconnect): Json<ReconnectIn>,
) -> Result<Answer<TestedOut>, ApiError> {
    let tested = engine.reconnect(&name, reconnect.credential.into()).await?;
    Ok(Answer(tested.into()))
}

/// Removes a connection that no flow uses, with its credential
#[utoipa::path(
    delete,
    path = "/connections/{name}",
    operation_id = "remove_connection",
    tag = "connections",
    params(("name" = String, Path, description = "The short name of the connection")),
    responses((status = 204, description = "It is gone"), Always, OfOne, OfVendor)
)]
pub(crate) async fn remove(
    State(engine): State<Engine>,
    Path(name): Path<String>,
) -> Result<StatusCode, ApiError> {
    engine.remove_connection(&name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// An account to connect.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConnectionIn {
    /// 1 to 40 letters, digits, dashes or underscores; no other connection has it.
    #[schema(example = "acme")]
    name: String,
    account: AccountIn,
}

/// What takes the place of a credential.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReconnectIn {
    credential: NewCredentialIn,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum NewCredentialIn {
    /// An API key or a long-lived token.
    #[schema(value_type = String, format = Password)]
    Key(SecretString),
    Tokens(TokensIn),
}

/// The vendor of the account, and what it needs.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum AccountIn {
    Squarespace(SquarespaceIn),
    Kommo(KommoIn),
}

/// What connects a Squarespace site.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum SquarespaceIn {
    /// A key made in the site's developer tools.
    #[schema(value_type = String, format = Password)]
    ApiKey(SecretString),
    Tokens(TokensIn),
}

/// What connects a Kommo account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct KommoIn {
    /// The account's own address.
    #[schema(value_type = String, format = "uri", example = "https://acme.kommo.com")]
    base: Url,
    credential: KommoCredentialIn,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum KommoCredentialIn {
    /// A token made in a private integration of the account.
    #[schema(value_type = String, format = Password)]
    LongLivedToken(SecretString),
    Tokens(TokensIn),
}

/// An OAuth token pair that was obtained elsewhere; it is renewed as needed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TokensIn {
    client_id: String,
    #[schema(value_type = String, format = Password)]
    client_secret: SecretString,
    /// As it is registered with the app; Kommo wants it with every renewal.
    redirect_uri: Option<String>,
    #[schema(value_type = String, format = Password)]
    access_token: SecretString,
    #[schema(value_type = String, format = Password)]
    refresh_token: SecretString,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct ConnectionsOut {
    connections: Vec<ConnectionOut>,
}

/// A connection and what its credential was seen to do.
#[derive(Serialize, ToSchema)]
pub(crate) struct TestedOut {
    connection: ConnectionOut,
    /// One sentence per finding, good or bad.
    findings: Vec<String>,
}

/// One authorised link to one account of one app.
#[derive(Serialize, ToSchema)]
pub(crate) struct ConnectionOut {
    id: String,
    name: String,
    #[schema(example = "squarespace")]
    app: &'static str,
    #[schema(example = "ACTIVE")]
    status: &'static str,
    /// Why the status is not `ACTIVE`.
    reason: Option<String>,
    /// What helps.
    remedy: Option<String>,
    account: AccountOut,
    created_at: Timestamp,
    updated_at: Timestamp,
}

/// What the vendor says about the account.
#[derive(Serialize, ToSchema)]
struct AccountOut {
    /// The vendor's own identifier of the site or the account.
    id: String,
    title: String,
    url: String,
    currency: String,
    country: Option<String>,
    time_zone: Option<String>,
    /// Which areas the credential was seen to read.
    can_read: Vec<String>,
    /// True for OAuth credentials, which may subscribe to notifications.
    oauth: bool,
}

impl From<SquarespaceIn> for SquarespaceInput {
    fn from(credential: SquarespaceIn) -> Self {
        match credential {
            SquarespaceIn::ApiKey(key) => Self::ApiKey(key),
            SquarespaceIn::Tokens(tokens) => Self::Tokens {
                client: OAuthClient {
                    id: tokens.client_id,
                    secret: tokens.client_secret,
                    redirect_uri: tokens.redirect_uri,
                },
                access_token: tokens.access_token,
                refresh_token: tokens.refresh_token,
            },
        }
    }
}

impl From<NewCredentialIn> for NewCredential {
    fn from(credential: NewCredentialIn) -> Self {
        match credential {
            NewCredentialIn::Key(key) => Self::Key(key),
            NewCredentialIn::Tokens(tokens) => Self::Tokens {
                client: OAuthClient {
                    id: tokens.client_id,
                    secret: tokens.client_secret,
                    redirect_uri: tokens.redirect_uri,
                },
                access_token: tokens.access_token,
                refresh_token: tokens.refresh_token,
            },
        }
    }
}

impl From<KommoIn> for KommoInput {
    fn from(account: KommoIn) -> Self {
        let credential = match account.credential {
            KommoCredentialIn::LongLivedToken(token) => KommoCredential::LongLived(token),
            KommoCredentialIn::Tokens(tokens) => KommoCredential::Tokens {
                client: OAuthClient {
                    id: tokens.client_id,
                    secret: tokens.client_secret,
                    redirect_uri: tokens.redirect_uri,
                },
                access_token: tokens.access_token,
                refresh_token: tokens.refresh_token,
            },
        };
        Self {
            base: account.base,
            credential,
        }
    }
}

impl From<Tested> for TestedOut {
    fn from(tested: Tested) -> Self {
        Self {
            connection: tested.connection.into(),
            findings: tested.findings,
        }
    }
}

impl From<Connection> for ConnectionOut {
    fn from(connection: Connection) -> Self {
        Self {
            id: connection.id.to_string(),
            name: connection.name,
            app: connection.app.as_str(),
            status: connection.status.as_str(),
            reason: connection.reason,
            remedy: connection.remedy,
            account: connection.account.into(),
            created_at: connection.created_at,
            updated_at: connection.updated_at,
        }
    }
}

impl From<Account> for AccountOut {
    fn from(account: Account) -> Self {
        Self {
            id: account.id,
            title: account.title,
            url: account.url,
            currency: account.currency,
            country: account.country,
            time_zone: account.time_zone,
            can_read: account.can_read,
            oauth: account.oauth,
        }
    }
}
