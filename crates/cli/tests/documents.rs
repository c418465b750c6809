//! The documents say what is so: their links lead somewhere, their commands exist, their tables are whole.

#![expect(
    clippy::unwrap_used,
    reason = "a test that fails may end where it stands"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use portico_domain::connection::Status;
use portico_domain::field::FIELDS;
use portico_domain::flow::Settings;
use portico_domain::key::{self, KeyKind};
use portico_domain::work::Queue;
use regex::Regex;

/// A document of the repository.
struct Document {
    path: PathBuf,
    text: String,
}

/// A line of a document, and the language of the block that it stands in.
struct Line<'a> {
    block: Option<&'a str>,
    text: &'a str,
}

impl Document {
    fn named(name: &str) -> Self {
        let path = root().join(name);
        let text = std::fs::read_to_string(&path).unwrap();
        Self { path, text }
    }

    fn lines(&self) -> Vec<Line<'_>> {
        let mut block = None;
        let mut lines = Vec::new();
        for text in self.text.lines() {
            match (text.trim_start().strip_prefix("```"), block) {
                (Some(language), None) => block = Some(language),
                (Some(_), Some(_)) => block = None,
                (None, _) => lines.push(Line { block, text }),
            }
        }
        assert_eq!(block, None, "{}: a block has no end", self.path.display());
        lines
    }

    /// Where its links lead, other than to the network and within itself.
    fn links(&self) -> Vec<&str> {
        let prose = self.lines().into_iter().filter(|line| line.block.is_none());
        prose
            .flat_map(|line| line.text.split("](").skip(1))
            .filter_map(|rest| rest.split_once(')'))
            .filter_map(|(target, _)| target.split('#').next())
            .filter(|target| !target.is_empty() && !target.contains("://"))
            .collect()
    }

    /// The commands of Portico in its shell blocks and in its prose.
    fn commands(&self) -> Vec<&str> {
        let mut commands = Vec::new();
        for line in self.lines() {
            match line.block {
                Some("sh") => commands.push(line.text),
                Some(_) => {}
                None => commands.extend(line.text.split('`').skip(1).step_by(2)),
            }
        }
        commands
            .into_iter()
            .filter_map(|text| {
                let text = text
                    .strip_prefix("cargo run --release -- ")
                    .or_else(|| text.strip_prefix("portico "))?;
                text.split('#').next()
            })
            .collect()
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every document, wherever it stands.
fn documents() -> Vec<Document> {
    let mut found = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() && name != "target" && name != ".git" {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                let text = std::fs::read_to_string(&path).unwrap();
                found.push(Document { path, text });
            }
        }
    }
    assert!(found.len() > 5, "{} documents", found.len());
    found
}

#[test]
fn every_link_leads_to_something() {
    let mut broken = Vec::new();
    for document in documents() {
        let folder = document.path.parent().unwrap();
        for link in document.links() {
            if !folder.join(link).exists() {
                broken.push(format!("{}: {link}", document.path.display()));
            }
        }
    }
    assert_eq!(broken, Vec::<String>::new());
}

/// With `--help` behind it a command does nothing, and is refused if a part of it does not exist.
#[test]
fn every_command_that_is_told_of_exists() {
    let mut refused = Vec::new();
    let mut tried = 0;
    for document in documents() {
        for command in document.commands() {
            let words = words(command).filter(|word| word != "help");
            let ended = Command::new(env!("CARGO_BIN_EXE_portico"))
                .args(words)
                .arg("--help")
                .stdin(Stdio::null())
                .output()
                .unwrap();
            tried += 1;
            let complaint = String::from_utf8_lossy(&ended.stderr);
            // What stands for any identifier is none, and is looked at last.
            let is_there = ended.status.success() || complaint.contains("invalid value 'ID'");
            if !is_there {
                refused.push(format!("{}: portico {command}", document.path.display()));
            }
        }
    }
    assert_eq!(refused, Vec::<String>::new());
    assert!(tried > 20, "only {tried} commands were found");
}

/// The words of a command as a shell reads them.
fn words(command: &str) -> impl Iterator<Item = String> {
    let quoted = Regex::new(r#""([^"]*)"|(\S+)"#).unwrap();
    let words: Vec<String> = quoted
        .captures_iter(command)
        .map(|word| word.get(1).or(word.get(2)).unwrap().as_str().to_owned())
        .collect();
    words.into_iter()
}

#[test]
fn the_settings_that_are_explained_can_be_used() {
    let document = Document::named("docs/orders-to-kommo.md");
    let lines = document.lines();
    let settings: Vec<&str> = lines
        .iter()
        .filter(|line| line.block == Some("toml"))
        .map(|line| line.text)
        .collect();
    let settings: Settings = toml::from_str(&settings.join("\n")).unwrap();

    assert_eq!(settings.rules.len(), 3);
    assert_eq!(
        settings.pipelines(),
        ["New Clients", "Repeat Sales", "Loyal"]
    );
}

#[test]
fn every_field_of_a_deal_is_explained() {
    let text = Document::named("docs/orders-to-kommo.md").text;
    for field in &FIELDS {
        let row = format!("| `{}` | {} |", field.code, field.name);
        assert!(text.contains(&row), "{row}");
        let setting = format!(
            "`{}`",
            serde_json::to_value(field.field).unwrap().as_str().unwrap()
        );
        assert!(text.contains(&setting), "{setting}");
    }
}

#[test]
fn every_queue_and_every_status_of_a_connection_is_explained() {
    let text = Document::named("docs/operating.md").text;
    let queues = Queue::ALL.into_iter().map(Queue::as_str);
    let statuses = Status::ALL.into_iter().map(Status::as_str);
    for word in queues.chain(statuses) {
        assert!(text.contains(&format!("\n| `{word}` |")), "{word}");
    }
}

/// The pattern for scanners, as it is documented.
fn documented_pattern() -> Regex {
    let document = Document::named("docs/agents.md");
    let lines = document.lines();
    let mut patterns = lines.iter().filter(|line| line.block == Some("regex"));
    let pattern = Regex::new(patterns.next().unwrap().text).unwrap();
    assert!(patterns.next().is_none(), "there is one");
    pattern
}

#[test]
fn the_pattern_for_scanners_finds_every_key_and_nothing_that_is_cut_short() {
    let pattern = documented_pattern();
    for kind in [KeyKind::Administration, KeyKind::Agent, KeyKind::Metrics] {
        for byte in 0..=u8::MAX {
            let key = key::compose(kind, &[byte; 32]);
            let text = format!("Authorization: Bearer {key}\nKEY={key};");
            let found: Vec<&str> = pattern
                .find_iter(&text)
                .map(|found| found.as_str())
                .collect();
            assert_eq!(found, [&key, &key]);
            for end in 0..key.len() {
                assert!(!pattern.is_match(&key[..end]), "{}", &key[..end]);
            }
            for not_whole in [&key[1..], &format!("{key}x"), &format!("x{key}")] {
                assert!(!pattern.is_match(not_whole), "{not_whole}");
            }
        }
    }
    assert!(!pattern.is_match(&format!("ptc_xyz_{}", "0".repeat(46))));
}

#[test]
fn the_key_that_is_an_example_has_the_form_that_is_explained() {
    let text = Document::named("docs/agents.md").text;
    let pattern = documented_pattern();
    let examples: Vec<&str> = pattern
        .find_iter(&text)
        .map(|found| found.as_str())
        .collect();
    assert_eq!(examples, [key::compose(KeyKind::Agent, &[0; 32])]);
}
