//! Connections: links to the accounts of vendors.

use axum::Json as Answer;
use axum::extract::State;
use http::StatusCode;
use portico_engine::{Engine, NewCredential, OAuthClient};
use secrecy::SecretString;
use serde::Deserialize;
use url::Url;
use utoipa::{IntoParams, ToSchema};

use super::Acting;
use super::refusals::{Always, OfBody, OfCredential, OfOne, OfQuery, OfVendor};
use crate::error::{ApiError, Problem};
use crate::extract::{Json, Path, Query};
use crate::view::connection::{ConditionOut, ConnectionsOut, RemovedOut, RotatedOut, TestedOut};

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
    Ok(Answer(connections.into_iter().collect()))
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
        Always, OfBody, OfVendor, OfCredential
    )
)]
pub(crate) async fn create(
    Acting(engine): Acting,
    Json(connection): Json<ConnectionIn>,
) -> Result<(StatusCode, Answer<TestedOut>), ApiError> {
    let tested = match connection.account {
        AccountIn::Squarespace(credential) => {
            engine
                .add_squarespace(&connection.name, credential.into())
                .await?
        }
        AccountIn::Kommo(account) => {
            engine
                .add_kommo(&connection.name, &account.base, account.credential.into())
                .await?
        }
    };
    Ok((StatusCode::CREATED, Answer(tested.into())))
}

/// Shows a connection, its credential and what is left of its budget
#[utoipa::path(
    get,
    path = "/connections/{name}",
    operation_id = "show_connection",
    tag = "connections",
    params(("name" = String, Path, description = "The short name of the connection")),
    responses((status = 200, description = "The connection", body = ConditionOut), Always, OfOne)
)]
pub(crate) async fn show(
    Acting(engine): Acting,
    Path(name): Path<String>,
) -> Result<Answer<ConditionOut>, ApiError> {
    let condition = engine.condition(&name).await?;
    Ok(Answer(condition.into()))
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
    Acting(engine): Acting,
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
        Always, OfBody, OfOne, OfVendor, OfCredential
    )
)]
pub(crate) async fn reconnect(
    Acting(engine): Acting,
    Path(name): Path<String>,
    Json(reconnect): Json<ReconnectIn>,
) -> Result<Answer<TestedOut>, ApiError> {
    let tested = engine.reconnect(&name, reconnect.credential.into()).await?;
    Ok(Answer(tested.into()))
}

/// Gives the webhook subscription of a site a new secret; no notification is lost by it
///
/// Only sites that are connected by OAuth and followed by a flow have a subscription. What the former secret
/// has signed is taken for as long as Squarespace repeats it. Should the answer of Squarespace get lost, the
/// site is subscribed to anew with the next sweep, which finds what was not told meanwhile.
#[utoipa::path(
    post,
    path = "/connections/{name}/rotate",
    operation_id = "rotate_connection",
    tag = "connections",
    params(("name" = String, Path, description = "The short name of the connection")),
    responses(
        (status = 200, description = "Notifications are signed with the new secret", body = RotatedOut),
        Always, OfOne, OfVendor,
        (status = 409, description = "It has no subscription or cannot be used, or somebody else is changing the subscription", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn rotate(
    Acting(engine): Acting,
    Path(name): Path<String>,
) -> Result<Answer<RotatedOut>, ApiError> {
    let rotated = engine.rotate_hook_secret(&name).await?;
    Ok(Answer(rotated.into()))
}

/// Removes a connection that no flow uses: ends its notifications, and wipes its credential
///
/// What is known of its account is kept and no longer shown. When the account is connected again, under
/// whatever name, the connection has its identifier back, and no order is made a deal of twice. With
/// `erase=true` nothing is kept: not the orders, the buyers, the contacts and the events, and not which
/// order has which deal. What stands at the vendors is not touched.
#[utoipa::path(
    delete,
    path = "/connections/{name}",
    operation_id = "remove_connection",
    tag = "connections",
    params(
        ("name" = String, Path, description = "The short name of the connection; with `erase=true` also the `id`, or the name that a removed one had"),
        RemoveQuery
    ),
    responses(
        (status = 200, description = "It is gone; the findings say what could not be done at the vendor", body = RemovedOut),
        (status = 409, description = "A flow uses it, or several removed ones had this name", body = Problem, content_type = "application/problem+json"),
        Always, OfOne, OfQuery
    )
)]
pub(crate) async fn remove(
    Acting(engine): Acting,
    Path(name): Path<String>,
    Query(query): Query<RemoveQuery>,
) -> Result<Answer<RemovedOut>, ApiError> {
    let removed = if query.erase {
        engine.erase_connection(&name).await?
    } else {
        engine.remove_connection(&name).await?
    };
    Ok(Answer(removed.into()))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RemoveQuery {
    /// Delete what is known of the account as well, for good.
    #[serde(default)]
    erase: bool,
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
    /// Of Kommo alone.
    AuthorizationCode(CodeIn),
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
    AuthorizationCode(CodeIn),
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

/// What a private integration shows under *Keys and scopes*; the code is traded for a token pair, once.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CodeIn {
    /// The id of the integration.
    client_id: String,
    #[schema(value_type = String, format = Password)]
    client_secret: SecretString,
    /// As it is registered with the integration.
    redirect_uri: String,
    /// Good once, and for 20 minutes.
    #[schema(value_type = String, format = Password)]
    code: SecretString,
}

impl From<SquarespaceIn> for NewCredential {
    fn from(credential: SquarespaceIn) -> Self {
        match credential {
            SquarespaceIn::ApiKey(key) => Self::Key(key),
            SquarespaceIn::Tokens(tokens) => tokens.into(),
        }
    }
}

impl From<KommoCredentialIn> for NewCredential {
    fn from(credential: KommoCredentialIn) -> Self {
        match credential {
            KommoCredentialIn::LongLivedToken(token) => Self::Key(token),
            KommoCredentialIn::Tokens(tokens) => tokens.into(),
            KommoCredentialIn::AuthorizationCode(code) => code.into(),
        }
    }
}

impl From<NewCredentialIn> for NewCredential {
    fn from(credential: NewCredentialIn) -> Self {
        match credential {
            NewCredentialIn::Key(key) => Self::Key(key),
            NewCredentialIn::Tokens(tokens) => tokens.into(),
            NewCredentialIn::AuthorizationCode(code) => code.into(),
        }
    }
}

impl From<TokensIn> for NewCredential {
    fn from(tokens: TokensIn) -> Self {
        Self::Tokens {
            client: OAuthClient {
                id: tokens.client_id,
                secret: tokens.client_secret,
                redirect_uri: tokens.redirect_uri,
            },
            access_token: tokens.access_token,
            refresh_token: tokens.refresh_token,
        }
    }
}

impl From<CodeIn> for NewCredential {
    fn from(given: CodeIn) -> Self {
        Self::Code {
            client: OAuthClient {
                id: given.client_id,
                secret: given.client_secret,
                redirect_uri: Some(given.redirect_uri),
            },
            code: given.code,
        }
    }
}
