//! `portico call`: one operation of a vendor, checked, paced and carried as the gateway does it.

mod body;
mod own;

use std::process::ExitCode;

use http_body_util::BodyExt;
use portico_engine::{
    APPROVAL_HEADER, CONNECTION_HEADER, Caller, DRY_RUN_HEADER, Engine, OperationCall,
};
use secrecy::SecretString;
use serde_json::Value;

use crate::config::Config;
use crate::failure::{Failure, Kind, Refused};
use crate::output::Output;
use crate::secret::SecretSource;
use crate::{logging, opening};

/// How a call ends about which a person was only asked: nothing is wrong, and nothing was done.
const ASKED: u8 = 6;

/// So much of a vendor's refusal is shown.
const REFUSAL_CHARS: usize = 2_000;

#[derive(Debug, clap::Args)]
pub(crate) struct CallArgs {
    /// The vendor's name of the operation, such as getOrders; `portico operations list` has all
    operation: String,

    /// The connection that it goes to [default: the oldest]
    #[arg(long, value_name = "NAME")]
    connection: Option<String>,

    /// A value of the path or of the query; may be given again
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = name_and_value)]
    params: Vec<(String, String)>,

    #[command(flatten)]
    body: body::BodyArgs,

    /// Call as the agent of this key, with its grants: a file, `-` for standard input, or env:NAME [default: as administrator]
    #[arg(long, value_name = "FILE|-|env:NAME")]
    key_file: Option<SecretSource>,

    /// Read a list to its end, and answer the rows of all pages
    #[arg(long)]
    all_pages: bool,

    /// Send nothing, and show what would be sent, what it would change, and what is decided of it
    #[arg(long)]
    dry_run: bool,
}

/// What came back.
struct Answer {
    status: http::StatusCode,
    connection: Option<String>,
    /// Whether it is of Portico's own, and says that nothing was sent.
    own: Option<Own>,
    body: Vec<u8>,
}

/// Why nothing was sent, though nothing is wrong.
#[derive(Clone, Copy)]
enum Own {
    DryRun,
    Asked,
}

pub(crate) async fn run(
    wanted: CallArgs,
    config: &Config,
    output: Output,
) -> Result<ExitCode, Failure> {
    logging::start_quiet(config)?;
    let names_none = wanted.connection.is_none();
    let opened = opening::existing(config).await?;
    let answer = answer(&opened.engine, wanted, config).await;
    opened.close().await;
    let answer = answer?;
    // A program reads one document from standard error, which a line before it would spoil.
    let is_told = names_none && !output.json;
    if let Some(name) = answer.connection.as_ref().filter(|_| is_told) {
        output.aside(format!("answered by `{name}`"))?;
    }
    if !answer.status.is_success() {
        return Err(refused(answer));
    }
    shown(&answer, output)
}

async fn answer(engine: &Engine, wanted: CallArgs, config: &Config) -> Result<Answer, Failure> {
    let key = wanted
        .key_file
        .as_ref()
        .map(SecretSource::read)
        .transpose()?;
    let caller = caller(engine, key).await?;
    let call = OperationCall {
        operation: wanted.operation,
        connection: wanted.connection,
        params: wanted.params,
        body: wanted.body.read()?,
        idempotency_key: None,
        is_dry: wanted.dry_run,
        base: format!("{}/squarespace", config.own_address()),
    };
    if wanted.all_pages {
        let answer = engine.call_all_pages(&caller, call).await?;
        return Ok(Answer::of(&answer, answer.body().to_vec()));
    }
    let (parts, body) = engine.call_operation(&caller, &call).await?.into_parts();
    let body = body.collect().await;
    let body = body.map_err(|why| {
        Failure::new(
            Kind::Vendor,
            format!("the answer broke off ({why}); try again"),
        )
    })?;
    let head = http::Response::from_parts(parts, ());
    Ok(Answer::of(&head, body.to_bytes().to_vec()))
}

async fn caller(engine: &Engine, key: Option<SecretString>) -> Result<Caller, Failure> {
    match key {
        // Whoever has the data folder may do everything anyway.
        None => Ok(Caller::Administrator(engine.actor().clone())),
        Some(key) => Ok(engine.caller(&key).await?),
    }
}

impl Answer {
    fn of<T>(answer: &http::Response<T>, body: Vec<u8>) -> Self {
        let headers = answer.headers();
        let connection = headers.get(CONNECTION_HEADER);
        let own = if headers.contains_key(DRY_RUN_HEADER) {
            Some(Own::DryRun)
        } else {
            headers.contains_key(APPROVAL_HEADER).then_some(Own::Asked)
        };
        Self {
            status: answer.status(),
            connection: connection
                .and_then(|name| name.to_str().ok())
                .map(str::to_owned),
            own,
            body,
        }
    }
}

fn shown(answer: &Answer, output: Output) -> Result<ExitCode, Failure> {
    if answer.body.is_empty() {
        output.answer(&Value::Null, |_| "done".to_owned())?;
        return Ok(ExitCode::SUCCESS);
    }
    let Ok(json) = serde_json::from_slice::<Value>(&answer.body) else {
        return Err(Failure::new(Kind::Vendor, "the answer is no JSON"));
    };
    output.answer(&json, |json| match answer.own {
        Some(Own::DryRun) => own::dry_run(json),
        Some(Own::Asked) => own::asked(json),
        None => format!("{json:#}"),
    })?;
    match answer.own {
        Some(Own::Asked) => ended(&json),
        Some(Own::DryRun) | None => Ok(ExitCode::SUCCESS),
    }
}

/// A call that a person was asked about is done, waits, or was not done for good.
fn ended(asked: &Value) -> Result<ExitCode, Failure> {
    match asked["status"].as_str() {
        Some("done") => Ok(ExitCode::SUCCESS),
        Some("pending" | "approved") => Ok(ExitCode::from(ASKED)),
        status => Err(Failure::failed(format!(
            "a person was asked, and it was not done: {}",
            status.unwrap_or("nothing is known of it")
        ))),
    }
}

/// A vendor's own words about why it did not do something.
fn refused(answer: Answer) -> Failure {
    let words = String::from_utf8_lossy(&answer.body);
    let words: String = words.trim().chars().take(REFUSAL_CHARS).collect();
    let said = if words.is_empty() {
        String::new()
    } else {
        format!(": {words}")
    };
    let message = format!("the vendor answered with {}{said}", answer.status);
    let body = serde_json::from_slice(&answer.body);
    Failure::new(Kind::Vendor, message).with_answer(Refused {
        status: answer.status.as_u16(),
        connection: answer.connection,
        body: body.unwrap_or_else(|_| String::from_utf8_lossy(&answer.body).into()),
    })
}

fn name_and_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        Some(_) | None => Err("give a name and a value, such as cursor=abc".to_owned()),
    }
}
