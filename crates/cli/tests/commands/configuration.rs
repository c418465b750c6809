//! Flags before the environment, that before the file, that before the defaults; nothing is guessed.

use serde_json::Value;

use crate::binary::Place;

/// `value from` of one key.
fn setting(settings: &Value, key: &str) -> String {
    let all = settings["settings"].as_array().unwrap();
    let one = all.iter().find(|one| one["key"] == key).unwrap();
    let value = one["value"].as_str().unwrap_or("-");
    format!("{value} {}", one["origin"].as_str().unwrap())
}

#[test]
fn without_any_configuration_the_defaults_hold() {
    let place = Place::new();
    let settings = place.json(["config"]);

    assert_eq!(setting(&settings, "data"), "portico-data default");
    assert_eq!(setting(&settings, "listen"), "127.0.0.1:8080 default");
    assert_eq!(
        setting(&settings, "database"),
        "portico-data/portico.db default"
    );
    assert_eq!(
        setting(&settings, "master_key_file"),
        "portico-data/master.key default"
    );
    assert_eq!(setting(&settings, "public_url"), "- default");
    assert_eq!(setting(&settings, "kommo.requests_per_second"), "5 default");
}

#[test]
fn a_flag_goes_before_the_environment_and_that_before_the_file() {
    let mut place = Place::new();
    let file = place.write(
        "etc/portico.toml",
        "data = \"here\"\nlisten = \"127.0.0.1:1\"\ndatabase = \"orders.db\"\n[log]\nlevel = \"warn\"\n",
    );
    place.set("PORTICO_LOG_LEVEL", "debug");
    place.set(
        "PORTICO_DATABASE",
        "postgres://ann:sesame@db.example/portico",
    );
    let settings = place.json(["config", "--config", &file, "--data", "there"]);

    assert_eq!(setting(&settings, "data"), "there flag");
    assert_eq!(setting(&settings, "log.level"), "debug environment");
    assert_eq!(setting(&settings, "listen"), "127.0.0.1:1 file");
    assert_eq!(
        setting(&settings, "database"),
        "postgres://…@db.example/portico environment"
    );
}

#[test]
fn paths_in_the_file_start_from_its_folder_and_the_data_folder_is_that_folder() {
    let place = Place::new();
    place.write("shop/portico.toml", "master_key_file = \"keys/master\"\n");
    let settings = place.json(["config", "--data", "shop"]);
    assert_eq!(
        setting(&settings, "master_key_file"),
        "shop/keys/master file"
    );

    let by_file = place.json(["config", "--config", "shop/portico.toml"]);
    assert_eq!(setting(&by_file, "data"), "shop default");
    assert_eq!(setting(&by_file, "database"), "shop/portico.db default");
}

#[test]
fn an_unknown_key_is_refused_with_the_one_that_was_meant() {
    let place = Place::new();
    place.write(
        "portico-data/portico.toml",
        "[squarespace]\napi_bas = \"http://127.0.0.1\"\n",
    );
    let ended = place.run(["config"]);

    assert_eq!(ended.code, 2);
    assert_eq!(
        ended.complaint,
        "error: portico-data/portico.toml: unknown key `squarespace.api_bas`; \
         did you mean `squarespace.api_base`?\n"
    );

    place.write(
        "portico-data/portico.toml",
        "#[squarespace]\napi_base = \"http://127.0.0.1\"\n",
    );
    assert_eq!(
        place.run(["config"]).complaint,
        "error: portico-data/portico.toml: unknown key `api_base`; it belongs below `[squarespace]`\n"
    );
}

#[test]
fn a_misspelt_variable_is_refused_and_a_strangers_is_let_be() {
    let mut place = Place::new();
    place.set("PORTICO_SERVICE_HOST", "10.0.0.1");
    assert_eq!(place.run(["config"]).code, 0);

    place.set("PORTICO_PUBLIC_ULR", "https://portico.example");
    let ended = place.run(["config"]);
    assert_eq!(ended.code, 2);
    assert_eq!(
        ended.complaint,
        "error: unknown variable `PORTICO_PUBLIC_ULR` in the environment; did you mean `PORTICO_PUBLIC_URL`?\n"
    );
}

#[test]
fn a_value_that_cannot_be_is_refused_with_its_place_and_how_to_write_it() {
    let place = Place::new();
    for (text, words) in [
        (
            "listen = 5",
            "`listen` must be a text in quotes; write `listen = \"127.0.0.1:8080\"`",
        ),
        (
            "listen = \"nowhere\"",
            "`listen` must be an IP address and a port, or `localhost` and a port; \
             write `listen = \"127.0.0.1:8080\"`",
        ),
        (
            "public_url = \"nonsense\"",
            "`public_url` must be a URL that starts with `https://` or `http://`; \
             write `public_url = \"https://portico.example\"`",
        ),
        (
            "[log]\nformat = \"xml\"",
            "`log.format` must be one of human, json; write `format = \"json\"` below `[log]`",
        ),
        (
            "[log]\nlevel = \"inof\"",
            "`log.level` has no level `inof`; the levels are error, warn, info, debug, trace, off; \
             write `level = \"debug\"` below `[log]`",
        ),
        (
            "[kommo]\nrequests_per_second = 0",
            "`kommo.requests_per_second` must be 1 at least; \
             write `requests_per_second = 3` below `[kommo]`",
        ),
        (
            "[kommo]\nrequests_per_second = 8",
            "`kommo.requests_per_second` must be 7 at most: Kommo takes 7 calls a second from one \
             address, and blocks those that go on making more; \
             write `requests_per_second = 3` below `[kommo]`",
        ),
        (
            "kommo = 5",
            "`kommo` is a section; write `[kommo]` on a line of its own and its keys below",
        ),
        (
            "database = \"postgres://\"",
            "`database` cannot be used: the address of the database names no server; put its host \
             behind `postgres://`; write `database = \"postgres://portico@db.example/portico?sslmode=verify-full\"`",
        ),
    ] {
        place.write("portico-data/portico.toml", text);
        let ended = place.run(["config"]);
        assert_eq!(ended.code, 2, "{text}");
        assert_eq!(
            ended.complaint,
            format!("error: portico-data/portico.toml: {words}\n")
        );
    }
    place.write("portico-data/portico.toml", "listen =");
    let ended = place.run(["config"]);
    assert_eq!(ended.code, 2);
    assert!(
        ended.complaint.contains("portico.toml, line 1: "),
        "{}",
        ended.complaint
    );
}

#[test]
fn a_value_of_the_environment_or_of_a_flag_is_refused_under_its_own_name() {
    let place = Place::new();
    let ended = place.run(["serve", "--listen", ":18095"]);
    assert_eq!(
        (ended.code, ended.complaint.as_str()),
        (
            2,
            "error: `--listen` lacks the address before the port: 127.0.0.1:18095 is reached from this \
             machine only, 0.0.0.0:18095 from everywhere; write `--listen 127.0.0.1:18095`\n"
        )
    );
    for (variable, value, words) in [
        (
            "PORTICO_LISTEN",
            "foo",
            "write `PORTICO_LISTEN=127.0.0.1:8080`",
        ),
        ("PORTICO_LOG_LEVEL", "inof", "has no level `inof`"),
        (
            "PORTICO_SQUARESPACE_REQUESTS_PER_MINUTE",
            "301",
            "must be 300 at most",
        ),
    ] {
        let mut place = Place::new();
        place.set(variable, value);
        let ended = place.run(["serve"]);
        assert_eq!(ended.code, 2, "{}", ended.complaint);
        let start = format!("error: `{variable}` in the environment ");
        assert!(ended.complaint.starts_with(&start), "{}", ended.complaint);
        assert!(ended.complaint.contains(words), "{}", ended.complaint);
        assert!(!place.path("portico-data").exists());
    }
}

#[test]
fn a_file_that_was_named_must_be_there() {
    let place = Place::new();
    let ended = place.run(["config", "--config", "gone.toml"]);
    assert_eq!(ended.code, 2);
    assert!(ended.complaint.contains("cannot read gone.toml"));
}

/// `portico config --reference` writes the table.
#[test]
fn the_manual_lists_every_key_as_the_code_has_it() {
    let manual = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/configuration.md");
    let manual = std::fs::read_to_string(manual).unwrap();
    let reference = Place::new().run(["config", "--reference"]).answer;

    assert!(
        manual.contains(&reference),
        "docs/configuration.md must hold this table:\n{reference}"
    );
}
