//! `portico approval`: the calls of agents that wait for a person, who agrees or refuses.

use portico_domain::agent::laid_out;
use portico_domain::approval::ApprovalId;
use portico_engine::{Caller, Engine};
use portico_server::view::approval::{ApprovalOut, ApprovalsOut, RequestOut};

use crate::config::Config;
use crate::failure::Failure;
use crate::output::Output;
use crate::{logging, opening};

#[derive(Clone, Debug, clap::Subcommand)]
pub(crate) enum Action {
    /// List the calls that a person was asked about: those that wait first, then the newest
    List {
        /// Only those of this agent
        #[arg(long, value_name = "NAME")]
        agent: Option<String>,
        /// How many, from 1 on
        #[arg(long, value_name = "COUNT", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
        limit: u32,
        /// Go on where the list before ended, with what it said
        #[arg(long, value_name = "NEXT")]
        next: Option<String>,
    },
    /// Show one with its request and what became of it
    Show {
        /// As `portico approval list` shows it
        id: ApprovalId,
    },
    /// Agree to a call: it is made once, at once, and by the rights that its agent has now
    Approve {
        /// As `portico approval list` shows it
        id: ApprovalId,
    },
    /// Refuse a call for good
    Refuse {
        /// As `portico approval list` shows it
        id: ApprovalId,
    },
}

pub(crate) async fn run(action: Action, config: &Config, output: Output) -> Result<(), Failure> {
    logging::start_quiet(config)?;
    // The requests are sealed.
    let opened = opening::existing_with_credentials(config).await?;
    let engine = &opened.engine;
    let done = match action {
        Action::List { agent, limit, next } => {
            let page = engine.approvals(agent.as_deref(), next.as_deref(), limit as usize);
            list(page.await?.into(), output)
        }
        Action::Show { id } => show(engine, id, output).await,
        Action::Approve { id } => Box::pin(approve(engine, id, output)).await,
        Action::Refuse { id } => refuse(engine, id, output).await,
    };
    opened.close().await;
    done
}

fn list(approvals: ApprovalsOut, output: Output) -> Result<(), Failure> {
    output.answer(&approvals, |shown| {
        if shown.approvals.is_empty() {
            return "no call waits for a person".to_owned();
        }
        let mut lines: Vec<String> = shown.approvals.iter().map(line).collect();
        if let Some(next) = &shown.next {
            lines.push(format!("there is more: --next {next}"));
        }
        lines.join("\n")
    })
}

async fn show(engine: &Engine, id: ApprovalId, output: Output) -> Result<(), Failure> {
    let caller = Caller::Administrator(engine.actor().clone());
    let view = engine.approval(&caller, id).await?;
    output.answer(&ApprovalOut::from(view), in_words)
}

/// Ends with a failure where the call was not done.
async fn approve(engine: &Engine, id: ApprovalId, output: Output) -> Result<(), Failure> {
    let shown = ApprovalOut::from(engine.approve(id).await?);
    output.answer(&shown, in_words)?;
    if shown.status == "done" {
        return Ok(());
    }
    let why = shown.outcome.unwrap_or_default();
    let end = match shown.status.as_str() {
        "failed" => "not done",
        _ => "it may have been done, so look",
    };
    Err(Failure::failed(format!(
        "it was agreed to, and {end}: {why}"
    )))
}

async fn refuse(engine: &Engine, id: ApprovalId, output: Output) -> Result<(), Failure> {
    let shown = ApprovalOut::from(engine.refuse(id).await?);
    output.answer(&shown, |shown| format!("refused: {}", shown.sentence))
}

fn line(approval: &ApprovalOut) -> String {
    let ApprovalOut {
        id,
        status,
        sentence,
        expires_at,
        ..
    } = approval;
    if status == "pending" {
        let blocked = match &approval.blocked_by {
            Some(why) => format!("; it would not be made now: {why}"),
            None => String::new(),
        };
        return format!("{id}  {sentence}; waits until {expires_at:.0}{blocked}");
    }
    format!("{id}  {sentence}; {}", became(approval))
}

/// What became of a call, in words.
fn became(approval: &ApprovalOut) -> String {
    let by = |done: &str| match &approval.decided_by {
        Some(by) => format!("{done} by {by}"),
        None => done.to_owned(),
    };
    let outcome = approval.outcome.as_deref().unwrap_or_default();
    match approval.status.as_str() {
        "pending" => format!("it waits until {:.0}", approval.expires_at),
        "approved" => by("agreed to") + ", and under way",
        "done" => format!("{}, and done: {outcome}", by("agreed to")),
        "failed" => format!("{}, and not done: {outcome}", by("agreed to")),
        "unknown" => by("agreed to") + ", and it may have been done, so look",
        "expired" => "nobody decided in time".to_owned(),
        other => by(other),
    }
}

fn in_words(approval: &ApprovalOut) -> String {
    let mut lines = vec![
        approval.sentence.clone(),
        format!(
            "asked at {:.0}, because {}",
            approval.asked_at, approval.because
        ),
        became(approval),
    ];
    lines.extend(approval.caution.map(|caution| format!("beware: {caution}")));
    if let Some(request) = &approval.request {
        lines.push(sent(request));
    }
    if let Some(answer) = &approval.answer {
        lines.push(format!("answer: {}", laid_out(answer)));
    }
    if approval.status == "pending" {
        lines.push(match &approval.blocked_by {
            Some(why) => format!("if you agreed now, it would not be made: {why}"),
            None => format!("to agree: portico approval approve {}", approval.id),
        });
        lines.push(format!(
            "to refuse: portico approval refuse {}",
            approval.id
        ));
    }
    lines.join("\n")
}

/// A request as a person reads it.
fn sent(request: &RequestOut) -> String {
    let RequestOut {
        method,
        path,
        query,
        body,
    } = request;
    let query = query.as_ref().map(|query| format!("?{query}"));
    let body = body.as_ref().map(|body| format!("\n{}", laid_out(body)));
    format!(
        "request: {method} {path}{}{}",
        query.unwrap_or_default(),
        body.unwrap_or_default()
    )
}
