//! A new folder, what is in it, and what is refused where there is none or another.

use std::os::unix::fs::PermissionsExt;

use crate::binary::Place;

#[test]
fn a_new_folder_holds_a_key_that_its_owner_alone_can_read() {
    let place = Place::new();
    let made = place.json(["init", "--data", "shop"]);

    let admin_key = made["admin_key"].as_str().unwrap();
    assert!(admin_key.starts_with("ptc_adm_"), "{admin_key}");
    let mode = |name: &str| {
        let facts = std::fs::metadata(place.path(name)).unwrap();
        facts.permissions().mode() & 0o777
    };
    assert_eq!(mode("shop/master.key"), 0o600);
    assert_eq!(mode("shop/portico.toml"), 0o600);
    assert_eq!(mode("shop"), 0o700);
    let key = std::fs::read_to_string(place.path("shop/master.key")).unwrap();
    assert_eq!(key.trim().len(), 64);
}

#[test]
fn a_folder_is_set_up_once() {
    let place = Place::new();
    place.json(["init"]);
    let before = std::fs::read(place.path("portico-data/master.key")).unwrap();
    let again = place.run(["init"]);

    assert_eq!(again.code, 4);
    assert!(
        again.complaint.contains("nothing was changed"),
        "{}",
        again.complaint
    );
    assert_eq!(
        before,
        std::fs::read(place.path("portico-data/master.key")).unwrap()
    );
}

#[test]
fn commands_in_a_folder_without_portico_say_so() {
    let place = Place::new();
    for args in [["flow", "list"], ["work", "list"], ["connection", "list"]] {
        let ended = place.run(args);
        assert_eq!(ended.code, 3, "{args:?}");
        assert!(
            ended.complaint.contains("there is no Portico here"),
            "{}",
            ended.complaint
        );
    }
    assert!(!place.path("portico-data").exists());
}

#[test]
fn what_is_not_there_has_its_own_exit_code_and_json() {
    let place = Place::new();
    place.json(["init"]);
    let ended = place.run(["connection", "show", "acme", "--json"]);

    assert_eq!(ended.code, 3);
    assert_eq!(ended.answer, "");
    assert_eq!(
        ended.complaint,
        "{\"error\":{\"code\":\"not_found\",\"message\":\"no such connection `acme`\"}}\n"
    );
}

#[test]
fn a_secret_is_read_from_a_safe_place_only() {
    let place = Place::new();
    place.json(["init"]);
    let without = place.run(["connection", "add", "squarespace", "acme"]);
    assert_eq!(without.code, 2);

    let empty = place.write("key", "\n");
    let ended = place.run([
        "connection",
        "add",
        "squarespace",
        "acme",
        "--key-file",
        &empty,
    ]);
    assert_eq!(
        (ended.code, ended.complaint.as_str()),
        (2, "error: the secret is empty\n")
    );

    let ended = place.run([
        "connection",
        "add",
        "squarespace",
        "acme",
        "--key-file",
        "env:NOT_SET",
    ]);
    assert_eq!(
        (ended.code, ended.complaint.as_str()),
        (2, "error: the environment has no text in `NOT_SET`\n")
    );
}

#[test]
fn an_unknown_step_to_stop_at_is_refused_with_those_that_there_are() {
    let mut place = Place::new();
    place.set("PORTICO_STOP_AT", "nowhere");
    let ended = place.run(["init"]);
    assert_eq!(ended.code, 2);
    assert!(
        ended.complaint.contains("create_intended"),
        "{}",
        ended.complaint
    );
}

#[test]
fn options_that_a_command_has_no_use_for_are_refused() {
    let place = Place::new();
    let ended = place.run(["demo", "--database", "x.db"]);
    assert_eq!(
        (ended.code, ended.complaint.as_str()),
        (
            2,
            "error: `portico demo` takes no --database; leave it out\n"
        )
    );
}

#[test]
fn shells_can_complete_the_commands() {
    let script = Place::new().run(["completions", "bash"]).answer;
    assert!(script.contains("backfill"));
}
