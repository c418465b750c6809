//! What one call would do, as far as rights speak of it, and what an agent has used up before.

use rust_decimal::Decimal;

use super::{Access, Area};

/// One call that an agent wants, with what it would change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request<'a> {
    /// The vendor's name of the operation.
    pub operation: &'a str,
    pub area: Area,
    pub access: Access,
    pub stock: Vec<StockChange>,
    pub prices: Vec<PriceChange>,
    /// Units in each line that names some: of an order, or of a change of stock.
    pub quantities: Vec<u64>,
    /// Whatever is sold that it would change.
    pub goods: Vec<Goods>,
}

/// A change of one variant's stock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StockChange {
    /// What there is; unknown where it was not read.
    pub now: Option<Stock>,
    pub to: StockTarget,
}

/// How much there is of a variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stock {
    Finite(i64),
    Unlimited,
}

/// What becomes of a stock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StockTarget {
    /// So many more or fewer.
    By(u64),
    Exactly(i64),
    Unlimited,
}

/// A change of a price that customers pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriceChange {
    /// What it is; unknown where it was not read.
    pub now: Option<Decimal>,
    /// What it becomes; unknown where that hangs on what it is.
    pub to: Option<Decimal>,
}

/// Something that is sold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Goods {
    Sku(String),
    /// A variant whose SKU was not read, a product as a whole, anything that a list of SKUs cannot name.
    Other,
}

/// What an agent has used up at a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Calls in this minute of the clock.
    pub calls_in_minute: u64,
    /// Calls on this day, in UTC.
    pub calls_in_day: u64,
    /// Units of stock that were moved on this day, up or down.
    pub stock_in_day: u64,
}

/// What a call takes of the limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    pub calls: u64,
    pub stock: u64,
}

impl StockChange {
    /// How many units it moves; `None` when that cannot be told.
    #[must_use]
    pub fn units(&self) -> Option<u64> {
        match (self.to, self.now) {
            (StockTarget::By(units), _) => Some(units),
            (StockTarget::Exactly(to), Some(Stock::Finite(now))) => Some(to.abs_diff(now)),
            (StockTarget::Unlimited, Some(Stock::Unlimited)) => Some(0),
            (StockTarget::Exactly(_), Some(Stock::Unlimited) | None)
            | (StockTarget::Unlimited, Some(Stock::Finite(_)) | None) => None,
        }
    }
}

impl PriceChange {
    /// By how many percent it moves the price, up or down; `None` when that cannot be told.
    #[must_use]
    pub fn percent(&self) -> Option<Decimal> {
        let (now, to) = (self.now?, self.to?);
        if now == to {
            return Some(Decimal::ZERO);
        }
        let moved = to.checked_sub(now)?.abs();
        moved.checked_mul(Decimal::ONE_HUNDRED)?.checked_div(now)
    }
}

impl<'a> Request<'a> {
    /// A call that changes nothing which rights speak of.
    #[must_use]
    pub fn of(operation: &'a str, area: Area, access: Access) -> Self {
        Self {
            operation,
            area,
            access,
            stock: Vec::new(),
            prices: Vec::new(),
            quantities: Vec::new(),
            goods: Vec::new(),
        }
    }

    /// How many units of stock it moves in all; `None` when that cannot be told.
    #[must_use]
    pub fn units(&self) -> Option<u64> {
        let units = |sum: u64, change: &StockChange| sum.checked_add(change.units()?);
        self.stock.iter().try_fold(0, units)
    }
}
