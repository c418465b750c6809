//! The walls between the crates, and the shape of the files behind them.

#![expect(
    clippy::unwrap_used,
    reason = "a test that fails may end where it stands"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// What a crate may use of ours, and what its tests may use besides.
struct Wall {
    name: &'static str,
    uses: &'static [&'static str],
    tests_use: &'static [&'static str],
    /// What would break it: the outside world's crates that belong behind another wall.
    never: &'static [&'static str],
}

const WALLS: &[Wall] = &[
    Wall {
        name: "portico",
        uses: &[
            "portico-domain",
            "portico-engine",
            "portico-sandbox",
            "portico-server",
            "portico-store",
        ],
        tests_use: &[],
        never: &["rusqlite", "tokio-postgres"],
    },
    Wall {
        name: "portico-bench",
        uses: &[
            "portico-domain",
            "portico-engine",
            "portico-sandbox",
            "portico-server",
            "portico-store",
        ],
        tests_use: &[],
        never: &["rusqlite", "tokio-postgres"],
    },
    Wall {
        name: "portico-server",
        uses: &["portico-domain", "portico-engine"],
        tests_use: &["portico-sandbox", "portico-store", "squarespace", "wire"],
        never: &["reqwest", "rusqlite", "tokio-postgres"],
    },
    Wall {
        name: "portico-engine",
        uses: &[
            "kommo",
            "portico-domain",
            "portico-store",
            "squarespace",
            "wire",
        ],
        tests_use: &["portico-sandbox", "portico-store"],
        never: &["axum", "rusqlite", "tokio-postgres"],
    },
    Wall {
        name: "portico-store",
        uses: &["portico-domain"],
        tests_use: &["portico-store"],
        never: &["axum", "reqwest"],
    },
    Wall {
        name: "portico-domain",
        uses: &[],
        tests_use: &[],
        never: &["axum", "reqwest", "rusqlite", "tokio", "tokio-postgres"],
    },
    Wall {
        name: "squarespace",
        uses: &["wire"],
        tests_use: &["portico-sandbox"],
        never: &["axum", "rusqlite", "tokio-postgres"],
    },
    Wall {
        name: "kommo",
        uses: &["wire"],
        tests_use: &["portico-sandbox"],
        never: &["axum", "rusqlite", "tokio-postgres"],
    },
    Wall {
        name: "wire",
        uses: &[],
        tests_use: &[],
        never: &["axum", "rusqlite", "tokio-postgres"],
    },
    Wall {
        name: "portico-sandbox",
        uses: &[],
        // Only the catalogue: what it forbids, the emulated vendor must refuse too.
        tests_use: &["squarespace", "wire"],
        never: &["rusqlite", "tokio-postgres"],
    },
];

/// Crates that serve every vendor alike, so they know none.
const NAMELESS: &[&str] = &["store", "wire"];

const VENDORS: &[&str] = &["squarespace", "kommo", "mintsoft"];

const LONGEST: usize = 600;

/// Longer files, each with its reason.
const LONGER: &[(&str, &str)] = &[];

/// Names that say nothing about what is inside.
const VAGUE: &[&str] = &[
    "common", "core", "helpers", "manager", "shared", "types", "utils",
];

#[test]
fn crates_use_only_what_their_wall_lets_through() {
    let mut faults = Vec::new();
    for package in packages() {
        let name = package["name"].as_str().unwrap();
        let Some(wall) = WALLS.iter().find(|wall| wall.name == name) else {
            faults.push(format!("`{name}` has no row in this test"));
            continue;
        };
        for used in package["dependencies"].as_array().unwrap() {
            let (used, in_tests) = (used["name"].as_str().unwrap(), used["kind"] == "dev");
            let ours = WALLS.iter().any(|wall| wall.name == used);
            let lets_through =
                wall.uses.contains(&used) || in_tests && wall.tests_use.contains(&used);
            if ours && !lets_through || !in_tests && wall.never.contains(&used) {
                faults.push(format!("`{name}` may not use `{used}`"));
            }
        }
    }

    assert_none(&faults);
}

#[test]
fn files_open_with_a_sentence_and_stay_short() {
    let mut faults = Vec::new();
    for (path, text) in texts(&crates(), &["rs"]) {
        let lines = text.lines().count();
        let excused = LONGER.iter().any(|(longer, _)| path.ends_with(longer));
        if !text.starts_with("//! ") {
            faults.push(format!(
                "{} does not open with `//!` and a sentence",
                path.display()
            ));
        }
        if lines > LONGEST && !excused {
            faults.push(format!("{} has {lines} lines", path.display()));
        }
    }

    assert_none(&faults);
}

#[test]
fn modules_are_named_for_what_is_inside() {
    let mut faults = Vec::new();
    for (path, _) in texts(&crates(), &["rs"]) {
        let name = path.file_stem().unwrap().to_str().unwrap();
        if name == "mod" || VAGUE.contains(&name) {
            faults.push(path.display().to_string());
        }
    }

    assert_none(&faults);
}

#[test]
fn what_serves_every_vendor_names_none() {
    let mut faults = Vec::new();
    for name in NAMELESS {
        for (path, text) in texts(&crates().join(name), &["rs", "md", "sql"]) {
            let text = text.to_lowercase();
            for vendor in VENDORS.iter().filter(|vendor| text.contains(**vendor)) {
                faults.push(format!("{} names {vendor}", path.display()));
            }
        }
    }

    assert_none(&faults);
}

fn assert_none(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

fn crates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// The workspace's packages, as cargo understands their manifests.
fn packages() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version=1"])
        .current_dir(crates())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let mut metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    serde_json::from_value(metadata["packages"].take()).unwrap()
}

/// The text files below a folder that end in one of these.
fn texts(folder: &Path, endings: &[&str]) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let ending = path.extension().and_then(|ending| ending.to_str());
        if path.is_dir() {
            found.extend(texts(&path, endings));
        } else if ending.is_some_and(|ending| endings.contains(&ending)) {
            let text = fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
    found
}
