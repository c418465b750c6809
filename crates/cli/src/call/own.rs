//! What Portico itself answers to a call that it does not carry now, in words.

use portico_domain::agent::ValueChange;
use serde::Deserialize;
use serde_json::Value;

/// A dry run, as far as it is told in words.
#[derive(Deserialize)]
struct DryRun {
    connection: String,
    operation: String,
    request: Request,
    changes: Vec<ValueChange>,
    decision: Decision,
}

#[derive(Deserialize)]
struct Request {
    method: String,
    path: String,
    query: Option<String>,
    body: Option<Value>,
}

#[derive(Deserialize)]
struct Decision {
    verdict: String,
    because: String,
}

/// A call that waits for a person, or waited.
#[derive(Deserialize)]
struct Asked {
    approval: String,
    status: String,
    because: String,
    expires: String,
    outcome: Option<String>,
    answer: Option<Value>,
}

/// What would be sent, what it would change, and what is decided of it.
pub(super) fn dry_run(told: &Value) -> String {
    let Ok(tried) = DryRun::deserialize(told) else {
        return format!("{told:#}");
    };
    let DryRun {
        connection,
        operation,
        request,
        changes,
        decision,
    } = tried;
    let query = request.query.map(|query| format!("?{query}"));
    let mut lines = vec![
        "nothing was sent".to_owned(),
        format!(
            "{operation} at {connection} would send {} {}{}",
            request.method,
            request.path,
            query.unwrap_or_default()
        ),
    ];
    lines.extend(request.body.map(|body| format!("{body:#}")));
    lines.extend(
        changes
            .iter()
            .map(|change| format!("it would change {change}")),
    );
    let verdict = match decision.verdict.as_str() {
        "allow" => "it would be allowed",
        "ask" => "a person would be asked",
        _ => "it would be denied",
    };
    lines.push(format!("{verdict}: {}", decision.because));
    lines.join("\n")
}

/// That a person is asked, or what came of it.
pub(super) fn asked(told: &Value) -> String {
    let Ok(asked) = Asked::deserialize(told) else {
        return format!("{told:#}");
    };
    let Asked {
        approval,
        status,
        because,
        expires,
        outcome,
        answer,
    } = asked;
    if status == "pending" {
        return format!(
            "nothing was sent: a person is asked, because {because}; until {expires}, `portico approval approve {approval}` agrees to it"
        );
    }
    let mut lines = vec![format!("a person was asked before ({approval}): {status}")];
    lines.extend(outcome);
    lines.extend(answer.map(|answer| format!("{answer:#}")));
    lines.join("\n")
}
