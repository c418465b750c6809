//! An order, its products and its shop, to be changed by each test where it matters.

use std::collections::BTreeMap;

use portico_domain::Money;
use portico_domain::buyer::{Buyer, Phone, Standing};
use portico_domain::deal::{self, Deal, Input, Site, Verdict};
use portico_domain::flow::Settings;
use portico_domain::order::{
    Address, Answer, Discount, Fulfilment, Line, Order, Payment, Shipment,
};
use portico_domain::product::Product;

/// Everything that decides a deal, owned.
#[derive(Debug)]
pub(crate) struct Given {
    pub(crate) order: Order,
    pub(crate) products: BTreeMap<String, Product>,
    pub(crate) standing: Standing,
    pub(crate) order_of_buyer: u32,
    pub(crate) site: Site,
    pub(crate) account_currency: String,
    pub(crate) settings: Settings,
}

impl Given {
    /// A new buyer's paid order of two lanterns and a mug, 118.48 USD.
    pub(crate) fn new() -> Self {
        let products = [
            ("p-lantern", "Lighting", &["brass"][..]),
            ("p-mug", "Kitchen", &[]),
        ];
        Self {
            order: order(),
            products: products
                .map(|(id, page, tags)| {
                    let product = Product {
                        id: id.to_owned(),
                        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
                        store_page: Some(page.to_owned()),
                    };
                    (id.to_owned(), product)
                })
                .into(),
            standing: Standing::New,
            order_of_buyer: 1,
            site: Site {
                name: "acme".to_owned(),
                title: "Harbor & Lantern".to_owned(),
                shares_account: false,
            },
            account_currency: "USD".to_owned(),
            settings: Settings::default(),
        }
    }

    pub(crate) fn verdict(&self) -> Verdict {
        deal::desired(&Input {
            order: &self.order,
            products: &self.products,
            standing: self.standing,
            order_of_buyer: self.order_of_buyer,
            site: &self.site,
            account_currency: &self.account_currency,
            settings: &self.settings,
        })
    }

    pub(crate) fn deal(&self) -> Deal {
        match self.verdict() {
            Verdict::Deal(deal) => *deal,
            Verdict::Skip(reason) => panic!("no deal: {reason}"),
        }
    }
}

pub(crate) fn usd(amount: &str) -> Money {
    Money::new(amount.parse().unwrap(), "USD")
}

pub(crate) fn order() -> Order {
    Order {
        id: "66b2f0be8e21aa5d7c001234".to_owned(),
        number: "1042".to_owned(),
        created_at: "2026-05-14T09:29:51.004Z".parse().unwrap(),
        modified_at: "2026-05-14T09:29:51.004Z".parse().unwrap(),
        channel: "web".to_owned(),
        channel_name: Some("Squarespace".to_owned()),
        test: false,
        buyer: Buyer {
            customer_id: Some("64a7e3d2c8f1b95e30a14d2b".to_owned()),
            first_name: Some("Mara".to_owned()),
            last_name: Some("Lund".to_owned()),
            email: Some("Mara.Lund@example.com".to_owned()),
            phone: Phone::read("+4722123456", None),
        },
        billing: None,
        shipping: Some(address()),
        fulfilment: Fulfilment::Pending,
        payment: Payment::of(Some("PAID")),
        fulfilled_at: None,
        lines: vec![lantern(), mug()],
        shipments: Vec::new(),
        shipping_method: Some("UPS Ground".to_owned()),
        discounts: vec![Discount {
            name: "Spring 10".to_owned(),
            code: Some("SPRING10".to_owned()),
            amount: usd("10.00"),
        }],
        form: vec![Answer {
            label: "How did you find us?".to_owned(),
            value: "A friend".to_owned(),
        }],
        subtotal: usd("111.00"),
        shipping_total: usd("12.40"),
        discount_total: usd("10.00"),
        tax_total: usd("5.08"),
        refunded_total: usd("0.00"),
        grand_total: usd("118.48"),
    }
}

fn address() -> Address {
    Address {
        name: Some("Mara Lund".to_owned()),
        line1: Some("Storgata 5".to_owned()),
        line2: None,
        city: Some("Oslo".to_owned()),
        state: None,
        postal_code: Some("0155".to_owned()),
        country: Some("NO".to_owned()),
    }
}

fn lantern() -> Line {
    Line {
        product_id: Some("p-lantern".to_owned()),
        name: "Brass Lantern".to_owned(),
        sku: Some("LANT-SM-BRS".to_owned()),
        quantity: 2,
        unit_price: usd("45.00"),
        options: vec![Answer {
            label: "Size".to_owned(),
            value: "Small".to_owned(),
        }],
        customizations: vec![Answer {
            label: "Gift message".to_owned(),
            value: "Happy housewarming".to_owned(),
        }],
    }
}

fn mug() -> Line {
    Line {
        product_id: Some("p-mug".to_owned()),
        name: "Mug".to_owned(),
        sku: None,
        quantity: 1,
        unit_price: usd("21.00"),
        options: Vec::new(),
        customizations: Vec::new(),
    }
}

pub(crate) fn parcel() -> Shipment {
    Shipment {
        shipped_at: Some("2026-05-15T18:19:00Z".parse().unwrap()),
        carrier: Some("UPS".to_owned()),
        service: Some("Ground".to_owned()),
        tracking_number: Some("1Z0000000000000000".to_owned()),
        tracking_url: Some("https://carrier.example/t/1Z0000000000000000".to_owned()),
    }
}
