//! The way to the vendor: what the page says, and where its button leads.

use jiff::{SignedDuration, Timestamp};
use portico_domain::connection::Connection;
use portico_store::{Tx, connections, consents};
use secrecy::{ExposeSecret, SecretString};
use squarespace::oauth;
use url::Url;

use super::access::{self, Ask};
use super::{ConsentProblem, hash};
use crate::{Engine, Error};

/// How long the owner may take at the vendor.
const WAY_LASTS: SignedDuration = SignedDuration::from_mins(10);

/// What the page says.
#[derive(Clone, Debug)]
pub struct ConsentPage {
    pub connection: Connection,
    pub asks: Vec<Ask>,
    pub expires_at: Timestamp,
    /// Why the last way did not lead to a connection.
    pub problem: Option<String>,
    pub is_connected: bool,
}

impl Engine {
    /// The page of an address.
    pub async fn consent_page(
        &self,
        session: &SecretString,
    ) -> Result<ConsentPage, ConsentProblem> {
        let (page, connection) = self.page(session).await?;
        let is_connected = page.connected_at.is_some();
        if !is_connected && page.expires_at <= self.now() {
            return Err(ConsentProblem::ExpiredPage);
        }
        Ok(ConsentPage {
            asks: access::in_words(&access::of_text(&page.access)?),
            connection,
            expires_at: page.expires_at,
            problem: page.problem,
            is_connected,
        })
    }

    /// Where the owner consents, for the browser with this token. It comes back to `redirect_uri`.
    pub async fn consent_link(
        &self,
        session: &SecretString,
        browser: &SecretString,
        redirect_uri: String,
    ) -> Result<Url, ConsentProblem> {
        let (page, connection) = self.page(session).await?;
        if page.connected_at.is_some() {
            return Err(ConsentProblem::Connected);
        }
        let now = self.now();
        if page.expires_at <= now {
            return Err(ConsentProblem::ExpiredPage);
        }
        let secrets = self.page_secrets(connection.id).await?;
        let secrets = secrets.ok_or(ConsentProblem::UnknownPage)?;
        let state = SecretString::from(hex::encode(self.inner.chance.bytes::<32>()));
        let scopes = access::scopes(self.inner.gateway.catalog, &access::of_text(&page.access)?);
        let known_site = Some(connection.account.id.as_str()).filter(|id| !id.is_empty());
        let known_site = known_site.map(squarespace::WebsiteId::from);
        let url = self.inner.squarespace.consent_url(&oauth::Consent {
            client_id: &secrets.client_id,
            redirect_uri: &redirect_uri,
            scopes: &scopes,
            state: state.expose_secret(),
            website_id: known_site.as_ref(),
        });
        let way = consents::Way {
            state_hash: hash(&state),
            browser_hash: hash(browser),
            redirect_uri,
            expires_at: now + WAY_LASTS,
            used_at: None,
        };
        let begin = move |tx: &mut dyn Tx| consents::begin_way(tx, &page.session_hash, &way);
        if self.store().write(begin).await? {
            Ok(url)
        } else {
            Err(ConsentProblem::UnknownPage)
        }
    }

    async fn page(
        &self,
        session: &SecretString,
    ) -> Result<(consents::Consent, Connection), ConsentProblem> {
        let hash = hash(session);
        let read = move |tx: &mut dyn Tx| {
            let Some(page) = consents::of_session(tx, &hash)? else {
                return Ok(None);
            };
            let connection = connections::connection(tx, page.connection)?;
            Ok(connection.map(|connection| (page, connection)))
        };
        let found = self.store().read(read).await.map_err(Error::from)?;
        found.ok_or(ConsentProblem::UnknownPage)
    }
}
