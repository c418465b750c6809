//! The encrypted connection to a server: whose certificate is believed, and why none was made.

use std::error::Error as StdError;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::Error;

/// Whose certificate is believed.
#[derive(Clone, Debug)]
pub(crate) enum Trust {
    /// Anybody's: the connection is encrypted, but nobody knows with whom.
    Anyone,
    /// A certificate for the host's name, signed by one of these or else of the system's authorities.
    Verified { authorities: Option<PathBuf> },
}

impl Trust {
    /// What makes the encrypted connections.
    pub(super) fn connector(&self) -> Result<MakeRustlsConnect, Error> {
        let provider = Arc::new(ring::default_provider());
        let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|why| Error::Unsuitable(format!("cannot set up encryption: {why}")))?;
        let config = match self {
            Self::Anyone => config
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(AnyCertificate(provider))),
            Self::Verified { authorities: None } => config.with_root_certificates(of_system()?),
            Self::Verified {
                authorities: Some(path),
            } => config.with_root_certificates(of_file(path)?),
        };
        Ok(MakeRustlsConnect::new(config.with_no_client_auth()))
    }

    /// Why no encrypted connection was made, in words for whoever wrote the address; `None` where
    /// something else went wrong.
    pub(super) fn refusal(&self, cause: &tokio_postgres::Error) -> Option<Error> {
        let why = if let Some(error) = encryption_error(cause) {
            self.words(error)
        } else if is_of_handshake(cause) {
            let why = cause.source().map_or_else(String::new, ToString::to_string);
            format!("{why}; turn encryption on at the server, or use `sslmode=disable`")
        } else {
            return None;
        };
        Some(Error::Unsuitable(format!(
            "no encrypted connection to the database: {why}"
        )))
    }

    fn words(&self, error: &rustls::Error) -> String {
        let rustls::Error::InvalidCertificate(fault) = error else {
            return format!("{error}; on a network of your own, `sslmode=disable` goes without");
        };
        let remedy = match (fault, self) {
            (
                CertificateError::UnknownIssuer,
                Self::Verified {
                    authorities: Some(path),
                },
            ) => format!(
                "no authority in {} has signed it; give the file of the one that has",
                path.display()
            ),
            (CertificateError::UnknownIssuer, _) => {
                "no authority that this system trusts has signed it; give the one that has with \
                 `sslrootcert=FILE`"
                    .to_owned()
            }
            (CertificateError::NotValidForNameContext { expected, .. }, _) => {
                let name = expected.to_str();
                format!(
                    "it is not for `{name}`; use a name that it is for, or have one made for `{name}`"
                )
            }
            (CertificateError::Expired | CertificateError::ExpiredContext { .. }, _) => {
                "it has expired; have it renewed".to_owned()
            }
            (fault, _) => format!("{fault}; have another made"),
        };
        format!("the server's certificate is not accepted: {remedy}")
    }
}

/// The authorities of a file in PEM.
fn of_file(path: &Path) -> Result<RootCertStore, Error> {
    let wrong = |why: String| {
        let path = path.display();
        Error::Unsuitable(format!(
            "cannot read the certificates of `sslrootcert`, {path}: {why}"
        ))
    };
    let mut roots = RootCertStore::empty();
    let certificates = CertificateDer::pem_file_iter(path).map_err(|why| wrong(why.to_string()))?;
    for certificate in certificates {
        let certificate = certificate.map_err(|why| wrong(why.to_string()))?;
        roots
            .add(certificate)
            .map_err(|why| wrong(why.to_string()))?;
    }
    if roots.is_empty() {
        return Err(wrong("it holds no certificate in PEM".to_owned()));
    }
    Ok(roots)
}

fn of_system() -> Result<RootCertStore, Error> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    // An old authority that cannot be read must not take the others away.
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        return Err(Error::Unsuitable(
            "this system has no store of certificates to check the database's server with; \
             install one (`ca-certificates`), or give the authority with `sslrootcert=FILE`"
                .to_owned(),
        ));
    }
    Ok(roots)
}

/// Takes every certificate, as PostgreSQL's own clients do for `prefer` and `require`.
///
/// That the server has the key of its certificate is checked all the same: a password that is bound
/// to the connection is worth nothing else.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// What rustls says, which comes wrapped as an error of input and output.
fn encryption_error(cause: &tokio_postgres::Error) -> Option<&rustls::Error> {
    let mut source = cause.source();
    while let Some(error) = source {
        let inner = error
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::get_ref)
            .and_then(|inner| inner.downcast_ref::<rustls::Error>());
        if inner.is_some() {
            return inner;
        }
        source = error.source();
    }
    None
}

/// The driver keeps the kind of its errors to itself, but for the words.
fn is_of_handshake(cause: &tokio_postgres::Error) -> bool {
    cause
        .to_string()
        .starts_with("error performing TLS handshake")
}
