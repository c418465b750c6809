//! Orders to deals: brings what the CRM holds into the state that the orders ask for.
//!
//! Read [`Engine::sync_deals`] first: it is the whole story, and each of its steps is a file.

mod bulk;
mod change;
mod contact_changes;
mod create;
mod gather;
mod keep;
mod lost;
mod notes;
mod refusal;
mod render;
mod resolve;
mod run;

use portico_store::work::{Claim, Outcome};

use crate::{Engine, Error, Step};
use run::Run;

impl Engine {
    /// Brings the deals of these orders into the state that the orders and the flows' settings ask for.
    ///
    /// Safe to run twice: it compares with what was applied last and sends only the difference; an
    /// order whose create may have been lost is looked for in the account before anything is sent
    /// again. What fails for one order is that order's outcome; an error stops them all.
    pub(crate) async fn sync_deals(&self, claim: &Claim) -> Result<Vec<(String, Outcome)>, Error> {
        let crm = self.connection_of_claim(claim).await?;
        let mut run = Run::new(claim, crm);
        let gathered = self.gather(&mut run).await?;
        let Some(planned) = gathered else {
            return Ok(run.outcomes());
        };
        self.inner.steps.reached(Step::DealsPlanned);
        match self.apply(&mut run, &planned).await {
            Ok(()) => self.inner.steps.reached(Step::BatchApplied),
            Err(error) => self.put_off_rest(&mut run, &planned, error)?,
        }
        Ok(run.outcomes())
    }

    /// Every step leaves out the orders whose outcome is decided.
    async fn apply(&self, run: &mut Run, planned: &[run::Item]) -> Result<(), Error> {
        self.find_lost_deals(run, planned).await?;
        self.resolve_contacts(run, planned).await?;
        self.create_deals(run, planned).await?;
        self.change_deals(run, planned).await?;
        self.make_notes(run, planned).await?;
        self.change_contacts(run, planned).await
    }

    fn put_off_rest(
        &self,
        run: &mut Run,
        planned: &[run::Item],
        error: Error,
    ) -> Result<(), Error> {
        let outcome = self.outcome_of(error, &run.claim)?;
        for item in planned {
            run.decide_unless_decided(&item.key, outcome.clone());
        }
        Ok(())
    }
}
