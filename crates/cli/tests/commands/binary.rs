//! Calling the binary in a folder of its own; the only file that knows how.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A folder with nothing of the machine's own environment.
pub(crate) struct Place {
    folder: TempDir,
    variables: Vec<(&'static str, String)>,
}

/// What a command that has ended left behind.
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) answer: String,
    pub(crate) complaint: String,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self {
            folder: TempDir::new().unwrap(),
            variables: Vec::new(),
        }
    }

    pub(crate) fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    /// Sets a variable for all further commands.
    pub(crate) fn set(&mut self, variable: &'static str, value: impl Into<String>) {
        self.variables.push((variable, value.into()));
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    pub(crate) fn command(&self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_portico"));
        command
            .env_clear()
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .args(args);
        command
    }

    pub(crate) fn run<const N: usize>(&self, args: [&str; N]) -> Ended {
        self.command(args).output().unwrap().into()
    }

    /// Runs a command that must go well and answers with JSON.
    pub(crate) fn json<const N: usize>(&self, args: [&str; N]) -> Value {
        let ended: Ended = self.command(args).arg("--json").output().unwrap().into();
        assert_eq!(ended.code, 0, "{args:?}: {}", ended.complaint);
        serde_json::from_str(&ended.answer).unwrap()
    }

    /// Starts a command that serves until it is ended.
    pub(crate) fn start<const N: usize>(&self, args: [&str; N]) -> Served {
        let mut child = self
            .command(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Served { child, lines }
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            answer: String::from_utf8(output.stdout).unwrap(),
            complaint: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// A command that runs; it is killed when the test forgets to end it.
pub(crate) struct Served {
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl Served {
    /// The next line that it says.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        assert!(!line.is_empty(), "it has ended too early");
        line.trim_end().to_owned()
    }

    /// Reads on until a line that holds these words.
    pub(crate) fn until(&mut self, words: &str) {
        while !self.line().contains(words) {}
    }

    /// Asks it to end, and answers its exit code.
    pub(crate) fn end(mut self, signal: &str) -> i32 {
        let id = self.child.id().to_string();
        let asked = Command::new("kill").args([signal, &id]).status().unwrap();
        assert!(asked.success());
        self.child.wait().unwrap().code().unwrap_or(-1)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.child.kill().unwrap_or_default();
        self.child.wait().unwrap();
    }
}
