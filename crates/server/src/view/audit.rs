//! Records of the audit as sentences with what is behind them, as JSON, and as lines of a file.

use std::str::FromStr;

use jiff::Timestamp;
use portico_domain::agent::ValueChange;
use portico_domain::audit::End;
use portico_engine::{AuditEntry, AuditPage, AuditVerified, Undone};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// Some records, newest first.
#[derive(Serialize, ToSchema)]
pub struct AuditOut {
    pub records: Vec<AuditRecordOut>,
    /// What to give as `next` to go on; without it there are no more.
    pub next: Option<String>,
}

/// A call or a change, with what became of it.
#[derive(Serialize, ToSchema)]
pub struct AuditRecordOut {
    #[schema(example = "chn_0197c0de0000700080000000000000aa-17")]
    pub id: String,
    pub at: Timestamp,
    #[schema(
        example = "Store Agent read orders of `acme` (getOrders); allowed by its grant orders=read; 200 in 230 ms"
    )]
    pub sentence: String,
    /// `call`, `change`, `deal` of a flow, or `chain`, which the audit keeps for its own sake; `outcome` where
    /// it is asked for alone.
    #[schema(example = "call")]
    pub kind: String,
    /// `agent:NAME`, `key:NAME` of an administrator, `command-line`, `owner`, `flow:NAME` or `portico`.
    #[schema(example = "agent:Store Agent")]
    pub actor: Option<String>,
    #[schema(example = "acme")]
    pub connection: Option<String>,
    /// The vendor's operation, or an action such as `flow.pause`.
    #[schema(example = "getOrders")]
    pub operation: Option<String>,
    /// `allowed`, `denied`, `refused`, `asked` or `tried_out`.
    #[schema(example = "allowed")]
    pub verdict: Option<String>,
    /// What the vendor answered.
    #[schema(example = 200)]
    pub status: Option<u16>,
    /// How long it took; without it, no outcome is on record.
    #[schema(example = 230)]
    pub milliseconds: Option<u64>,
    /// When the call was taken back, or perhaps was: the sentence says which.
    pub undone_at: Option<Timestamp>,
    /// The record as it is chained.
    #[schema(value_type = Object)]
    pub record: Value,
}

/// A call that was taken back.
#[derive(Serialize, ToSchema)]
pub struct UndoneOut {
    #[schema(example = "chn_0197c0de0000700080000000000000aa-17")]
    pub undone: String,
    #[schema(example = "acme")]
    pub connection: String,
    #[schema(example = "updateProductVariant")]
    pub operation: String,
    /// What was set, from what the call had left to what there was before it.
    #[schema(value_type = Vec<Object>)]
    pub changes: Vec<ValueChange>,
}

impl From<Undone> for UndoneOut {
    fn from(undone: Undone) -> Self {
        Self {
            undone: undone.record.to_string(),
            connection: undone.connection,
            operation: undone.operation,
            changes: undone.changes,
        }
    }
}

/// What a verification has found.
#[derive(Serialize, ToSchema)]
pub struct AuditVerifiedOut {
    /// Whether all is as it was written.
    pub verified: bool,
    pub records: u64,
    pub chains: u64,
    /// When the oldest record was written.
    pub since: Option<Timestamp>,
    /// The first fault of each chain.
    pub faults: Vec<AuditFaultOut>,
}

/// Where the audit is not as it was written.
#[derive(Serialize, ToSchema)]
pub struct AuditFaultOut {
    /// The first record that cannot be believed.
    #[schema(example = "chn_0197c0de0000700080000000000000aa-17")]
    pub record: String,
    #[schema(example = "is missing")]
    pub what: String,
}

/// How records are written to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    Csv,
    Jsonl,
}

/// The text names no format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the formats are csv and jsonl")]
pub struct UnknownFormat;

impl FromStr for ExportFormat {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        match text {
            "csv" => Ok(Self::Csv),
            "jsonl" => Ok(Self::Jsonl),
            _ => Err(UnknownFormat),
        }
    }
}

impl ExportFormat {
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Jsonl => "application/jsonl",
        }
    }

    /// What stands before all records.
    #[must_use]
    pub fn head(self) -> &'static str {
        match self {
            Self::Csv => {
                "at,id,kind,actor,connection,operation,verdict,status,milliseconds,sentence\r\n"
            }
            Self::Jsonl => "",
        }
    }

    /// A record as a line, with the end of it.
    #[must_use]
    pub fn line(self, record: &AuditRecordOut) -> String {
        match self {
            Self::Csv => record.as_csv(),
            Self::Jsonl => {
                let json = serde_json::to_string(record);
                json.expect("a record of texts and numbers is JSON") + "\n"
            }
        }
    }
}

impl From<AuditPage> for AuditOut {
    fn from(page: AuditPage) -> Self {
        Self {
            records: page.entries.into_iter().map(Into::into).collect(),
            next: page.next,
        }
    }
}

impl From<AuditEntry> for AuditRecordOut {
    fn from(entry: AuditEntry) -> Self {
        let status = entry
            .outcome
            .as_ref()
            .and_then(|outcome| match outcome.end {
                End::Answered { status, .. } => Some(status),
                End::Done | End::NotDone { .. } => None,
            });
        Self {
            id: entry.id.to_string(),
            at: entry.at,
            sentence: entry.sentence,
            kind: entry.finding.kind,
            actor: entry.finding.actor,
            connection: entry.finding.connection,
            operation: entry.finding.operation,
            verdict: entry.finding.verdict,
            status,
            milliseconds: entry.outcome.map(|outcome| outcome.milliseconds),
            undone_at: entry.undone.map(|undone| undone.at),
            record: entry.record,
        }
    }
}

impl From<AuditVerified> for AuditVerifiedOut {
    fn from(found: AuditVerified) -> Self {
        let faults = found.faults.into_iter();
        let faults: Vec<AuditFaultOut> = faults
            .map(|fault| AuditFaultOut {
                record: fault.record,
                what: fault.what,
            })
            .collect();
        Self {
            verified: faults.is_empty(),
            records: found.records,
            chains: found.chains,
            since: found.since,
            faults,
        }
    }
}

impl AuditVerifiedOut {
    /// What was found, without the faults.
    #[must_use]
    pub fn summary(&self) -> String {
        let records = counted(self.records, "record");
        let chains = counted(self.chains, "chain");
        match self.since {
            Some(since) => format!("{records} in {chains} since {since:.0}"),
            None => format!("{records} in {chains}"),
        }
    }
}

impl AuditRecordOut {
    /// RFC 4180, and such that no spreadsheet takes a cell for a formula.
    fn as_csv(&self) -> String {
        let number = |number: Option<u64>| number.map(|it| it.to_string()).unwrap_or_default();
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let cells = [
            self.at.to_string(),
            self.id.clone(),
            self.kind.clone(),
            text(&self.actor),
            text(&self.connection),
            text(&self.operation),
            text(&self.verdict),
            number(self.status.map(Into::into)),
            number(self.milliseconds),
            self.sentence.clone(),
        ];
        let cells = cells.map(|text| cell(&text));
        cells.join(",") + "\r\n"
    }
}

fn cell(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let safe = if is_formula { "'" } else { "" };
    if !text.contains([',', '"', '\r', '\n']) {
        return format!("{safe}{text}");
    }
    format!("\"{safe}{}\"", text.replace('"', "\"\""))
}

fn counted(count: u64, what: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {what}{s}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_never_a_formula() {
        for (text, shown) in [
            ("acme", "acme"),
            ("=1+1", "'=1+1"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\tx", "'\tx"),
            ("\rx", "\"'\rx\""),
            ("=HYPERLINK(\"x\",1)", "\"'=HYPERLINK(\"\"x\"\",1)\""),
            ("a, b", "\"a, b\""),
            ("a\nb", "\"a\nb\""),
        ] {
            assert_eq!(cell(text), shown);
        }
    }
}
