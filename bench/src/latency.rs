//! Live orders: from the webhook received to the deal in Kommo, with the vendors' limits lifted.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use jiff::Timestamp;
use portico_domain::Clock;
use portico_engine::{Paces, Step, Steps, SystemClock};
use portico_store::Database;
use serde_json::json;

use crate::stand::{Hub, Vendors, pause};

/// When the two ends of an order's way were reached.
#[derive(Default)]
pub(crate) struct Marks {
    received: Option<Timestamp>,
    created: Option<Timestamp>,
}

impl Marks {
    pub(crate) fn shared() -> Arc<Mutex<Self>> {
        Arc::default()
    }
}

/// Times orders one after the other: new buyers, then the same buyers again.
pub(crate) async fn measure(database: &Database, orders: usize) -> Result<()> {
    println!(
        "## live order latency: {orders} orders one by one, limits and spacing lifted, on {database}"
    );
    let vendors = Vendors::start().await?;
    let lifted = json!({"squarespace_per_minute": null, "kommo_per_second": null});
    vendors.post("limits", &lifted).await?;
    let marks = Marks::shared();
    let steps = listener(Arc::clone(&marks));
    let unpaced = Paces {
        squarespace: None,
        kommo: None,
    };
    let hub = Hub::start(&vendors, database, unpaced, steps).await?;
    hub.connect(&vendors).await?;
    while !hub.engine.progress("orders").await?.history_read {
        pause(20).await;
    }
    println!("| buyer | p50 | p99 | most | Kommo calls per order |\n|---|---|---|---|---|");
    for (buyer, from) in [("new", 0), ("returning", 0)] {
        let calls_before = vendors.requests("kommo").await?.len();
        let mut took = Vec::new();
        for n in 0..orders {
            let email = format!("buyer{}@example.com", from + n);
            took.push(one(&vendors, &hub, &marks, &email).await?);
        }
        let calls = vendors.requests("kommo").await?.len() - calls_before;
        took.sort_unstable();
        println!(
            "| {buyer} | {} ms | {} ms | {} ms | {:.2} |",
            took[took.len() / 2],
            took[took.len() * 99 / 100],
            took[took.len() - 1],
            calls as f64 / orders as f64
        );
    }
    println!();
    hub.stop().await
}

pub(crate) fn listener(marks: Arc<Mutex<Marks>>) -> Steps {
    Steps::told_to(move |step| {
        let mut marks = marks.lock().unwrap_or_else(PoisonError::into_inner);
        if step == Step::NotificationVerified {
            marks.received = Some(SystemClock.now());
        } else if step == Step::CreateAnswered {
            marks.created = Some(SystemClock.now());
        }
    })
}

/// Places one order and waits for its deal and its note; answers the milliseconds to the deal.
pub(crate) async fn one(
    vendors: &Vendors,
    hub: &Hub,
    marks: &Mutex<Marks>,
    email: &str,
) -> Result<i64> {
    *marks.lock().unwrap_or_else(PoisonError::into_inner) = Marks::default();
    let order = json!({"app": "squarespace", "action": "checkout", "email": email});
    vendors.post("people", &order).await?;
    loop {
        let done = {
            let marks = marks.lock().unwrap_or_else(PoisonError::into_inner);
            marks.received.zip(marks.created)
        };
        if let Some((received, created)) = done
            && hub.engine.progress("orders").await?.waiting == 0
        {
            return Ok(i64::try_from(created.duration_since(received).as_millis())?);
        }
        pause(2).await;
    }
}
