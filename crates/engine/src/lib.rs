//! The use cases of Portico: connect, take in, sync, repair. What the product does, whatever the door.
//!
//! Read `hooks` first (the shortest complete story: a notification becomes work), then `work` (how
//! work is done), then `deals` (what the product is for). Every door (web, command
//! line) calls the methods of [`Engine`], and nothing is decided at a door.

mod agents;
mod approvals;
mod apps;
mod audit;
mod budget;
mod calls;
mod clock;
mod connections;
mod credentials;
mod crm;
mod deals;
mod error;
mod flows;
mod gateway;
mod hooks;
mod keys;
mod metrics;
mod operations;
mod orders;
mod overview;
mod reached;
mod reason;
mod recent;
mod setup;
mod site;
mod steps;
mod undo;
mod vault;
mod work;

pub use agents::{
    AgentContext, ExpiryChange, ForgottenRule, KEY_OVERLAP, KillSwitch, NewAgent, NewGrant,
    NewRights, NewRule, RightsChange, RotatedAgent,
};
pub use approvals::{ApprovalView, ApprovalsPage, WaitingCall};
pub use audit::{AuditEntry, AuditFault, AuditPage, AuditQuery, AuditSettings, AuditVerified};
pub use budget::{Balance, Left, Pace, Paces};
pub use clock::SystemClock;
pub use connections::{
    Ask, Condition, Consent, ConsentAnswer, ConsentPage, ConsentProblem, ConsentProgress,
    ConsentRequest, CredentialState, NewCredential, NotConnected, Removed, Tested,
};
pub use credentials::OAuthClient;
pub use crm::Repaired;
pub use error::Error;
pub use flows::{
    Backfill, FlowAdded, FlowChange, FlowChanged, FlowPlan, FlowView, NewFlow, Progress,
    SettingsChange, UnknownSetting,
};
pub use gateway::{
    APPROVAL_HEADER, BodyError, CONNECTION_HEADER, Caller, DRY_RUN_HEADER, HIDDEN_HEADER,
    NativeCall, NotCarried, Refusal, Shown, Streamed,
};
pub use hooks::{Accepted, KOMMO_DELIVERY_BYTES, Refused};
pub use keys::NewKey;
pub use operations::{CallBody, Granted, OperationCall, OperationFilter, OperationView};
pub use orders::{DealView, OrderView};
pub use overview::{FlowHealth, Happening, Overview};
pub use reason::Reason;
pub use setup::{Endpoints, Engine, Setup};
pub use site::Rotated;
pub use squarespace::Endpoints as SquarespaceEndpoints;
pub use steps::{Step, Steps};
pub use undo::Undone;
pub use vault::{MasterKey, WrongMasterKey};
pub use work::{WorkView, Worked};

/// What an operation is, for the doors, which do not know the clients.
pub use wire::catalog;

/// What the store keeps and people see, for the doors, which do not know the store.
pub use portico_store::events::Event;
pub use portico_store::work::{Count, State};
