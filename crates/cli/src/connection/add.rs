//! `portico connection add`: a credential from a safe place, tried before it is kept, or an owner who is asked.

use portico_domain::App;
use portico_engine::{Consent, Engine, Error, NewCredential, OAuthClient, Tested};
use url::Url;

use super::consent::AskArgs;
use crate::failure::Failure;
use crate::secret::SecretSource;

/// What every secret may be given as.
const SOURCE: &str = "FILE|-|env:NAME";

/// What an account can be connected with again, and one of Kommo from the start.
const ONE_OF_THREE: &str = "give a key by --key-file, a whole token pair, or the code of a Kommo integration by --code-file with its --client-id, --client-secret-file and --redirect-uri";

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Add {
    /// A Squarespace site, by API key, by its owner's consent, or by a token pair obtained elsewhere
    Squarespace {
        /// A short name of your choice
        name: String,
        /// Ask the owner of the site on a page: prints its link, and waits for the consent
        #[arg(long, conflicts_with_all = ["key_file", "access_token_file", "refresh_token_file", "redirect_uri"])]
        oauth: bool,
        #[command(flatten)]
        asking: AskArgs,
        #[command(flatten)]
        credential: CredentialArgs,
    },
    /// A Kommo account, by long-lived token, by authorization code or by a token pair obtained elsewhere
    Kommo {
        /// A short name of your choice
        name: String,
        /// The account's address, such as `https://acme.kommo.com`
        #[arg(long, value_name = "URL", value_parser = base)]
        base: Url,
        #[command(flatten)]
        credential: CodeOrCredentialArgs,
    },
}

/// An authorization code of Kommo, or what any app takes.
#[derive(Debug, clap::Args)]
pub(crate) struct CodeOrCredentialArgs {
    /// The authorization code of a Kommo integration, good once and for 20 minutes; given with its id, secret and redirect address
    #[arg(
        long,
        value_name = SOURCE,
        requires_all = ["client_id", "client_secret_file", "redirect_uri"],
        conflicts_with_all = ["key_file", "access_token_file", "refresh_token_file"]
    )]
    code_file: Option<SecretSource>,

    #[command(flatten)]
    credential: CredentialArgs,
}

/// A key, or everything that a token pair needs. Secrets are never arguments themselves: other
/// users of a machine can read those.
#[derive(Debug, clap::Args)]
pub(crate) struct CredentialArgs {
    /// The API key or long-lived token: a file, `-` for standard input, or env:NAME
    #[arg(long, value_name = SOURCE, conflicts_with_all = ["access_token_file", "refresh_token_file", "client_id", "client_secret_file", "redirect_uri"])]
    key_file: Option<SecretSource>,

    /// The access token of a pair
    #[arg(long, value_name = SOURCE, requires_all = ["refresh_token_file", "client_id", "client_secret_file"])]
    access_token_file: Option<SecretSource>,

    /// The refresh token of a pair
    #[arg(long, value_name = SOURCE, requires = "access_token_file")]
    refresh_token_file: Option<SecretSource>,

    #[command(flatten)]
    app: AppArgs,

    /// The redirect address of that registration, which Kommo wants with every renewal
    #[arg(long, value_name = "URL", requires = "client_id")]
    redirect_uri: Option<String>,
}

/// The registration of an app with a vendor.
#[derive(Debug, clap::Args)]
pub(crate) struct AppArgs {
    /// The id of the app registration or integration that tokens belong to
    #[arg(long, value_name = "ID", requires = "client_secret_file")]
    client_id: Option<String>,

    /// The secret of that registration
    #[arg(long, value_name = SOURCE, requires = "client_id")]
    client_secret_file: Option<SecretSource>,
}

/// What came of it.
pub(super) enum Added {
    Tested(Tested),
    /// The owner is asked.
    Asked(Consent, AskArgs),
}

pub(super) async fn run(wanted: Add, engine: &Engine) -> Result<Added, Failure> {
    Ok(Added::Tested(match wanted {
        Add::Squarespace {
            name,
            oauth: true,
            asking,
            credential,
        } => {
            let request = asking.request(credential.app)?;
            let begun = engine.begin_consent(App::Squarespace, Some(&name), request);
            return Ok(Added::Asked(begun.await?, asking));
        }
        Add::Squarespace {
            name,
            oauth: false,
            asking,
            credential,
        } => {
            asking.refuse()?;
            if credential.is_absent() {
                return Err(Failure::usage(
                    "give --oauth to ask the owner of the site on a page, a key by --key-file, or a whole token pair",
                ));
            }
            engine.add_squarespace(&name, credential.read()?).await?
        }
        Add::Kommo {
            name,
            base,
            credential,
        } => engine
            .add_kommo(&name, &base, credential.read()?)
            .await
            .map_err(with_hint)?,
    }))
}

impl AppArgs {
    /// The registration, where one is given; clap sees to it that both or none are.
    pub(super) fn read(self, redirect_uri: Option<String>) -> Result<Option<OAuthClient>, Failure> {
        let Some((id, secret)) = self.client_id.zip(self.client_secret_file) else {
            return Ok(None);
        };
        Ok(Some(OAuthClient {
            id,
            secret: secret.read()?,
            redirect_uri,
        }))
    }
}

/// Reads the address of an account, which people know without what stands before it.
fn base(text: &str) -> Result<Url, String> {
    let is_web = |url: &Url| matches!(url.scheme(), "http" | "https");
    if let Some(url) = text.parse().ok().filter(is_web) {
        return Ok(url);
    }
    let meant = format!("https://{text}").parse::<Url>().ok();
    match meant.filter(|_| !text.contains("://")) {
        Some(_) => Err(format!("write https://{text}")),
        None => Err("give the account's address, such as https://acme.kommo.com".to_owned()),
    }
}

/// Something answers at the address, but it is no account.
fn with_hint(error: Error) -> Failure {
    let is_nothing = error
        .vendor()
        .is_some_and(|cause| cause.status == Some(404));
    let failure = Failure::from(error);
    if !is_nothing {
        return failure;
    }
    Failure::new(
        failure.kind,
        format!(
            "{failure}; check --base, which is the address of the account alone, such as https://acme.kommo.com"
        ),
    )
}

impl CodeOrCredentialArgs {
    pub(super) fn read(self) -> Result<NewCredential, Failure> {
        let Self {
            code_file,
            credential,
        } = self;
        let Some(code) = code_file else {
            if credential.is_absent() {
                return Err(Failure::usage(ONE_OF_THREE));
            }
            return credential.read();
        };
        refuse_two_readers([Some(&code), credential.app.client_secret_file.as_ref()])?;
        let client = credential.app.read(credential.redirect_uri)?;
        Ok(NewCredential::Code {
            client: client.ok_or_else(|| Failure::usage(ONE_OF_THREE))?,
            code: code.read()?,
        })
    }
}

impl CredentialArgs {
    fn is_absent(&self) -> bool {
        self.key_file.is_none() && self.access_token_file.is_none()
    }

    pub(super) fn read(self) -> Result<NewCredential, Failure> {
        refuse_two_readers([
            self.access_token_file.as_ref(),
            self.refresh_token_file.as_ref(),
            self.app.client_secret_file.as_ref(),
        ])?;
        if let Some(key) = self.key_file {
            return Ok(NewCredential::Key(key.read()?));
        }
        let client = self.app.read(self.redirect_uri)?;
        let tokens = self.access_token_file.zip(self.refresh_token_file);
        let Some(((access, refresh), client)) = tokens.zip(client) else {
            return Err(Failure::usage(
                "give a key by --key-file, or a whole token pair",
            ));
        };
        Ok(NewCredential::Tokens {
            access_token: access.read()?,
            refresh_token: refresh.read()?,
            client,
        })
    }
}

/// The first reader of standard input leaves nothing for a second.
fn refuse_two_readers<const N: usize>(sources: [Option<&SecretSource>; N]) -> Result<(), Failure> {
    let readers = sources
        .into_iter()
        .flatten()
        .filter(|source| **source == SecretSource::StandardInput);
    if readers.count() > 1 {
        return Err(Failure::usage(
            "only one secret can come from standard input",
        ));
    }
    Ok(())
}
