//! Tells what happens, line by line: what people do as it is done, and what the hub made of it as the
//! hub itself records it.

use std::collections::HashSet;
use std::fmt::Display;
use std::time::Duration;

use owo_colors::OwoColorize;
use portico_domain::Queue;
use portico_engine::{DealView, Engine, Happening, OrderView, State};
use portico_sandbox::Running;
use tokio::time::MissedTickBehavior;

use crate::failure::Failure;
use crate::output::Output;

/// How often the hub's records are looked at.
const LOOK_EVERY: Duration = Duration::from_millis(150);

/// What takes longer than this has failed.
const PATIENCE: Duration = Duration::from_secs(90);

pub(super) struct Narrator {
    engine: Engine,
    output: Output,
    /// How far the hub's records were told.
    place: i64,
    /// The orders whose deal was told of.
    told: HashSet<String>,
}

impl Narrator {
    pub(super) fn new(engine: Engine, output: Output) -> Self {
        Self {
            engine,
            output,
            place: 0,
            told: HashSet::new(),
        }
    }

    pub(super) fn heading(&self, text: &str) -> Result<(), Failure> {
        self.aside(format!("\n{}", text.bold()))
    }

    pub(super) fn fact(&self, name: &str, text: impl Display) -> Result<(), Failure> {
        self.aside(format!("  {:<8}{text}", name))
    }

    /// What a person, or misfortune, does.
    pub(super) fn act(&self, text: impl Display) -> Result<(), Failure> {
        self.aside(format!("  {} {text}", "›".cyan()))
    }

    /// A line of the story; it is no part of the answer of a command that answers in JSON.
    pub(super) fn aside(&self, text: impl Display) -> Result<(), Failure> {
        if self.output.json {
            self.output.aside(text)
        } else {
            self.output.line(text)
        }
    }

    /// Tells what happens for a while.
    pub(super) async fn watch(&mut self, time: Duration) -> Result<(), Failure> {
        let mut looks = looks();
        let watching = async {
            loop {
                looks.tick().await;
                self.tell_news().await?;
            }
        };
        tokio::time::timeout(time, watching).await.unwrap_or(Ok(()))
    }

    /// Tells what happens until something is so.
    pub(super) async fn until(
        &mut self,
        what: &str,
        is_so: impl AsyncFn(&Engine) -> Result<bool, Failure>,
    ) -> Result<(), Failure> {
        let mut looks = looks();
        let watching = async {
            loop {
                looks.tick().await;
                // Asked first, so that what made it so is told.
                let so = is_so(&self.engine).await?;
                self.tell_news().await?;
                if so {
                    return Ok(());
                }
            }
        };
        tokio::time::timeout(PATIENCE, watching)
            .await
            .unwrap_or_else(|_| Err(Failure::failed(format!("waited in vain for {what}"))))
    }

    /// Tells what happens until no order is on its way any more.
    pub(super) async fn until_quiet(&mut self, sandbox: &Running) -> Result<(), Failure> {
        let quiet = async |engine: &Engine| {
            sandbox.settle().await;
            is_quiet(engine).await
        };
        self.until("every order to arrive", quiet).await
    }

    /// Says where the hub has an order now.
    async fn tell_state(&self, number: &str, id: &str) -> Result<(), Failure> {
        let found = self.engine.orders_numbered(number).await?;
        let order = found.iter().find(|order| order.id == id);
        let mut states = order.into_iter().flat_map(|order| {
            order
                .deals
                .iter()
                .map(move |deal| line(order, &deal.sentence()))
        });
        states.try_for_each(|state| self.aside(state))
    }

    /// Tells what happens until an order waits because something went wrong, and why.
    pub(super) async fn until_it_waits(&mut self, number: &str, id: &str) -> Result<(), Failure> {
        self.until("an order to wait", async |engine: &Engine| {
            let found = match engine.orders_numbered(number).await {
                Err(portico_engine::Error::NotFound(_)) => return Ok(false),
                found => found?,
            };
            let mut deals = found
                .iter()
                .filter(|order| order.id == id)
                .flat_map(|order| &order.deals);
            Ok(deals.any(|deal| {
                deal.work
                    .as_ref()
                    .is_some_and(|work| work.item.error.is_some())
            }))
        })
        .await?;
        self.tell_state(number, id).await
    }

    async fn tell_news(&mut self) -> Result<(), Failure> {
        let news = self.engine.events_after(self.place).await?;
        for happening in &news {
            self.place = self.place.max(happening.place);
            self.tell(happening).await?;
        }
        Ok(())
    }

    async fn tell(&mut self, happening: &Happening) -> Result<(), Failure> {
        let Some(order) = self.order_of(happening).await? else {
            return Ok(());
        };
        if !self.told.contains(&order.id) {
            if order.deals.iter().any(is_made) {
                self.told.insert(order.id.clone());
                self.aside(deal_line(&order))?;
            }
            return Ok(());
        }
        // How an order was read is too much for this screen.
        if happening.text.contains(" changed: ") {
            return self.aside(line(&order, &happening.text));
        }
        Ok(())
    }

    async fn order_of(&self, happening: &Happening) -> Result<Option<OrderView>, Failure> {
        let Some(number) = &happening.order_number else {
            return Ok(None);
        };
        let found = self.engine.orders_numbered(number).await?;
        Ok(found
            .into_iter()
            .find(|order| order.id == happening.order_id))
    }
}

/// A deal that was found after a lost answer is there before its parts are sent.
fn is_made(deal: &DealView) -> bool {
    deal.lead_id.is_some() && (deal.lines > 0 || deal.work.is_none())
}

/// Whether nothing waits or runs that is about an order.
async fn is_quiet(engine: &Engine) -> Result<bool, Failure> {
    let counts = engine.overview().await?.counts;
    Ok(!counts.iter().any(|count| {
        matches!(count.queue, Queue::ReadOrder | Queue::SyncDeal)
            && matches!(count.state, State::Waiting | State::Running)
    }))
}

/// `#1042  harbor  118.48 USD  new buyer, deal 7001 in New Clients, 4 line items, tags …`
fn deal_line(order: &OrderView) -> String {
    let buyer = if order.order_of_buyer == 1 {
        "new buyer"
    } else {
        "returning buyer"
    };
    let mut text = buyer.to_owned();
    for deal in &order.deals {
        if let (Some(lead), Some(pipeline)) = (deal.lead_id, &deal.pipeline) {
            text.push_str(&format!(
                ", deal {lead} in {pipeline}, {}",
                lines(deal.lines)
            ));
        }
        if !deal.tags.is_empty() {
            text.push_str(&format!(", tags {}", deal.tags.join(", ")));
        }
    }
    if order
        .timeline
        .iter()
        .any(|event| event.text.contains("lost answer"))
    {
        text.push_str(" (its answer was lost, so it was looked for and found)");
    }
    line(order, &text)
}

fn lines(count: usize) -> String {
    if count == 1 {
        "1 line item".to_owned()
    } else {
        format!("{count} line items")
    }
}

fn line(order: &OrderView, text: &str) -> String {
    let number = format!("#{}", order.number);
    format!(
        "  {:<7}{:<8}{:>11}  {text}",
        number.green(),
        order.site,
        order.total
    )
}

fn looks() -> tokio::time::Interval {
    let mut looks = tokio::time::interval(LOOK_EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    looks
}
