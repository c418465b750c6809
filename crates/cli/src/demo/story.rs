//! The demo at a human pace: orders, and between them what happens to orders.

use std::time::Duration;

use serde_json::json;

use super::DemoArgs;
use super::control::Placed;
use super::narrator::Narrator;
use super::stage::{Shop, Stage};
use crate::failure::Failure;

/// What happens between orders, in this order.
const TURNS: [Turn; 5] = [
    Turn::Ship,
    Turn::RefundInPart,
    Turn::RepeatNotification,
    Turn::Cancel,
    Turn::Outage,
];

/// The orders that are placed within a turn: one in the repeat, two in the outage.
const TAKEN_BY_TURNS: usize = 3;

#[derive(Clone, Copy)]
enum Turn {
    Ship,
    RefundInPart,
    RepeatNotification,
    Cancel,
    Outage,
}

struct Story<'a> {
    stage: &'a Stage,
    shops: &'a [Shop],
    narrator: &'a mut Narrator,
    pace: Duration,
    /// The orders to be placed, and those that nothing has happened to since.
    left: usize,
    placed: usize,
    untouched: Vec<Placed>,
}

pub(super) async fn play(
    stage: &Stage,
    shops: &[Shop],
    narrator: &mut Narrator,
    wanted: &DemoArgs,
) -> Result<(), Failure> {
    narrator.heading("Orders, as the hub brings them to the CRM")?;
    let mut story = Story {
        stage,
        shops,
        narrator,
        pace: Duration::try_from(wanted.pace)
            .map_err(|_| Failure::usage("--pace must not be negative"))?,
        left: wanted.orders,
        placed: 0,
        untouched: Vec::new(),
    };
    let spread = wanted.orders.saturating_sub(TAKEN_BY_TURNS);
    for (place, turn) in TURNS.into_iter().enumerate() {
        for _ in spread * place / TURNS.len()..spread * (place + 1) / TURNS.len() {
            story.order().await?;
        }
        story.turn(turn).await?;
    }
    story.narrator.until_quiet(&stage.sandbox).await
}

impl Story<'_> {
    /// Somebody buys something, unless enough was bought.
    async fn order(&mut self) -> Result<(), Failure> {
        if self.left == 0 {
            return Ok(());
        }
        self.left -= 1;
        // Every third order goes to the second shop.
        let shop = &self.shops[usize::from(self.placed % 3 == 2)];
        self.placed += 1;
        let order = self.stage.control.check_out(shop, json!({})).await?;
        self.untouched.push(order);
        self.narrator.watch(self.pace).await
    }

    async fn turn(&mut self, turn: Turn) -> Result<(), Failure> {
        match turn {
            Turn::Ship => self.ship().await,
            Turn::RefundInPart => self.refund_in_part().await,
            Turn::RepeatNotification => self.repeat_notification().await,
            Turn::Cancel => self.cancel().await,
            Turn::Outage => self.outage().await,
        }
    }

    async fn ship(&mut self) -> Result<(), Failure> {
        let Some(order) = self.next_untouched() else {
            return Ok(());
        };
        self.narrator
            .act(format!("{} ships #{} with UPS", order.shop, order.number))?;
        let parcel = json!({
            "id": order.id, "carrier": "UPS", "tracking_number": "1Z999AA10123456784",
        });
        self.stage.control.shopkeeper("fulfill", parcel).await?;
        self.narrator.watch(self.pace).await
    }

    async fn refund_in_part(&mut self) -> Result<(), Failure> {
        let Some(order) = self.next_untouched() else {
            return Ok(());
        };
        self.narrator.act(format!(
            "{} pays back 5.00 of #{}",
            order.shop, order.number
        ))?;
        let refund = json!({ "id": order.id, "amount": "5.00" });
        self.stage.control.shopkeeper("refund", refund).await?;
        self.narrator.watch(self.pace).await
    }

    async fn cancel(&mut self) -> Result<(), Failure> {
        let Some(order) = self.next_untouched() else {
            return Ok(());
        };
        self.narrator
            .act(format!("{} cancels #{}", order.shop, order.number))?;
        let cancelled = json!({ "id": order.id });
        self.stage.control.shopkeeper("cancel", cancelled).await?;
        self.narrator.watch(self.pace).await
    }

    async fn repeat_notification(&mut self) -> Result<(), Failure> {
        if self.left == 0 {
            return Ok(());
        }
        self.narrator
            .act("Squarespace sends the notification of the next order twice: there is one deal all the same")?;
        let twice = json!({ "app": "squarespace", "kind": "duplicate_webhook", "times": 1 });
        self.stage.control.fault(twice).await?;
        self.order().await
    }

    /// The CRM is down for a while; what was ordered meanwhile arrives afterwards.
    async fn outage(&mut self) -> Result<(), Failure> {
        if self.left == 0 {
            return Ok(());
        }
        self.narrator
            .act("The CRM goes down: it answers every call with 503")?;
        let down = json!({ "app": "kommo", "kind": "status", "status": 503 });
        self.stage.control.fault(down).await?;
        let before = self.untouched.len();
        self.order().await?;
        self.order().await?;
        for order in &self.untouched[before..] {
            self.narrator
                .until_it_waits(&order.number, &order.id)
                .await?;
        }
        self.narrator.watch(self.pace).await?;
        self.stage.control.clear_faults().await?;
        self.narrator
            .act("The CRM is back, and what has waited goes through by itself")?;
        self.narrator.until_quiet(&self.stage.sandbox).await
    }

    fn next_untouched(&mut self) -> Option<Placed> {
        (!self.untouched.is_empty()).then(|| self.untouched.remove(0))
    }
}
