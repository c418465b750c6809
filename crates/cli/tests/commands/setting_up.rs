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
fn a_command_line_that_cannot_be_read_is_answered_in_json_too() {
    let place = Place::new();
    for args in [["--json", "flow", "lst"], ["flow", "lst", "--json"]] {
        let ended = place.run(args);
        assert_eq!((ended.code, ended.answer.as_str()), (2, ""));
        assert_eq!(
            ended.complaint,
            "{\"error\":{\"code\":\"usage\",\"message\":\"unrecognized subcommand 'lst'; tip: a similar subcommand exists: 'list'\"}}\n"
        );
    }
    let for_people = place.run(["flow", "lst"]);
    assert_eq!(for_people.code, 2);
    assert!(
        for_people.complaint.contains("Usage: portico flow"),
        "{}",
        for_people.complaint
    );
    let help = place.run(["flow", "--help", "--json"]);
    assert_eq!(help.code, 0);
    assert!(help.answer.contains("backfill"));
}

#[test]
fn an_address_without_its_scheme_is_answered_with_what_was_meant() {
    let place = Place::new();
    let ended = place.run([
        "connection",
        "add",
        "kommo",
        "crm",
        "--base",
        "acme.kommo.com",
        "--key-file",
        "-",
    ]);
    assert_eq!(ended.code, 2);
    assert!(
        ended.complaint.contains("write https://acme.kommo.com"),
        "{}",
        ended.complaint
    );
}

#[test]
fn an_address_that_is_not_this_machines_cannot_be_listened_on() {
    let place = Place::new();
    let ended = place.run(["serve", "--listen", "192.0.2.1:8080"]);
    assert_eq!(ended.code, 2, "{}", ended.complaint);
    assert!(
        ended.complaint.contains("cannot listen on 192.0.2.1:8080"),
        "{}",
        ended.complaint
    );
}

#[test]
fn a_file_that_is_no_database_is_said_to_be_none() {
    let place = Place::new();
    place.json(["init"]);
    place.write("portico-data/letter.txt", &"Dear shop, ".repeat(100));
    let ended = place.run(["flow", "list", "--database", "portico-data/letter.txt"]);
    assert_eq!(
        (ended.code, ended.complaint.as_str()),
        (
            2,
            "error: the file `portico-data/letter.txt` is no SQLite database; name another, or one that does not exist yet\n"
        )
    );
}

#[test]
fn shells_can_complete_the_commands() {
    let script = Place::new().run(["completions", "bash"]).answer;
    assert!(script.contains("backfill"));
}

#[test]
fn an_order_that_no_flow_takes_up_is_not_to_be_waited_for() {
    let place = Place::new();
    place.json(["init"]);
    let missing = place.run(["order", "show", "1002"]);
    assert_eq!(missing.code, 3);
    assert_eq!(
        missing.complaint,
        "error: no such order #1002: orders are known here once a flow takes them up, and there is none; `portico flow add` makes one\n"
    );
}
