//! The script of `--once`: everything that must not lose or double an order, one after the other.

use serde_json::{Value, json};

use super::control::Placed;
use super::narrator::Narrator;
use super::stage::{Shop, Stage};
use crate::failure::Failure;

/// Buys in both shops, and again.
const INES: &str = "ines.okafor@example.com";
const WESLEY: &str = "wesley.tran@example.com";
/// The shop and the script write this address in different cases.
const GRACE: &str = "grace.holloway@example.com";
/// Is nobody's address before the last step.
const NOOR: &str = "noor.haddad@example.com";

struct Script<'a> {
    stage: &'a Stage,
    harbor: &'a Shop,
    brume: &'a Shop,
    narrator: &'a mut Narrator,
}

pub(super) async fn play(
    stage: &Stage,
    shops: &[Shop],
    narrator: &mut Narrator,
) -> Result<(), Failure> {
    let [harbor, brume] = shops else {
        return Err(Failure::failed("the script needs the sandbox's two shops"));
    };
    let mut script = Script {
        stage,
        harbor,
        brume,
        narrator,
    };
    let first = script.buyers().await?;
    script.lost_answers().await?;
    script.repeated_notifications().await?;
    script.status_changes(&first).await?;
    script.outage().await?;
    script.burst().await
}

impl Script<'_> {
    /// New buyers of both shops, one who comes back, and one who also buys in the other shop.
    async fn buyers(&mut self) -> Result<Vec<Placed>, Failure> {
        self.narrator
            .heading("New and returning buyers, in two shops")?;
        let mut placed = Vec::new();
        for email in [
            INES,
            WESLEY,
            "Grace.Holloway@example.com",
            "kwame@example.org",
        ] {
            placed.push(self.order(self.harbor, json!({ "email": email })).await?);
        }
        self.order(self.brume, json!({})).await?;
        self.narrator.until_quiet(&self.stage.sandbox).await?;
        self.order(self.harbor, json!({ "email": INES })).await?;
        self.order(self.harbor, json!({ "email": GRACE })).await?;
        self.order(self.brume, json!({ "email": INES })).await?;
        self.narrator.until_quiet(&self.stage.sandbox).await?;
        Ok(placed)
    }

    /// The CRM saves a deal, and the note of another, and neither answer arrives.
    async fn lost_answers(&mut self) -> Result<(), Failure> {
        self.narrator.heading("Answers that are lost")?;
        self.narrator
            .act("The CRM saves the next deal, and its answer is lost")?;
        self.lose_answer("^/api/v4/leads/complex").await?;
        let order = self
            .order(self.harbor, json!({ "email": "dolores.w@example.com" }))
            .await?;
        self.narrator
            .until_it_waits(&order.number, &order.id)
            .await?;
        self.narrator
            .act("The CRM saves the note of the next deal, and its answer is lost")?;
        self.lose_answer("^/api/v4/leads/notes").await?;
        self.order(self.harbor, json!({ "email": WESLEY })).await?;
        self.narrator.until_quiet(&self.stage.sandbox).await
    }

    async fn lose_answer(&self, path: &str) -> Result<(), Failure> {
        let lost = json!({
            "app": "kommo", "method": "POST", "path": path, "kind": "drop_after", "times": 1,
        });
        self.stage.control.fault(lost).await
    }

    async fn repeated_notifications(&mut self) -> Result<(), Failure> {
        self.narrator.heading("Repeated notifications")?;
        self.narrator
            .act("Squarespace sends the next two notifications twice")?;
        let twice = json!({ "app": "squarespace", "kind": "duplicate_webhook", "times": 2 });
        self.stage.control.fault(twice).await?;
        self.order(self.harbor, json!({ "email": WESLEY })).await?;
        self.order(self.brume, json!({})).await?;
        self.narrator.until_quiet(&self.stage.sandbox).await
    }

    async fn status_changes(&mut self, orders: &[Placed]) -> Result<(), Failure> {
        self.narrator
            .heading("Shipped, paid back in part, cancelled, paid back in full")?;
        let [shipped, part, cancelled, full] = orders else {
            return Err(Failure::failed("the script needs four orders to change"));
        };
        let parcel = json!({
            "id": shipped.id, "carrier": "UPS", "tracking_number": "1Z999AA10123456784",
        });
        self.shop_does("fulfill", parcel).await?;
        self.shop_does("refund", json!({ "id": part.id, "amount": "5.00" }))
            .await?;
        self.shop_does("cancel", json!({ "id": cancelled.id }))
            .await?;
        self.shop_does("refund", json!({ "id": full.id })).await?;
        self.narrator.until_quiet(&self.stage.sandbox).await
    }

    /// The CRM is down while orders come.
    async fn outage(&mut self) -> Result<(), Failure> {
        self.narrator.heading("An outage of the CRM")?;
        self.narrator
            .act("The CRM goes down: it answers every call with 503")?;
        let down = json!({ "app": "kommo", "kind": "status", "status": 503 });
        self.stage.control.fault(down).await?;
        let during = [
            self.order(
                self.harbor,
                json!({ "email": "linnea.akesson@example.com" }),
            )
            .await?,
            self.order(self.brume, json!({ "email": "lena.vogt@example.org" }))
                .await?,
        ];
        for order in &during {
            self.narrator
                .until_it_waits(&order.number, &order.id)
                .await?;
        }
        self.stage.control.clear_faults().await?;
        self.narrator
            .act("The CRM is back, and what has waited goes through by itself")?;
        self.narrator.until_quiet(&self.stage.sandbox).await
    }

    /// Many orders at once, two of them of one new buyer, who must get one contact.
    async fn burst(&mut self) -> Result<(), Failure> {
        self.narrator
            .heading("Five orders at once, two of them of one new buyer")?;
        for email in [NOOR, NOOR, INES, WESLEY] {
            self.order(self.harbor, json!({ "email": email })).await?;
        }
        self.order(self.brume, json!({ "email": NOOR })).await?;
        self.narrator.until_quiet(&self.stage.sandbox).await
    }

    async fn order(&self, shop: &Shop, wanted: Value) -> Result<Placed, Failure> {
        self.stage.control.check_out(shop, wanted).await
    }

    async fn shop_does(&self, action: &str, what: Value) -> Result<(), Failure> {
        self.stage.control.shopkeeper(action, what).await.map(drop)
    }
}
