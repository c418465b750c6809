//! Calls of agents that are tried out, asked about, agreed to and refused, from a shell.

use serde_json::{Value, json};

use crate::binary::Ended;
use crate::calling::Shop;

const ADJUST: &str = "adjustInventoryStockLevels";

/// An agent that asks before it changes stock, and a variant of the shop with its stock.
struct Asking {
    shop: Shop,
    variant: Value,
    sku: String,
    stock: i64,
}

impl Asking {
    async fn new() -> Self {
        let shop = Shop::connected().await;
        let grant = "inventory=full";
        let made = shop
            .place
            .json(["agent", "add", "keeper", "--area", grant, "--ask", ADJUST]);
        let secret = made["secret"].as_str().unwrap();
        shop.place.write("keeper.key", secret);
        let items = shop.place.json(["call", "getInventoryItems"]);
        let mut items = items["inventory"].as_array().unwrap().iter();
        let item = items.find(|item| item["isUnlimited"] == false).unwrap();
        Self {
            variant: item["variantId"].clone(),
            sku: item["sku"].as_str().unwrap().to_owned(),
            stock: item["quantity"].as_i64().unwrap(),
            shop,
        }
    }

    fn call(&self, quantity: i64, more: &[&str]) -> Ended {
        let operations = json!([{"variantId": self.variant, "quantity": quantity}]);
        let body = json!({ "setFiniteOperations": operations }).to_string();
        let args = ["call", ADJUST, "--key-file", "keeper.key", "--body", &body];
        let args = [&args[..], more].concat();
        self.shop.place.command(args).output().unwrap().into()
    }

    /// Asks about a change, and gives the identifier of the approval.
    fn ask(&self, quantity: i64) -> String {
        let asked = self.call(quantity, &["--json"]);
        let asked: Value = serde_json::from_str(&asked.answer).unwrap();
        asked["approval"].as_str().unwrap().to_owned()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_tried_out_asked_about_and_agreed_to() {
    let asking = Asking::new().await;
    let (sku, before, after) = (&asking.sku, asking.stock, asking.stock + 3);
    let tried = asking.call(after, &["--dry-run"]).answer;
    for words in [
        "nothing was sent\n".to_owned(),
        format!("{ADJUST} at acme would send POST /"),
        format!("it would change stock of `{sku}` from {before} to {after}\n"),
        format!("a person would be asked: its rule asks a person about {ADJUST}"),
    ] {
        assert!(tried.contains(&words), "{words}: {tried}");
    }
    let none = asking.shop.place.run(["approval", "list"]).answer;
    assert_eq!(none.trim_end(), "no call waits for a person");

    let asked = asking.call(after, &[]);
    assert_eq!(asked.code, 6, "{}", asked.complaint);
    let start = "nothing was sent: a person is asked, because its rule asks";
    assert!(asked.answer.starts_with(start), "{}", asked.answer);
    let id = asking.ask(after);
    let sentence =
        format!("keeper asks to adjust stock at acme: stock of `{sku}` from {before} to {after}");
    let listed = asking.shop.place.run(["approval", "list"]).answer;
    assert!(
        listed.starts_with(&format!("{id}  {sentence}; waits until ")),
        "{listed}"
    );

    let approved = asking.shop.place.run(["approval", "approve", &id]);
    assert_eq!(approved.code, 0, "{}", approved.complaint);
    for words in [
        &sentence[..],
        "agreed to by command-line, and done: the vendor answered 204",
        "request: POST /1.0/commerce/inventory/adjustments\n{",
    ] {
        assert!(
            approved.answer.contains(words),
            "{words}: {}",
            approved.answer
        );
    }
    let again = asking.shop.place.run(["approval", "approve", &id]);
    assert_eq!(again.code, 4, "{}", again.complaint);
    let told = asking.call(after, &[]);
    assert_eq!(told.code, 0, "{}", told.complaint);
    let told = told.answer;
    assert!(
        told.starts_with(&format!(
            "a person was asked before ({id}): done\nthe vendor answered 204"
        )),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_refused_and_one_that_is_not_done_ends_with_a_failure() {
    let asking = Asking::new().await;
    let (waiting, id) = (asking.ask(asking.stock + 1), asking.ask(asking.stock + 2));
    let refused = asking.shop.place.run(["approval", "refuse", &id]);
    assert!(
        refused.answer.starts_with("refused: keeper asks to "),
        "{}",
        refused.answer
    );
    let shown = asking.shop.place.run(["approval", "show", &id]).answer;
    assert!(shown.contains("\nrefused by command-line\n"), "{shown}");
    let listed = asking.shop.place.json(["approval", "list"]);
    assert_eq!(listed["approvals"][0]["id"], waiting);

    let all = asking.shop.place.run(["approval", "list", "--limit", "1"]);
    let (first, more) = all.answer.trim_end().split_once('\n').unwrap();
    assert!(first.starts_with(&waiting), "{first}");
    let next = more.strip_prefix("there is more: --next ").unwrap();
    let rest = asking.shop.place.run(["approval", "list", "--next", next]);
    assert!(rest.answer.starts_with(&id), "{}", rest.answer);
    assert!(!rest.answer.contains("there is more"), "{}", rest.answer);
    for (flag, value, code) in [("--limit", "0", 2), ("--agent", "nobody", 3)] {
        let refused = asking.shop.place.run(["approval", "list", flag, value]);
        assert_eq!(refused.code, code, "{flag}: {}", refused.complaint);
    }

    let shown = asking.shop.place.run(["approval", "show", &waiting]).answer;
    let (agree, refuse) = (
        format!("to agree: portico approval approve {waiting}"),
        format!("to refuse: portico approval refuse {waiting}"),
    );
    assert!(shown.contains(&agree) && shown.contains(&refuse), "{shown}");
    asking.shop.place.json(["agents", "stop"]);
    let shown = asking.shop.place.run(["approval", "show", &waiting]).answer;
    let blocked = "if you agreed now, it would not be made: all agents are stopped";
    assert!(
        shown.contains(blocked) && !shown.contains(&agree),
        "{shown}"
    );
    assert!(shown.contains(&refuse), "{shown}");
    let early = asking.shop.place.run(["approval", "approve", &waiting]);
    assert_eq!(early.code, 4, "{}", early.answer);
    let words = "goes on waiting: all agents are stopped";
    assert!(early.complaint.contains(words), "{}", early.complaint);

    asking.shop.place.json(["agents", "start"]);
    asking.shop.place.json(["agent", "revoke", "keeper"]);
    let failed = asking.shop.place.run(["approval", "approve", &waiting]);
    assert_eq!(failed.code, 1, "{}", failed.answer);
    let words = "it was agreed to, and not done: its agent was revoked meanwhile";
    assert!(failed.complaint.contains(words), "{}", failed.complaint);
    let missing =
        asking
            .shop
            .place
            .run(["approval", "show", "apr_00000000000000000000000000000000"]);
    assert_eq!(missing.code, 3, "{}", missing.complaint);
}
