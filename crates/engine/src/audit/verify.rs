//! The proof that no record was changed, removed, inserted or moved since it was written.
//!
//! Each chain is followed from its first record, or from where it was pruned, to its end, which must not lie
//! before its signed head, nor before what other chains and the file of heads know of it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use portico_domain::audit::{ChainId, Place, Record, RecordId, What};
use portico_store::Tx;
use portico_store::audit::{self, Kept, Mark, MarkKind};

use super::heads_file;
use super::keys::{BEGINNING, Keys};
use crate::{Engine, Error};

/// So many records are read at once.
const PAGE: i64 = 2_000;

/// So many places are looked up at once.
const LOOK_UPS: usize = 500;

/// What a verification has found.
#[derive(Clone, Debug)]
pub struct AuditVerified {
    pub records: u64,
    pub chains: u64,
    /// When the oldest record was written.
    pub since: Option<Timestamp>,
    /// The first fault of each chain.
    pub faults: Vec<AuditFault>,
}

/// Where the audit is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditFault {
    /// The identifier of the first record that cannot be believed.
    pub record: String,
    /// What is wrong with it; goes on after its identifier.
    pub what: String,
}

/// A verification under way.
#[derive(Default)]
struct Finds {
    records: u64,
    since: Option<Timestamp>,
    faults: BTreeMap<String, AuditFault>,
    witnesses: Vec<Witness>,
}

/// Something that says that a record was there.
struct Witness {
    place: Place,
    at: Timestamp,
    /// As in "though … names it".
    name: String,
}

/// A chain as far as it was followed.
pub(super) struct Followed<'a> {
    keys: &'a Keys,
    chain: ChainId,
    head: Option<Mark>,
    pruned: Option<Mark>,
    pub(super) last: Place,
}

/// The first record of a chain that cannot be believed, and why.
type Fault = (u64, &'static str);

impl Engine {
    /// Follows every chain to its end; `progress` is told how many records of how many were read.
    pub async fn verify_audit(
        &self,
        progress: impl Fn(u64, u64) + Send + Sync,
    ) -> Result<AuditVerified, Error> {
        let count = |tx: &mut dyn Tx| Ok((audit::count(tx)?, audit::chains(tx)?));
        let (total, chains) = self.store().read(count).await?;
        let mut finds = Finds::default();
        for name in &chains {
            let Ok(chain) = name.parse() else {
                finds.fault(name, name.clone(), "is no chain that Portico wrote");
                continue;
            };
            let told = |read| progress(read, total);
            while !self.follow(chain, &mut finds, &told).await? {}
        }
        self.hear_file(&mut finds)?;
        let witnesses = std::mem::take(&mut finds.witnesses);
        for some in witnesses.chunks(LOOK_UPS) {
            self.hear(some, &mut finds).await?;
        }
        Ok(AuditVerified {
            records: finds.records,
            chains: chains.len() as u64,
            since: finds.since,
            faults: finds.faults.into_values().collect(),
        })
    }

    /// Follows a chain to its end or to its first fault; false when it was pruned meanwhile, so that it has
    /// to be followed anew.
    async fn follow(
        &self,
        chain: ChainId,
        finds: &mut Finds,
        told: &(impl Fn(u64) + Sync),
    ) -> Result<bool, Error> {
        let begin = move |tx: &mut dyn Tx| {
            let head = audit::mark(tx, chain, MarkKind::Head)?;
            let pruned = audit::mark(tx, chain, MarkKind::Pruned)?;
            Ok((head, pruned, audit::first_number(tx, chain)?))
        };
        let (head, pruned, first) = self.store().read(begin).await?;
        let (mut read, mut since, mut witnesses) = (0, None, Vec::new());
        let keys = &self.inner.audit.keys;
        let mut followed = Followed::new(keys, chain, head, pruned.clone());
        let mut fault = followed.check_marks(first).err();
        while fault.is_none() {
            let after = followed.last.number;
            let page = move |tx: &mut dyn Tx| audit::of_chain(tx, chain, after, PAGE);
            let page = self.store().read(page).await?;
            for kept in &page {
                if let Err(found) = followed.take(kept) {
                    fault = Some(found);
                    break;
                }
                read += 1;
                since = Some(since.map_or(kept.at, |since: Timestamp| since.min(kept.at)));
                witnesses.append(&mut others_named(kept));
            }
            told(finds.records + read);
            if page.is_empty() {
                fault = followed.check_end().err();
                break;
            }
        }
        if fault.is_some() {
            let again = move |tx: &mut dyn Tx| audit::mark(tx, chain, MarkKind::Pruned);
            if self.store().read(again).await? != pruned {
                return Ok(false);
            }
        }
        finds.records += read;
        finds.since = finds.since.into_iter().chain(since).min();
        finds.witnesses.append(&mut witnesses);
        if let Some((number, what)) = fault {
            let record = RecordId { chain, number };
            finds.fault(&chain.to_string(), record.to_string(), what);
        }
        Ok(true)
    }

    /// What the file of heads says, where there is one.
    fn hear_file(&self, finds: &mut Finds) -> Result<(), Error> {
        let Some(file) = &self.inner.audit.settings.heads_file else {
            return Ok(());
        };
        let lines = match heads_file::read(file) {
            Ok(lines) => lines,
            Err(why) if why.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(why) => {
                let file = file.display();
                return Err(Error::Invalid(format!("cannot read `{file}`: {why}")));
            }
        };
        for (number, head) in lines {
            let name = format!("line {number} of the file of heads");
            match head.filter(|head| self.inner.audit.keys.is_ours(head)) {
                Some(head) => finds.witnesses.push(Witness {
                    place: head.place,
                    at: head.at,
                    name,
                }),
                None => finds.fault(&name, name.clone(), "is no head that Portico signed"),
            }
        }
        Ok(())
    }

    /// Compares what is said of records with the records.
    async fn hear(&self, witnesses: &[Witness], finds: &mut Finds) -> Result<(), Error> {
        let places: Vec<Place> = witnesses.iter().map(|witness| witness.place).collect();
        let read = move |tx: &mut dyn Tx| {
            let ids: Vec<RecordId> = places.iter().map(id).collect();
            let macs = audit::macs(tx, &ids)?;
            let mut pruned = Vec::new();
            for (place, mac) in places.iter().zip(&macs) {
                pruned.push(match mac {
                    Some(_) => None,
                    None => audit::mark(tx, place.chain, MarkKind::Pruned)?,
                });
            }
            Ok((macs, pruned))
        };
        let (macs, pruned) = self.store().read(read).await?;
        let forgotten = self.now() - self.audit_is_forgotten_after();
        for ((witness, mac), pruned) in witnesses.iter().zip(macs).zip(pruned) {
            let Witness { place, at, name } = witness;
            let was_pruned = pruned.is_some_and(|mark| {
                mark.place.number >= place.number && self.inner.audit.keys.is_ours(&mark)
            });
            let what = match mac {
                Some(mac) if mac == place.mac => continue,
                Some(_) => format!("is not the one that {name} names"),
                None if was_pruned || *at < forgotten => continue,
                None => format!("is missing, though {name} names it"),
            };
            finds.fault(&place.chain.to_string(), id(place).to_string(), what);
        }
        Ok(())
    }
}

impl Finds {
    /// Keeps the first fault of each chain.
    fn fault(&mut self, chain: &str, record: String, what: impl Into<String>) {
        let what = what.into();
        let of_chain = self.faults.entry(chain.to_owned());
        of_chain.or_insert(AuditFault { record, what });
    }
}

impl<'a> Followed<'a> {
    pub(super) fn new(
        keys: &'a Keys,
        chain: ChainId,
        head: Option<Mark>,
        pruned: Option<Mark>,
    ) -> Self {
        let beginning = Place {
            chain,
            number: 0,
            mac: BEGINNING,
        };
        Self {
            keys,
            chain,
            last: pruned.as_ref().map_or(beginning, |mark| mark.place),
            head,
            pruned,
        }
    }

    /// Looks at what was signed, and at where the chain begins.
    pub(super) fn check_marks(&self, first: Option<i64>) -> Result<(), Fault> {
        let begins = self.last.number + 1;
        for mark in self.head.iter().chain(&self.pruned) {
            if !self.keys.is_ours(mark) || mark.place.chain != self.chain {
                let what = match mark.kind {
                    MarkKind::Head => "is named by a head of its chain that was altered",
                    MarkKind::Pruned => "is named by a mark of pruning that was altered",
                };
                return Err((mark.place.number, what));
            }
        }
        if first.is_some_and(|first| u64::try_from(first).is_ok_and(|it| it >= begins)) {
            return Ok(());
        }
        match first {
            Some(_) => Err((begins, "has records before it that Portico did not write")),
            None => Ok(()),
        }
    }

    pub(super) fn take(&mut self, kept: &Kept) -> Result<(), Fault> {
        let number = self.last.number + 1;
        if kept.id.number != number {
            return Err((number, "is missing"));
        }
        let mac = self.keys.mac(&self.last.mac, kept.id, &kept.record);
        // Compared in constant time.
        if blake3::Hash::from_bytes(mac) != *kept.mac {
            return Err((
                number,
                "was altered, or is not the one that was written there",
            ));
        }
        if !agrees(kept) {
            return Err((
                number,
                "has columns that say something else than the record",
            ));
        }
        self.last = Place {
            chain: self.chain,
            number,
            mac,
        };
        let head = self
            .head
            .as_ref()
            .filter(|head| head.place.number == number);
        if head.is_some_and(|head| head.place.mac != mac) {
            return Err((number, "is not the one that the head of its chain names"));
        }
        Ok(())
    }

    /// The chain goes as far as its head at least.
    fn check_end(&self) -> Result<(), Fault> {
        let next = self.last.number + 1;
        match &self.head {
            None => Err((
                next,
                "should be followed by a signed head, which is missing",
            )),
            Some(head) if head.place.number >= next => Err((
                next,
                "is missing, though the head of its chain lies behind it",
            )),
            Some(_) => Ok(()),
        }
    }
}

/// Whether the columns are copies of what the record says. What a later version wrote is left alone.
fn agrees(kept: &Kept) -> bool {
    serde_json::from_slice::<Record>(&kept.record).map_or(true, |record| {
        record.finding() == kept.finding && record.at.as_millisecond() == kept.at.as_millisecond()
    })
}

/// What the first record of a chain says of others.
fn others_named(kept: &Kept) -> Vec<Witness> {
    if kept.id.number != 1 {
        return Vec::new();
    }
    let record = serde_json::from_slice::<Record>(&kept.record).ok();
    let others = match record.map(|record| record.what) {
        Some(What::Chain { others }) => others,
        Some(What::Call(_) | What::Change(_) | What::Deal(_) | What::Outcome(_)) | None => {
            Vec::new()
        }
    };
    let witness = |place| Witness {
        place,
        at: kept.at,
        name: format!("record {}", kept.id),
    };
    others.into_iter().map(witness).collect()
}

fn id(place: &Place) -> RecordId {
    RecordId {
        chain: place.chain,
        number: place.number,
    }
}
