//! What people change of Portico, in the words of records and of sentences.

use std::fmt;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A kind of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    AddConnection,
    AskOwner,
    AskOwnerAgain,
    ConsentToConnection,
    ReconnectConnection,
    RotateHookSecret,
    RemoveConnection,
    EraseConnection,
    AddFlow,
    ChangeFlow,
    PauseFlow,
    ResumeFlow,
    RemoveFlow,
    BackfillFlow,
    RepairFlow,
    AddKey,
    RevokeKey,
    AddAgent,
    GrantAgent,
    ReplaceGrants,
    RevokeAgent,
    RotateAgent,
    StopAgents,
    StartAgents,
    ApproveCall,
    RefuseCall,
    UndoCall,
    RetryWork,
    RetryAllWork,
    DismissWork,
}

impl Action {
    pub const ALL: [Self; 30] = [
        Self::AddConnection,
        Self::AskOwner,
        Self::AskOwnerAgain,
        Self::ConsentToConnection,
        Self::ReconnectConnection,
        Self::RotateHookSecret,
        Self::RemoveConnection,
        Self::EraseConnection,
        Self::AddFlow,
        Self::ChangeFlow,
        Self::PauseFlow,
        Self::ResumeFlow,
        Self::RemoveFlow,
        Self::BackfillFlow,
        Self::RepairFlow,
        Self::AddKey,
        Self::RevokeKey,
        Self::AddAgent,
        Self::GrantAgent,
        Self::ReplaceGrants,
        Self::RevokeAgent,
        Self::RotateAgent,
        Self::StopAgents,
        Self::StartAgents,
        Self::ApproveCall,
        Self::RefuseCall,
        Self::UndoCall,
        Self::RetryWork,
        Self::RetryAllWork,
        Self::DismissWork,
    ];

    /// The word that is kept, and that records are found by.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.words().0
    }

    /// As in "it paused the flow".
    #[must_use]
    pub const fn done(self) -> &'static str {
        self.words().1
    }

    /// As in "it tried to pause the flow".
    #[must_use]
    pub const fn tried(self) -> &'static str {
        self.words().2
    }

    const fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::AddConnection => ("connection.add", "connected", "connect"),
            Self::AskOwner => (
                "connection.ask",
                "asked an owner to connect",
                "ask an owner to connect",
            ),
            Self::AskOwnerAgain => (
                "connection.reauthorize",
                "asked the owner to connect anew",
                "ask the owner to connect anew",
            ),
            Self::ConsentToConnection => (
                "connection.consent",
                "consented to connect",
                "consent to connect",
            ),
            Self::ReconnectConnection => (
                "connection.reconnect",
                "gave a new credential to",
                "give a new credential to",
            ),
            Self::RotateHookSecret => (
                "connection.rotate",
                "exchanged the secret of the notifications of",
                "exchange the secret of the notifications of",
            ),
            Self::RemoveConnection => (
                "connection.remove",
                "removed the connection",
                "remove the connection",
            ),
            Self::EraseConnection => (
                "connection.erase",
                "erased all that was known of",
                "erase all that is known of",
            ),
            Self::AddFlow => ("flow.add", "added the flow", "add the flow"),
            Self::ChangeFlow => ("flow.set", "changed the flow", "change the flow"),
            Self::PauseFlow => ("flow.pause", "paused the flow", "pause the flow"),
            Self::ResumeFlow => ("flow.resume", "resumed the flow", "resume the flow"),
            Self::RemoveFlow => ("flow.remove", "removed the flow", "remove the flow"),
            Self::BackfillFlow => (
                "flow.backfill",
                "began to read history into the flow",
                "read history into the flow",
            ),
            Self::RepairFlow => ("flow.repair", "repaired the flow", "repair the flow"),
            Self::AddKey => ("key.add", "made the key", "make the key"),
            Self::RevokeKey => ("key.revoke", "revoked the key", "revoke the key"),
            Self::AddAgent => ("agent.add", "made the agent", "make the agent"),
            Self::GrantAgent => (
                "agent.grant",
                "changed what is granted to",
                "change what is granted to",
            ),
            Self::ReplaceGrants => (
                "agent.grants",
                "set anew what is granted to",
                "set anew what is granted to",
            ),
            Self::RevokeAgent => ("agent.revoke", "revoked the agent", "revoke the agent"),
            Self::RotateAgent => ("agent.rotate", "gave a new key to", "give a new key to"),
            Self::StopAgents => ("agents.stop", "stopped all agents", "stop all agents"),
            Self::StartAgents => (
                "agents.start",
                "let all agents go on",
                "let all agents go on",
            ),
            Self::ApproveCall => ("approval.approve", "agreed to", "agree to"),
            Self::RefuseCall => ("approval.refuse", "refused", "refuse"),
            Self::UndoCall => ("audit.undo", "undid the call", "undo the call"),
            Self::RetryWork => ("work.retry", "put back the work", "put back the work"),
            Self::RetryAllWork => (
                "work.retry_all",
                "put back all held work",
                "put back all held work",
            ),
            Self::DismissWork => ("work.dismiss", "dismissed the work", "dismiss the work"),
        }
    }

    /// Whether what is changed is a connection.
    #[must_use]
    pub fn is_of_connection(self) -> bool {
        self.as_str().starts_with("connection.")
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Action {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Action {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let word = String::deserialize(from)?;
        Self::ALL
            .into_iter()
            .find(|action| action.as_str() == word)
            .ok_or_else(|| D::Error::custom("no such action"))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_action_has_a_word_of_its_own_that_reads_back() {
        let words: BTreeSet<&str> = Action::ALL.map(Action::as_str).into();
        assert_eq!(words.len(), Action::ALL.len());
        for action in Action::ALL {
            let json = serde_json::to_string(&action).unwrap();
            assert_eq!(serde_json::from_str::<Action>(&json).unwrap(), action);
        }
    }
}
