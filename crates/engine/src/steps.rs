//! The named steps of taking in, planning and applying, at each of which the process may be killed.
//!
//! A test ends the real process at every one of them and then counts what the CRM holds.

use std::sync::Arc;

/// A point between two effects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// The notification was checked and is not stored yet.
    NotificationVerified,
    /// It is stored with its work item, and the vendor has no answer yet.
    NotificationStored,
    /// The order was read from the shop and is not stored yet.
    OrderRead,
    /// The order is stored with the work items of its flows.
    OrderStored,
    /// A page of the shop's history is stored with its place, and more follow.
    HistoryPageStored,
    /// A page of a sweep is stored, and more follow.
    SweepPageStored,
    /// A page of the contact list is in the index with its place, and more follow.
    ContactsPageStored,
    /// The deals of a batch are decided and nothing is written.
    DealsPlanned,
    /// A deal whose create had no answer was found and is stored.
    LostAdopted,
    /// A create was looked for twice in vain, and its intent is forgotten.
    IntentForgotten,
    /// The intent to create deals is durable and the call is not sent.
    CreateIntended,
    /// The CRM has created the deals and we have written nothing.
    CreateAnswered,
    /// The created deals are stored, their notes planned.
    CreateStored,
    /// The change of deals was answered and is not stored.
    ChangeAnswered,
    /// The intent to create notes is durable and the call is not sent.
    NotesIntended,
    /// The CRM has created the notes and we have written nothing.
    NotesAnswered,
    /// The change of contacts was answered and is not stored.
    ContactsAnswered,
    /// Everything is applied and the work items are not settled.
    BatchApplied,
}

impl Step {
    pub const ALL: [Self; 18] = [
        Self::NotificationVerified,
        Self::NotificationStored,
        Self::OrderRead,
        Self::OrderStored,
        Self::HistoryPageStored,
        Self::SweepPageStored,
        Self::ContactsPageStored,
        Self::DealsPlanned,
        Self::LostAdopted,
        Self::IntentForgotten,
        Self::CreateIntended,
        Self::CreateAnswered,
        Self::CreateStored,
        Self::ChangeAnswered,
        Self::NotesIntended,
        Self::NotesAnswered,
        Self::ContactsAnswered,
        Self::BatchApplied,
    ];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NotificationVerified => "notification_verified",
            Self::NotificationStored => "notification_stored",
            Self::OrderRead => "order_read",
            Self::OrderStored => "order_stored",
            Self::HistoryPageStored => "history_page_stored",
            Self::SweepPageStored => "sweep_page_stored",
            Self::ContactsPageStored => "contacts_page_stored",
            Self::DealsPlanned => "deals_planned",
            Self::LostAdopted => "lost_adopted",
            Self::IntentForgotten => "intent_forgotten",
            Self::CreateIntended => "create_intended",
            Self::CreateAnswered => "create_answered",
            Self::CreateStored => "create_stored",
            Self::ChangeAnswered => "change_answered",
            Self::NotesIntended => "notes_intended",
            Self::NotesAnswered => "notes_answered",
            Self::ContactsAnswered => "contacts_answered",
            Self::BatchApplied => "batch_applied",
        }
    }
}

/// What is told of each step that is reached; the product tells nobody.
#[derive(Clone, Default)]
pub struct Steps {
    listener: Option<Arc<dyn Fn(Step) + Send + Sync>>,
}

impl Steps {
    /// Tells `listener` of every step.
    pub fn told_to(listener: impl Fn(Step) + Send + Sync + 'static) -> Self {
        Self {
            listener: Some(Arc::new(listener)),
        }
    }

    pub(crate) fn reached(&self, step: Step) {
        if let Some(listener) = &self.listener {
            listener(step);
        }
    }
}
