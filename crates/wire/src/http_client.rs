//! Sends one request at a time, JSON or a file: no redirects, no cookies, no proxy from the environment, no second try.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use reqwest::multipart;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;

use crate::error::{self, Error, Failure, KEPT_BODY_BYTES, Kind, Outcome, SetupError};
use crate::observed::{self, Exchange};
use crate::reach::Reach;
use crate::retry_after;

/// Where to send requests, and the patience for them.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The address that all paths are appended to; may have a path of its own.
    pub base: Url,
    /// Which addresses its host may have.
    pub reach: Reach,
    /// Who we say we are; vendors treat library defaults worse.
    pub user_agent: String,
    /// How long a connection may take to stand.
    pub connect_timeout: Duration,
    /// How long a whole call may take, connection and body included.
    pub timeout: Duration,
    /// The longest answer that is read; a longer one is an error.
    pub max_answer_bytes: usize,
}

/// A pooled HTTP client bound to one base address. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Http {
    client: reqwest::Client,
    base: Url,
    max_answer_bytes: usize,
}

/// One request being put together.
#[derive(Debug)]
pub struct Request {
    http: Http,
    operation: &'static str,
    url: Url,
    builder: reqwest::RequestBuilder,
}

/// A file to upload.
pub struct File {
    /// Its name.
    pub name: String,
    /// What it holds, such as `image/png`.
    pub media_type: &'static str,
    /// Its bytes.
    pub content: Vec<u8>,
}

/// A success: its status, its headers and its whole body.
pub struct Answer {
    /// A 2xx status.
    pub status: StatusCode,
    /// The headers as they came.
    pub headers: HeaderMap,
    /// The body as it came.
    pub body: Bytes,
    operation: &'static str,
}

impl Http {
    /// Makes a client, with ring as the TLS provider where none is installed yet.
    pub fn new(settings: Settings) -> Result<Self, SetupError> {
        let Settings { base, reach, .. } = settings;
        if !matches!(base.scheme(), "http" | "https") {
            return Err(SetupError::Base(base));
        }
        if !reach.admits(&base) {
            return Err(SetupError::Reach(base));
        }
        // Another part of the process may have chosen a provider before us: then that one serves.
        rustls::crypto::ring::default_provider()
            .install_default()
            .ok();
        let client = reqwest::Client::builder()
            .user_agent(settings.user_agent)
            .connect_timeout(settings.connect_timeout)
            .timeout(settings.timeout)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .dns_resolver(Arc::new(reach))
            .build()?;
        Ok(Self {
            client,
            base,
            max_answer_bytes: settings.max_answer_bytes,
        })
    }

    /// The address that all paths are appended to.
    pub fn base(&self) -> &Url {
        &self.base
    }

    /// Starts a request from its method and path template, such as `GET /orders/{id}`; each `{…}` takes
    /// the next of `parameters`, percent-encoded as one path segment.
    ///
    /// # Panics
    ///
    /// When the template is not a method and a path, or has more holes than there are parameters: both are
    /// constants of the calling method.
    pub fn request(&self, operation: &'static str, parameters: &[&str]) -> Request {
        let (method, path) = operation
            .split_once(" /")
            .expect("an operation is a method and a path");
        let method =
            Method::from_bytes(method.as_bytes()).expect("an operation starts with its method");
        let mut parameters = parameters.iter();
        let segments = path.split('/').map(|segment| {
            if segment.starts_with('{') {
                parameters
                    .next()
                    .expect("each hole of an operation has its parameter")
            } else {
                segment
            }
        });
        let mut url = self.base.clone();
        url.path_segments_mut()
            .expect("the base address was checked to carry a path")
            .pop_if_empty()
            .extend(segments);
        let builder = self.client.request(method, Url::clone(&url));
        Request {
            http: self.clone(),
            operation,
            url,
            builder,
        }
    }
}

impl Request {
    /// Adds one pair to the query, percent-encoded.
    pub fn query(mut self, name: &str, value: impl AsRef<str>) -> Self {
        self.url.query_pairs_mut().append_pair(name, value.as_ref());
        self
    }

    /// Adds one pair to the query where there is a value.
    pub fn query_if(self, name: &str, value: Option<impl AsRef<str>>) -> Self {
        match value {
            Some(value) => self.query(name, value),
            None => self,
        }
    }

    /// Sends the token as `Authorization: Bearer`, in a header that is never logged.
    pub fn bearer(mut self, token: &SecretString) -> Self {
        self.builder = self.builder.bearer_auth(token.expose_secret());
        self
    }

    /// Sends name and password as `Authorization: Basic`, in a header that is never logged.
    pub fn basic(mut self, name: &str, password: &SecretString) -> Self {
        self.builder = self
            .builder
            .basic_auth(name, Some(password.expose_secret()));
        self
    }

    /// Adds a header.
    pub fn header(mut self, name: HeaderName, value: &str) -> Self {
        self.builder = self.builder.header(name, value);
        self
    }

    /// Sends the value as the JSON body.
    pub fn json(mut self, body: &(impl Serialize + ?Sized)) -> Self {
        self.builder = self.builder.json(body);
        self
    }

    /// Sends a form with one part, which is a file, as the body.
    ///
    /// # Panics
    ///
    /// When the media type is none: it is a constant of the calling method.
    pub fn file(mut self, part: &'static str, file: File) -> Self {
        let content = multipart::Part::bytes(file.content)
            .file_name(file.name)
            .mime_str(file.media_type)
            .expect("the media type is a constant that parses");
        self.builder = self
            .builder
            .multipart(multipart::Form::new().part(part, content));
        self
    }

    /// Sends the request and reads the answer as JSON.
    pub async fn fetch<T: DeserializeOwned>(self) -> Result<T, Error> {
        self.send().await?.json()
    }

    /// Sends the request and cares only that it succeeded.
    pub async fn run(self) -> Result<(), Error> {
        self.send().await.map(|_| ())
    }

    /// Sends the request once and reads the whole answer; every status but 2xx is an error.
    pub async fn send(self) -> Result<Answer, Error> {
        let Self {
            http,
            operation,
            url,
            builder,
        } = self;
        let broken = |error| Error::without_answer(operation, error::of_transport(error));
        let mut request = builder.build().map_err(broken)?;
        *request.url_mut() = url.clone();
        let method = request.method().clone();
        let answer = match http.client.execute(request).await.map_err(broken) {
            Err(error) => Err(error),
            Ok(response) if response.status().is_success() => {
                succeeded(operation, response, http.max_answer_bytes).await
            }
            Ok(response) => Err(refused(operation, response).await),
        };
        let status = match &answer {
            Ok(answer) => Some(answer.status),
            Err(error) => error
                .status
                .and_then(|status| StatusCode::from_u16(status).ok()),
        };
        observed::tell(&Exchange {
            method: &method,
            path: url
                .path()
                .strip_prefix(http.base.path().trim_end_matches('/'))
                .unwrap_or(url.path()),
            status,
        });
        answer
    }
}

impl Answer {
    /// Whether there is nothing to read.
    pub fn is_empty(&self) -> bool {
        self.status == StatusCode::NO_CONTENT || self.body.is_empty()
    }

    /// Reads the body as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(&self.body).map_err(|error| {
            // The place is safe to log; the text of serde's message may quote the value.
            let message = format!(
                "the vendor answered {} with a body that is not what we know ({:?} error at line {} column {})",
                self.status,
                error.classify(),
                error.line(),
                error.column(),
            );
            self.malformed(message)
        })
    }

    /// An error that says why this success is of no use.
    pub fn malformed(&self, message: String) -> Error {
        malformed(self.operation, self.status, &self.headers, message).with_body(self.body.clone())
    }
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answer")
            .field("operation", &self.operation)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

async fn succeeded(
    operation: &'static str,
    response: reqwest::Response,
    limit: usize,
) -> Result<Answer, Error> {
    let (status, headers) = (response.status(), response.headers().clone());
    let (body, end) = read(response, limit).await;
    match end {
        End::Whole => Ok(Answer {
            status,
            headers,
            body,
            operation,
        }),
        End::TooLong => {
            let message = format!("the vendor answered {status} with more than {limit} bytes");
            Err(malformed(operation, status, &headers, message))
        }
        End::Broken(error) => {
            let mut broken = Error::without_answer(operation, error::of_transport(error));
            broken.status = Some(status.as_u16());
            broken.request_id = request_id(&headers);
            Err(broken)
        }
    }
}

/// The refusal stands even where its body cannot be read to the end.
async fn refused(operation: &'static str, response: reqwest::Response) -> Error {
    let (status, headers) = (response.status(), response.headers().clone());
    let (body, _) = read(response, KEPT_BODY_BYTES).await;
    let is_json = serde_json::from_slice::<serde::de::IgnoredAny>(&body).is_ok()
        || headers.get(header::CONTENT_TYPE).is_some_and(names_json);
    let mut error =
        Error::without_answer(operation, error::of_status(status, is_json)).with_body(body);
    error.status = Some(status.as_u16());
    error.retry_after = retry_after::read(&headers);
    error.request_id = request_id(&headers);
    error
}

fn malformed(
    operation: &'static str,
    status: StatusCode,
    headers: &HeaderMap,
    message: String,
) -> Error {
    let failure = Failure {
        kind: Kind::Malformed,
        outcome: Outcome::Unknown,
        message,
    };
    let mut error = Error::without_answer(operation, failure);
    error.status = Some(status.as_u16());
    error.request_id = request_id(headers);
    error
}

enum End {
    Whole,
    TooLong,
    Broken(reqwest::Error),
}

async fn read(mut response: reqwest::Response, limit: usize) -> (Bytes, End) {
    let mut body = BytesMut::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() <= limit => body.extend_from_slice(&chunk),
            Ok(Some(chunk)) => {
                body.extend_from_slice(&chunk[..limit - body.len()]);
                return (body.freeze(), End::TooLong);
            }
            Ok(None) => return (body.freeze(), End::Whole),
            Err(error) => return (body.freeze(), End::Broken(error)),
        }
    }
}

fn names_json(content_type: &HeaderValue) -> bool {
    content_type
        .to_str()
        .is_ok_and(|value| value.contains("json"))
}

fn request_id(headers: &HeaderMap) -> Option<String> {
    let value = ["x-request-id", "x-contextid"]
        .into_iter()
        .find_map(|name| headers.get(name))?;
    value.to_str().ok().map(str::to_owned)
}
