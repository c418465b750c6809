//! A process as the kernel sees it: its memory, and the processor time that it has used.

use std::fs;
use std::ops::{Div, Sub};
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::process::Child;

/// The thread of Portico that makes changes of SQLite durable, as the kernel shortens its name.
const WRITER: &str = "sqlite-writer";

/// The unit of `/proc/*/stat`; the same on every Linux.
const TICK: Duration = Duration::from_millis(10);

/// A process that is running.
#[derive(Clone, Copy)]
pub(crate) struct Process(u32);

/// Processor time.
#[derive(Clone, Copy)]
pub(crate) struct Used {
    pub(crate) all: Duration,
    /// The part of SQLite's writer; nothing where there is none.
    pub(crate) writer: Duration,
}

impl Process {
    pub(crate) fn of(child: &Child) -> Result<Self> {
        let id = child.id().context("the process has ended")?;
        Ok(Self(id))
    }

    /// The resident set, in MB.
    pub(crate) fn memory(self) -> Result<u64> {
        self.status("VmRSS:")
    }

    /// The largest resident set since `forget_peak`, in MB.
    pub(crate) fn peak(self) -> Result<u64> {
        self.status("VmHWM:")
    }

    pub(crate) fn forget_peak(self) -> Result<()> {
        Ok(fs::write(self.file("clear_refs"), "5")?)
    }

    /// All that it has used by now.
    pub(crate) fn used(self) -> Result<Used> {
        let mut writer = Duration::ZERO;
        for thread in fs::read_dir(self.file("task"))? {
            let folder = thread?.path();
            let name = fs::read_to_string(folder.join("comm")).unwrap_or_default();
            if name.trim() == WRITER {
                writer += used(&fs::read_to_string(folder.join("stat"))?)?;
            }
        }
        let all = used(&fs::read_to_string(self.file("stat"))?)?;
        Ok(Used { all, writer })
    }

    fn status(self, label: &str) -> Result<u64> {
        let status = fs::read_to_string(self.file("status"))?;
        let kb = status
            .lines()
            .find_map(|line| line.strip_prefix(label))
            .and_then(|rest| rest.split_whitespace().next())
            .with_context(|| format!("`{label}` of a process"))?;
        Ok(kb.parse::<u64>()? / 1024)
    }

    fn file(self, name: &str) -> String {
        format!("/proc/{}/{name}", self.0)
    }
}

impl Sub for Used {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self {
            all: self.all.saturating_sub(before.all),
            writer: self.writer.saturating_sub(before.writer),
        }
    }
}

impl Div<u32> for Used {
    type Output = Self;

    fn div(self, calls: u32) -> Self {
        Self {
            all: self.all / calls,
            writer: self.writer / calls,
        }
    }
}

/// What a line of `stat` says: time in the program and in the kernel. Before them stands a name in
/// parentheses that may hold spaces.
fn used(stat: &str) -> Result<Duration> {
    let (_, rest) = stat.rsplit_once(')').context("the name of a process")?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let ticks = |nth: usize| {
        fields
            .get(nth)
            .context("a time")?
            .parse::<u32>()
            .map_err(anyhow::Error::from)
    };
    Ok(TICK * (ticks(11)? + ticks(12)?))
}
