//! The audit: what was called and changed, in sentences, and the proof that nothing of it was altered.

use axum::Json as Answer;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream::try_unfold;
use http::{StatusCode, header};
use portico_domain::audit::{Kind, RecordId, Verdict};
use portico_engine::{AuditEntry, AuditQuery, Engine, Error};
use serde::Deserialize;
use utoipa::IntoParams;

use super::Acting;
use super::refusals::{Always, OfOne, OfQuery};
use crate::error::{ApiError, Problem};
use crate::extract::{Path, Query};
use crate::moment::Since;
use crate::view::audit::{AuditOut, AuditRecordOut, AuditVerifiedOut, ExportFormat, UndoneOut};

/// So many records are listed where nothing else is said.
const LISTED: usize = 50;

/// So many at most.
const MOST: usize = 500;

/// Lists what was called and changed, newest first
///
/// Records of the kind `chain`, which the audit keeps for its own sake, are left out unless `kind` asks for them.
#[utoipa::path(
    get,
    path = "/audit",
    operation_id = "list_audit",
    tag = "audit",
    params(ListQuery),
    responses((status = 200, description = "Calls and changes, each with what became of it", body = AuditOut), Always, OfQuery)
)]
pub(crate) async fn list(
    State(engine): State<Engine>,
    Query(query): Query<ListQuery>,
) -> Result<Answer<AuditOut>, ApiError> {
    let limit = query.limit.unwrap_or(LISTED);
    if !(1..=MOST).contains(&limit) {
        return Err(unusable(format!("`limit` is a number from 1 to {MOST}")));
    }
    let now = engine.now();
    let wanted = AuditQuery {
        kind: query.kind.map(kind_of).transpose()?,
        agent: query.agent,
        connection: query.connection,
        operation: query.operation,
        verdict: query.verdict.map(verdict_of).transpose()?,
        since: query.since.map(|since| since.before(now)),
        until: query.until.map(|until| until.before(now)),
    };
    let page = engine.audit(&wanted, query.next.as_deref(), limit).await?;
    Ok(Answer(page.into()))
}

/// Shows one record
#[utoipa::path(
    get,
    path = "/audit/{id}",
    operation_id = "show_audit_record",
    tag = "audit",
    params(("id" = String, Path, description = "The identifier of the record")),
    responses((status = 200, description = "The record", body = AuditRecordOut), Always, OfOne)
)]
pub(crate) async fn show(
    State(engine): State<Engine>,
    Path(id): Path<String>,
) -> Result<Answer<AuditRecordOut>, ApiError> {
    let parsed: Result<RecordId, _> = id.parse();
    let id = parsed.map_err(|_| Error::NotFound(format!("record `{id}`")))?;
    Ok(Answer(engine.audit_entry(id).await?.into()))
}

/// Takes a call back: the values that it changed become what they were
///
/// Values of products and stock that was set become what they were, if nobody has changed them since. Stock that
/// was moved by an amount is moved back by it, whatever there is now. A call is taken back once; the undo is a
/// call of its own, and can be taken back in its turn.
#[utoipa::path(
    post,
    path = "/audit/{id}/undo",
    operation_id = "undo_call",
    tag = "audit",
    params(("id" = String, Path, description = "The identifier of the record of the call")),
    responses(
        (status = 200, description = "It was taken back", body = UndoneOut),
        (status = 409, description = "It cannot be taken back, or somebody has changed it since", body = Problem, content_type = "application/problem+json"),
        Always, OfOne
    )
)]
pub(crate) async fn undo(
    Acting(engine): Acting,
    Path(id): Path<String>,
) -> Result<Answer<UndoneOut>, ApiError> {
    let parsed: Result<RecordId, _> = id.parse();
    let id = parsed.map_err(|_| Error::NotFound(format!("record `{id}`")))?;
    Ok(Answer(engine.undo(id).await?.into()))
}

/// Proves that no record was changed, removed, inserted or moved; reads all of them
#[utoipa::path(
    get,
    path = "/audit/verify",
    operation_id = "verify_audit",
    tag = "audit",
    responses((status = 200, description = "What was found, with the first fault of each chain", body = AuditVerifiedOut), Always)
)]
pub(crate) async fn verify(
    State(engine): State<Engine>,
) -> Result<Answer<AuditVerifiedOut>, ApiError> {
    let found = engine.verify_audit(|_, _| {}).await?;
    Ok(Answer(found.into()))
}

/// Sends all records as a file, oldest first
#[utoipa::path(
    get,
    path = "/audit/export",
    operation_id = "export_audit",
    tag = "audit",
    params(ExportQuery),
    responses((status = 200, description = "A line for each, as CSV or as JSON", body = String, content_type = "text/csv"), Always, OfQuery)
)]
pub(crate) async fn export(
    State(engine): State<Engine>,
    Query(query): Query<ExportQuery>,
) -> Result<Response, ApiError> {
    let format = query.format.as_deref().unwrap_or("csv");
    let format: ExportFormat = format
        .parse()
        .map_err(|why| unusable(format!("`format`: {why}")))?;
    let ExportQuery {
        kind,
        agent,
        connection,
        operation,
        verdict,
        since,
        until,
        format: _,
    } = query;
    let now = engine.now();
    let export = Export {
        engine,
        query: AuditQuery {
            kind: kind.map(kind_of).transpose()?,
            agent,
            connection,
            operation,
            verdict: verdict.map(verdict_of).transpose()?,
            since: since.map(|since| since.before(now)),
            until: until.map(|until| until.before(now)),
        },
        format,
        last: None,
        is_over: false,
    };
    let lines = Body::from_stream(try_unfold(export, Export::next));
    Ok(([(header::CONTENT_TYPE, format.media_type())], lines).into_response())
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// `call`, `change`, `deal` or `chain`; without it, all but `chain`.
    kind: Option<String>,
    /// The name of an agent.
    agent: Option<String>,
    /// The name of a connection.
    connection: Option<String>,
    /// A vendor's operation, or an action such as `flow.pause`.
    operation: Option<String>,
    /// `allowed`, `denied`, `refused`, `asked` or `tried_out`.
    verdict: Option<String>,
    /// Not older than this: a moment, a day from its beginning in UTC, or how long ago, such as `1d`.
    #[param(value_type = Option<String>)]
    since: Option<Since>,
    /// Older than this, said in the same way.
    #[param(value_type = Option<String>)]
    until: Option<Since>,
    /// How many: 50 without it, and 500 at most.
    #[param(value_type = Option<usize>, default = 50)]
    limit: Option<usize>,
    /// The `next` of the answer before; from the newest without it.
    next: Option<String>,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportQuery {
    /// `call`, `change`, `deal` or `chain`; without it, all.
    kind: Option<String>,
    /// The name of an agent.
    agent: Option<String>,
    /// The name of a connection.
    connection: Option<String>,
    /// A vendor's operation, or an action such as `flow.pause`.
    operation: Option<String>,
    /// `allowed`, `denied`, `refused`, `asked` or `tried_out`.
    verdict: Option<String>,
    /// Not older than this: a moment, a day from its beginning in UTC, or how long ago, such as `1d`.
    #[param(value_type = Option<String>)]
    since: Option<Since>,
    /// Older than this, said in the same way.
    #[param(value_type = Option<String>)]
    until: Option<Since>,
    /// `csv` or `jsonl`.
    #[param(default = "csv")]
    format: Option<String>,
}

/// An export on its way.
struct Export {
    engine: Engine,
    query: AuditQuery,
    format: ExportFormat,
    last: Option<AuditEntry>,
    is_over: bool,
}

impl Export {
    /// Some more lines, as long as there are any.
    async fn next(mut self) -> Result<Option<(Bytes, Self)>, Error> {
        if self.is_over {
            return Ok(None);
        }
        let head = match &self.last {
            None => self.format.head(),
            Some(_) => "",
        };
        let entries = self
            .engine
            .audit_after(&self.query, self.last.as_ref())
            .await?;
        self.is_over = entries.is_empty();
        self.last = entries.last().cloned().or(self.last);
        let mut text = head.to_owned();
        text.extend(
            entries
                .into_iter()
                .map(|entry| self.format.line(&entry.into())),
        );
        Ok(Some((Bytes::from(text), self)))
    }
}

fn kind_of(word: String) -> Result<Kind, ApiError> {
    word.parse()
        .map_err(|why| unusable(format!("`kind`: {why}")))
}

fn verdict_of(word: String) -> Result<Verdict, ApiError> {
    word.parse()
        .map_err(|why| unusable(format!("`verdict`: {why}")))
}

fn unusable(detail: String) -> ApiError {
    ApiError::Input {
        status: StatusCode::BAD_REQUEST,
        detail,
    }
}
