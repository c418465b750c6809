//! What callers read of Portico itself, on record as their calls of vendors are.

use std::collections::BTreeMap;

use portico_domain::agent::Access;
use portico_domain::audit::{Call, Called, End, Record, Verdict, What};

use crate::Engine;
use crate::gateway::{Caller, Refusal};

impl Engine {
    /// Gives a caller something that Portico knows, under the name by which it was asked for. What cannot be
    /// put on record is not given.
    pub async fn read_on_record<T>(
        &self,
        caller: &Caller,
        name: &str,
        read: impl Future<Output = Result<T, Refusal>>,
    ) -> Result<T, Refusal> {
        let since = self.now();
        // No vendor's budget slows these.
        self.brake_reads(caller)?;
        let result = read.await;
        let (verdict, because) = match &result {
            Ok(_) => (Verdict::Allowed, "what it reaches".to_owned()),
            Err(refusal) if refusal.reason().is_of_rights() => {
                (Verdict::Denied, refusal.on_record())
            }
            Err(refusal) => (Verdict::Refused, refusal.on_record()),
        };
        let called = Called {
            operation: name.to_owned(),
            area: "what Portico knows".to_owned(),
            access: Access::Read,
            params: BTreeMap::new(),
        };
        let call = Call {
            operation: Some(called),
            ..Call::new(caller.actor(), verdict, because)
        };
        let (at, what) = (since, What::Call(call));
        let intent = self.journal().intend(&Record { at, what })?;
        if result.is_ok() {
            self.note_end(intent, since, End::Done);
        }
        result
    }
}
