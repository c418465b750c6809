//! `portico init`: a data folder with a commented configuration, a master key and an admin key.

use secrecy::ExposeSecret;
use serde::Serialize;

use crate::config::{Config, FILE_NAME, commented_file};
use crate::failure::{Failure, Kind};
use crate::output::Output;
use crate::{key_file, logging, opening};

#[derive(Serialize)]
struct Made {
    config_file: String,
    master_key_file: String,
    database: String,
    /// Absent where the database knows keys from before.
    #[serde(skip_serializing_if = "Option::is_none")]
    admin_key: Option<String>,
}

pub(crate) async fn run(config: &Config, output: Output) -> Result<(), Failure> {
    logging::start_quiet(config)?;
    let key_path = &config.master_key_file;
    if key_path.exists() {
        return Err(Failure::new(
            Kind::Conflict,
            format!(
                "{} is there already: this folder was set up before, and nothing was changed",
                key_path.display()
            ),
        ));
    }
    key_file::make_folder(&config.data)?;
    let config_path = config.data.join(FILE_NAME);
    if !config_path.exists() {
        key_file::write_new(&config_path, &commented_file())?;
    }
    let opened = opening::existing_or_new(config).await?;
    let first_key = opened.engine.first_admin_key().await?;
    opened.close().await;
    let made = Made {
        config_file: config_path.display().to_string(),
        master_key_file: key_path.display().to_string(),
        database: config.database()?.to_string(),
        admin_key: first_key.map(|key| key.secret.expose_secret().to_owned()),
    };
    output.answer(&made, for_people)
}

fn for_people(made: &Made) -> String {
    let admin_key = made.admin_key.as_ref().map_or_else(
        || "there are some in the database already; another: portico key add NAME".to_owned(),
        |key| format!("{key} (shown once, keep it)"),
    );
    format!(
        "configuration  {}\n\
         master key     {} (keep a copy apart from the database's)\n\
         database       {}\n\
         admin key      {admin_key}\n\n\
         Next: portico connection add squarespace NAME --key-file FILE",
        made.config_file, made.master_key_file, made.database
    )
}
