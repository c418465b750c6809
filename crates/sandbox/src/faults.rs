//! Faults that a test asks for: which requests or webhooks they meet, and how often.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use regex::Regex;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::control::ControlError;
use crate::ids::Ids;

/// The faults in force, oldest first.
#[derive(Clone, Debug)]
pub(crate) struct Faults {
    rules: Arc<Mutex<Vec<Rule>>>,
    /// Tells those who wait out a delay that it is over.
    cleared: Arc<watch::Sender<()>>,
    ids: Ids,
}

/// One fault as the control API takes and shows it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fault {
    app: String,
    /// Any method when absent.
    method: Option<String>,
    /// A regular expression on the vendor's own path with the query (on the address, for webhooks).
    path: Option<String>,
    kind: Kind,
    status: Option<u16>,
    ms: Option<u64>,
    /// How many more requests it meets; without end when absent.
    times: Option<u32>,
    probability: Option<f64>,
}

/// What a fault does.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Status,
    Html,
    Delay,
    DelayAfter,
    DropBefore,
    DropAfter,
    DuplicateWebhook,
    LoseWebhook,
    ReorderWebhooks,
}

/// What becomes of one request.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RequestFate {
    /// Before the handler runs.
    pub(crate) delay: Duration,
    /// Before its answer is sent.
    pub(crate) delay_after: Duration,
    pub(crate) end: Option<RequestEnd>,
}

/// How a request ends otherwise than by the handler's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RequestEnd {
    /// The vendor's own error body with this status.
    Status(u16),
    /// An HTML page with this status, as a proxy in front of the vendor sends.
    Html(u16),
    DropBefore,
    DropAfter,
}

/// What becomes of one webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WebhookFate {
    Deliver,
    /// The second time so much later.
    Twice {
        later_ms: i64,
    },
    Lose,
    AfterTheNext,
}

impl Faults {
    pub(crate) fn new(ids: Ids) -> Self {
        Self {
            rules: Arc::default(),
            cleared: Arc::default(),
            ids,
        }
    }

    pub(crate) fn add(&self, fault: Fault) -> Result<(), ControlError> {
        let rule = Rule::try_from(fault)?;
        self.rules().push(rule);
        Ok(())
    }

    pub(crate) fn list(&self) -> Vec<Fault> {
        self.rules().iter().map(|rule| rule.fault.clone()).collect()
    }

    pub(crate) fn clear(&self) {
        self.rules().clear();
        self.cleared.send_replace(());
    }

    /// Sees every clearing from now on.
    pub(crate) fn cleared(&self) -> watch::Receiver<()> {
        self.cleared.subscribe()
    }

    /// Decides the fate of a request: all delays that meet it, and the first other fault.
    pub(crate) fn meet_request(&self, app: &str, method: &str, path: &str) -> RequestFate {
        let mut fate = RequestFate::default();
        for rule in self.rules().iter_mut() {
            let end = match rule.fault.kind {
                Kind::Delay | Kind::DelayAfter => None,
                Kind::Status => Some(RequestEnd::Status(rule.status())),
                Kind::Html => Some(RequestEnd::Html(rule.status())),
                Kind::DropBefore => Some(RequestEnd::DropBefore),
                Kind::DropAfter => Some(RequestEnd::DropAfter),
                Kind::DuplicateWebhook | Kind::LoseWebhook | Kind::ReorderWebhooks => continue,
            };
            if (end.is_some() && fate.end.is_some()) || !rule.meets(&self.ids, app, method, path) {
                continue;
            }
            let delay = Duration::from_millis(rule.fault.ms.unwrap_or_default());
            match end {
                Some(end) => fate.end = Some(end),
                None if rule.fault.kind == Kind::DelayAfter => fate.delay_after += delay,
                None => fate.delay += delay,
            }
        }
        fate
    }

    /// Decides the fate of a webhook to this address.
    pub(crate) fn meet_webhook(&self, app: &str, url: &str) -> WebhookFate {
        for rule in self.rules().iter_mut() {
            let fate = match rule.fault.kind {
                Kind::DuplicateWebhook => WebhookFate::Twice {
                    later_ms: i64::try_from(rule.fault.ms.unwrap_or_default()).unwrap_or(i64::MAX),
                },
                Kind::LoseWebhook => WebhookFate::Lose,
                Kind::ReorderWebhooks => WebhookFate::AfterTheNext,
                Kind::Status
                | Kind::Html
                | Kind::Delay
                | Kind::DelayAfter
                | Kind::DropBefore
                | Kind::DropAfter => continue,
            };
            if rule.meets(&self.ids, app, "POST", url) {
                return fate;
            }
        }
        WebhookFate::Deliver
    }

    fn rules(&self) -> MutexGuard<'_, Vec<Rule>> {
        self.rules.lock().expect("matching a fault does not panic")
    }
}

impl RequestEnd {
    /// The name of the kind, for the journal.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Status(_) => "status",
            Self::Html(_) => "html",
            Self::DropBefore => "drop_before",
            Self::DropAfter => "drop_after",
        }
    }
}

/// A fault with its expression compiled.
#[derive(Debug)]
struct Rule {
    fault: Fault,
    path: Option<Regex>,
}

impl Rule {
    const DEFAULT_STATUS: u16 = 503;

    fn status(&self) -> u16 {
        self.fault.status.unwrap_or(Self::DEFAULT_STATUS)
    }

    /// Whether the fault strikes here; counts down when it does.
    fn meets(&mut self, ids: &Ids, app: &str, method: &str, path: &str) -> bool {
        let fault = &mut self.fault;
        let aimed = fault.app == app
            && fault
                .method
                .as_deref()
                .is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
            && self
                .path
                .as_ref()
                .is_none_or(|wanted| wanted.is_match(path));
        if !aimed || fault.times == Some(0) || !fault.probability.is_none_or(|p| ids.chance(p)) {
            return false;
        }
        fault.times = fault.times.map(|left| left - 1);
        true
    }
}

impl TryFrom<Fault> for Rule {
    type Error = ControlError;

    fn try_from(fault: Fault) -> Result<Self, ControlError> {
        let path = fault
            .path
            .as_deref()
            .map(Regex::new)
            .transpose()
            .map_err(|cause| {
                ControlError::bad_request(format!("`path` is not a regular expression: {cause}"))
            })?;
        if fault
            .status
            .is_some_and(|status| !(200..=599).contains(&status))
        {
            return Err(ControlError::bad_request(
                "`status` must be between 200 and 599",
            ));
        }
        if matches!(fault.kind, Kind::Delay | Kind::DelayAfter) && fault.ms.is_none() {
            return Err(ControlError::bad_request(
                "a delay needs `ms`, in milliseconds of real time",
            ));
        }
        Ok(Self { fault, path })
    }
}
