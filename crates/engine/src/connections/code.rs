//! Trading an authorization code of Kommo, which a person brings and which is good once, for a token pair.

use jiff::SignedDuration;
use kommo::oauth::Integration;
use portico_domain::connection::Connection;
use portico_domain::{App, Priority};
use secrecy::SecretString;
use tracing::Instrument;
use wire::{Kind, Outcome, observed};

use super::is_passing;
use crate::credentials::{Credential, OAuthClient};
use crate::{Engine, Error};

/// Where the next code comes from.
const FRESH: &str = "take a fresh one from the integration's tab `Keys and scopes`";

impl Engine {
    /// The token pair that a code is good for; from then on it is nowhere but here.
    pub(super) async fn exchanged_code(
        &self,
        connection: &Connection,
        client: OAuthClient,
        code: &SecretString,
    ) -> Result<Credential, Error> {
        match connection.app {
            App::Squarespace => return Err(takes_no_code(connection)),
            App::Kommo => {}
        }
        let integration = Integration {
            client_id: &client.id,
            client_secret: &client.secret,
            redirect_uri: client.redirect_uri.as_deref().unwrap_or_default(),
        };
        let account = self.kommo_of(connection)?;
        self.permit(connection, Priority::Person).await?;
        let now = self.now();
        let exchange = account.exchange_code(integration, code);
        let pair = match observed(self.observer(connection), exchange).await {
            Ok(pair) => pair,
            Err(cause) => return Err(self.not_exchanged(connection, cause).await?),
        };
        let lives = SignedDuration::try_from(pair.expires_in).unwrap_or_default();
        Ok(Credential::OAuth {
            client,
            access_token: pair.access_token,
            access_expires_at: Some(now + lives),
            refresh_token: pair.refresh_token,
            renewed_at: now,
            scopes: Vec::new(),
        })
    }

    /// Why there is no pair, and whether the code is still good.
    async fn not_exchanged(
        &self,
        connection: &Connection,
        cause: wire::Error,
    ) -> Result<Error, Error> {
        let is_refused = matches!(
            cause.kind,
            Kind::Unauthorized | Kind::Forbidden | Kind::Conflict | Kind::Rejected
        );
        if is_refused {
            return Ok(refused(&cause));
        }
        let is_lost = cause.outcome() == Outcome::Unknown;
        let error = self.learn(connection, cause).await?;
        Ok(if is_lost {
            with_words(error, &format!("the code may be used up: {FRESH}"))
        } else {
            error
        })
    }
}

/// The same failure of what came after a code was traded, where asking again takes another code.
pub(super) fn used_up(error: Error) -> Error {
    if !is_passing(&error) && !matches!(error, Error::Conflict(_)) {
        return error;
    }
    with_words(error, &format!("the code is used up: {FRESH}"))
}

/// Does the work to its end: a caller that hangs up must not take with it what a code was good for.
pub(super) async fn to_its_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, Error>> + Send + 'static,
) -> Result<T, Error> {
    let work = tokio::spawn(work.in_current_span());
    work.await.map_err(Error::internal)?
}

/// In our words: those of the vendor are localized, and its status does not tell one cause from another.
fn refused(cause: &wire::Error) -> Error {
    let status = cause.status.map(|status| format!(" ({status})"));
    Error::Invalid(format!(
        "Kommo does not accept the code{}: it is good once and for 20 minutes, with the id, the secret and the redirect address of its own integration; check those, and {FRESH}",
        status.unwrap_or_default()
    ))
}

fn takes_no_code(connection: &Connection) -> Error {
    Error::Invalid(format!(
        "the codes of Squarespace come with their owner's consent; run `portico connection reauthorize {}`",
        connection.name
    ))
}

fn with_words(error: Error, words: &str) -> Error {
    match error {
        Error::Vendor { name, mut cause } => {
            cause.message = format!("{}; {words}", cause.message);
            Error::Vendor { name, cause }
        }
        Error::Waiting { until, why } => Error::Waiting {
            until,
            why: format!("{why}; {words}"),
        },
        Error::Conflict(why) => Error::Conflict(format!("{why}; {words}")),
        Error::NotFound(_)
        | Error::Invalid(_)
        | Error::Unauthorized
        | Error::Unrecorded
        | Error::Connection { .. }
        | Error::Internal(_) => error,
    }
}
