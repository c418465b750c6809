//! `portico config`: every setting, its value and who said it.

use serde_json::json;

use crate::config::{self, Environment, Flags, Setting};
use crate::failure::Failure;
use crate::output::{Output, table};

#[derive(Debug, clap::Args)]
pub(crate) struct ConfigArgs {
    /// Print the table of all keys for the manual, in Markdown
    #[arg(long)]
    reference: bool,
}

pub(crate) fn run(wanted: &ConfigArgs, flags: &Flags, output: Output) -> Result<(), Failure> {
    if wanted.reference {
        return output.line(config::markdown().trim_end());
    }
    let settings: Vec<Setting> = config::settings(flags, &Environment::of_process())?
        .into_iter()
        .map(|mut setting| {
            setting.value = setting.value.map(|value| without_password(&value));
            setting
        })
        .collect();
    if output.json {
        return output.document(&json!({ "settings": settings }));
    }
    let rows = settings.into_iter().map(|setting| {
        let value = setting.value.unwrap_or_else(|| "-".to_owned());
        [setting.key.to_owned(), value, setting.origin.to_string()]
    });
    output.line(table(["key", "value", "from"], rows))
}

/// The address of a database may carry a password, which a screen need not show.
fn without_password(value: &str) -> String {
    match value.split_once("://").zip(value.rsplit_once('@')) {
        Some(((scheme, _), (_, place))) => format!("{scheme}://…@{place}"),
        None => value.to_owned(),
    }
}
