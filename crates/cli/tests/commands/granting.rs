//! Rules, ends and new keys of agents, and the switch that stops them all, from a shell.

use serde_json::{Value, json};

use crate::binary::{Ended, Place};

/// A Portico with an agent that may do nothing.
fn with_agent() -> Place {
    let place = Place::new();
    place.json(["init"]);
    place.json(["agent", "add", "keeper"]);
    place
}

#[test]
fn an_agent_is_told_in_sentences() {
    let place = Place::new();
    place.json(["init"]);
    let made = place.run([
        "agent",
        "add",
        "Store Agent",
        "--area",
        "inventory=full",
        "--area",
        "orders=read",
        "--allow",
        "getOrders",
        "--ask",
        "adjustInventoryStockLevels",
        "--deny",
        "createOrder",
        "--deny",
        "fulfillOrder",
        "--limit",
        "stock-per-call=20",
        "--limit",
        "skus=A-1,A-2,A-3,A-4,A-5,A-6,A-7",
        "--limit",
        "hours=mon-fri 09:00-17:00 Europe/Berlin",
        "--ask-beyond",
        "price-percent=10",
        "--ask-beyond",
        "calls-per-day=1",
        "--personal-data",
        "hidden",
        "--expires",
        "2100-01-01",
    ]);
    assert_eq!(made.code, 0, "{}", made.complaint);
    let shown = place.run(["agent", "show", "Store Agent"]).answer;
    assert!(made.answer.ends_with(&shown), "{}", made.answer);
    let sentences: Vec<&str> = shown.lines().skip(2).map(str::trim).collect();
    assert_eq!(
        sentences.join("\n").replace("; ", "\n"),
        "every connection: inventory full, orders read
may call getOrders
asks before adjustInventoryStockLevels
may not call createOrder, fulfillOrder
at most 1 call a day, else a person is asked
prices moved by at most 10 % a call, else a person is asked
mon-fri 09:00-17:00 Europe/Berlin only, else denied
personal data hidden
changes A-1, A-2, A-3, A-4, A-5 and 2 more only, else denied
at most 20 units of stock a call, else denied
all of it ends at 2100-01-01T00:00:00Z
subjects of rules, every connection: adjustInventoryStockLevels, ask:calls-per-day, ask:price-percent, createOrder, fulfillOrder, getOrders, hours, personal-data, skus, stock-per-call"
    );
}

#[test]
fn a_grant_changes_what_it_names_and_nothing_else() {
    let place = with_agent();
    let rules = |args: &[&str]| {
        let args = [&["agent", "grant", "keeper", "--json"], args].concat();
        let ended: Ended = place.command(&args).output().unwrap().into();
        assert_eq!(ended.code, 0, "{args:?}: {}", ended.complaint);
        let agent: Value = serde_json::from_str(&ended.answer).unwrap();
        let rules = agent["rules"].as_array().unwrap().iter();
        let subject = |rule: &Value| {
            let named = ["operation", "limit", "personal_data"];
            let said = named.iter().find_map(|name| rule[name].as_str());
            said.unwrap().to_owned()
        };
        rules.map(subject).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(rules(&["--ask", "createOrder"]), "createOrder");
    let both = "createOrder quantity=5";
    assert_eq!(rules(&["--limit", "quantity=5"]), both);
    assert_eq!(rules(&["--area", "orders=read"]), both);
    assert_eq!(rules(&["--expires", "30d"]), both);
    assert_eq!(
        rules(&["--ask-beyond", "quantity=3", "--personal-data", "shown"]),
        "quantity=3 createOrder shown quantity=5",
        "a person is asked beyond one limit, and nobody beyond the other"
    );
    let forgotten = ["createOrder", "personal-data", "quantity"].map(|rule| ["--forget", rule]);
    assert_eq!(rules(forgotten.as_flattened()), "quantity=3");
    let shown = place.run(["agent", "show", "keeper"]).answer;
    let subjects = "  subjects of rules, every connection: ask:quantity\n";
    assert!(shown.ends_with(subjects), "{shown}");
    let shown = place.json(["agent", "show", "keeper"]);
    assert_eq!(shown["rules"][0]["beyond"], "ask");
    assert!(shown["expires_at"].is_string());
    place.json(["agent", "grant", "keeper", "--expires", "never"]);
    let shown = place.json(["agent", "show", "keeper"]);
    assert_eq!(shown["expires_at"], Value::Null);
    assert_eq!(shown["grants"][0]["area"], "orders");
}

#[test]
fn what_cannot_be_granted_is_refused_in_words() {
    let place = with_agent();
    let cases: &[(&[&str], i32, &str)] = &[
        (&[], 2, "say what to grant, such as --area orders=read"),
        (
            &["--ask", "getOrder s"],
            3,
            "did you mean `getOrders`? `portico operations list`",
        ),
        (
            &["--allow", "sellEverything"],
            3,
            "no such operation `sellEverything`",
        ),
        (
            &["--deny", "sellEverything"],
            3,
            "no such operation `sellEverything`",
        ),
        (
            &["--ask", "getOrders", "--deny", "getOrders"],
            2,
            "two rules on `getOrders` contradict each other",
        ),
        (
            &["--limit", "quantity=5", "--limit", "quantity=3"],
            2,
            "two rules on `quantity` contradict each other",
        ),
        (&["--limit", "quantity"], 2, "`quantity` is no limit"),
        (
            &["--limit", "quantity=many"],
            2,
            "`quantity` takes a whole number of 0 or more",
        ),
        (&["--ask-beyond", "stock=5"], 2, "`stock` is no limit"),
        (
            &["--limit", "hours=mon-fri 09:00-17:00 Atlantis/Capital"],
            2,
            "`Atlantis/Capital` is no time zone that is known here",
        ),
        (&["--personal-data", "perhaps"], 2, "shown, hidden"),
        (
            &["--expires", "soon"],
            2,
            "give a while such as 30d or 12h, a day such as 2027-01-31",
        ),
        (&["--expires", "0"], 2, "could never be used"),
        (&["--expires", "2020-01-01"], 2, "could never be used"),
        (&["--expires", "9999999w"], 2, "give a while such as 30d"),
        (
            &["--forget", "quantity"],
            3,
            "no such rule on `quantity` for all connections",
        ),
        (
            &["--forget", "quantity", "--limit", "quantity=5"],
            2,
            "is to be forgotten and set",
        ),
        (&["--connection", "acme"], 2, "--area"),
        (&["--connection", "acme", "--expires", "30d"], 2, "--area"),
        (
            &["--connection", "gone", "--limit", "quantity=5"],
            3,
            "no such connection `gone`",
        ),
    ];
    for (args, code, words) in cases {
        let args = [&["agent", "grant", "keeper"], *args].concat();
        let ended: Ended = place.command(&args).output().unwrap().into();
        assert_eq!(ended.code, *code, "{args:?}: {}", ended.complaint);
        assert!(
            ended.complaint.contains(words),
            "{args:?}: {}",
            ended.complaint
        );
    }
    let shown = place.json(["agent", "show", "keeper"]);
    assert_eq!(
        (&shown["rules"], &shown["grants"]),
        (&json!([]), &json!([]))
    );
    assert_eq!(shown["expires_at"], Value::Null);
}

#[test]
fn a_new_key_is_shown_once_and_says_until_when_the_former_is_good() {
    let place = with_agent();
    let rotated = place.run(["agent", "rotate", "keeper", "--overlap", "0"]);
    assert_eq!(rotated.code, 0, "{}", rotated.complaint);
    assert!(rotated.answer.starts_with("ptc_agt_"), "{}", rotated.answer);
    assert!(
        rotated
            .answer
            .ends_with("(shown once, keep it; its former keys let nobody in any more)\n"),
        "{}",
        rotated.answer
    );
    let rotated = place.json(["agent", "rotate", "keeper"]);
    let end: jiff::Timestamp = rotated["former_end_at"].as_str().unwrap().parse().unwrap();
    let made: jiff::Timestamp = rotated["agent"]["created_at"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!(end >= made + jiff::SignedDuration::from_hours(24));
    for (overlap, words) in [
        ("8d", "7 days at most"),
        ("1y", "give a number and a unit, such as 30d"),
        ("-1h", "unexpected argument"),
    ] {
        let refused = place.run(["agent", "rotate", "keeper", "--overlap", overlap]);
        assert_eq!(refused.code, 2, "{}", refused.complaint);
        assert!(refused.complaint.contains(words), "{}", refused.complaint);
    }
    assert_eq!(place.run(["agent", "rotate", "Nobody"]).code, 3);
}

#[test]
fn all_agents_are_stopped_and_started_and_the_list_says_so() {
    let place = with_agent();
    let key = place.json(["agent", "add", "Reader", "--area", "orders=read"]);
    place.write("reader.key", key["secret"].as_str().unwrap());
    let stopped = place.run(["agents", "stop"]).answer;
    assert!(
        stopped.starts_with("2 agents stopped since 20"),
        "{stopped}"
    );
    assert!(stopped.contains("`portico agents start`"), "{stopped}");
    let listed = place.run(["agent", "list"]).answer;
    assert!(
        listed.contains("All agents are stopped since 20"),
        "{listed}"
    );
    let refused = place.run(["call", "getOrders", "--key-file", "reader.key"]);
    assert_eq!(refused.code, 1, "{}", refused.complaint);
    assert!(
        refused
            .complaint
            .contains("all agents are stopped since 20"),
        "{}",
        refused.complaint
    );
    let again = place.json(["agents", "stop"]);
    let listed = place.json(["agent", "list"]);
    assert_eq!(again["stopped_at"], listed["stopped_at"]);

    place.json(["agent", "revoke", "keeper"]);
    let started = place.run(["agents", "start"]).answer;
    assert_eq!(started, "1 agent may call, each as far as its rights go\n");
    assert_eq!(
        place.json(["agents", "start"]),
        json!({ "stopped_at": null, "agents": 1 })
    );
    let refused = place.run(["call", "getOrders", "--key-file", "reader.key"]);
    assert!(
        !refused.complaint.contains("stopped"),
        "{}",
        refused.complaint
    );
}
