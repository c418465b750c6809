//! The keys as documentation: a commented file, and the table of the manual.

use std::fmt::Write;

use super::key::Key;
use super::keys;

/// A `portico.toml` in which every key is explained and none is set.
pub(crate) fn commented_file() -> String {
    let mut text = "# The configuration of Portico. Every key is optional: what is commented out has its default.\n\
         # Relative paths start from the folder of this file. A variable of the environment goes before\n\
         # a key, as PORTICO_LOG_LEVEL before log.level, and a flag of the command before both.\n"
        .to_owned();
    let mut section = None;
    for key in keys() {
        let (its_section, _) = key.place();
        if its_section != section {
            section = its_section;
            push(
                &mut text,
                format_args!("\n#[{}]", section.unwrap_or_default()),
            );
        }
        push(&mut text, format_args!("\n# {}", key.about));
        push(&mut text, format_args!("\n# {}", facts(key)));
        let value = key.default.unwrap_or(key.example);
        push(&mut text, format_args!("\n#{}\n", key.assignment(value)));
    }
    text
}

/// The table of `docs/configuration.md`.
pub(crate) fn markdown() -> String {
    let mut text =
        "| key | variable | takes | default | about |\n|---|---|---|---|---|\n".to_owned();
    for key in keys() {
        let unit = key.unit.map(|unit| format!(", {unit}")).unwrap_or_default();
        push(
            &mut text,
            format_args!(
                "| `{}` | `{}` | {}{unit} | {} | {} |\n",
                key.name,
                key.variable(),
                key.kind.word(),
                key.default_shown(),
                key.about
            ),
        );
    }
    text
}

fn facts(key: &Key) -> String {
    let unit = key
        .unit
        .map(|unit| format!(" ({unit})"))
        .unwrap_or_default();
    let default = key.default_shown().replace('`', "");
    format!("{}{unit}, default: {default}", key.kind.word())
}

fn push(text: &mut String, more: std::fmt::Arguments<'_>) {
    text.write_fmt(more)
        .expect("writing to a text in memory does not fail");
}
