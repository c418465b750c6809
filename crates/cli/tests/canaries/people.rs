//! People whose every field is a canary, as the shop's orders and as the CRM's contacts.

use serde_json::{Value, json};

/// One person, known by a number below a hundred.
#[derive(Clone, Copy)]
pub(crate) struct Person(pub(crate) u8);

/// The fields of an order that say something about a person and that the CRM is told of.
const TOLD: [&str; 9] = [
    "first", "last", "email", "line1", "line2", "city", "state", "postal", "gift",
];

/// The others.
const KEPT: [&str; 3] = ["form", "note", "message"];

impl Person {
    pub(crate) fn word(self, field: &str) -> String {
        format!("Zq{:02}{field}q", self.0)
    }

    pub(crate) fn email(self) -> String {
        format!("{}@example.com", self.word("email"))
    }

    pub(crate) fn phone(self) -> String {
        format!("+1 207 555 71{:02}", self.0)
    }

    /// Everything that must not be seen.
    pub(crate) fn canaries(self) -> Vec<String> {
        let words = TOLD.into_iter().chain(KEPT).map(|field| self.word(field));
        let digits = format!("20755571{:02}", self.0);
        words
            .chain([self.phone(), digits, format!("207) 555-71{:02}", self.0)])
            .collect()
    }

    /// What the CRM must have been told of the buyer of an order.
    pub(crate) fn told(self) -> Vec<String> {
        let words = TOLD.into_iter().map(|field| self.word(field));
        words.chain([format!("+120755571{:02}", self.0)]).collect()
    }

    /// An order in the shop's own JSON.
    pub(crate) fn order(self) -> Value {
        let address = json!({
            "firstName": self.word("first"), "lastName": self.word("last"),
            "address1": self.word("line1"), "address2": self.word("line2"),
            "city": self.word("city"), "state": self.word("state"),
            "countryCode": "US", "postalCode": self.word("postal"), "phone": self.phone(),
        });
        json!({
            "customerEmail": self.email(),
            "billingAddress": address,
            "shippingAddress": address,
            "formSubmission": [{"label": "How did you find us?", "value": self.word("form")}],
            "internalNotes": [{"content": self.word("note")}],
            "giftMessage": self.word("message"),
            "lineItems": [{
                "lineItemType": "PHYSICAL_PRODUCT", "productName": "Mug", "quantity": 1,
                "unitPricePaid": {"value": "12.00", "currency": "USD"},
                "customizations": [{"label": "Gift message", "value": self.word("gift")}],
            }],
        })
    }

    /// A contact in the CRM's own JSON.
    pub(crate) fn contact(self) -> Value {
        let field = |code: &str, kind: &str, value: String| json!({"field_code": code, "field_name": code, "field_type": kind, "values": [{"value": value, "enum_code": "WORK"}]});
        let address = json!({
            "field_code": "HOME", "field_name": "Home", "field_type": "text",
            "values": [{"value": format!("{}, {}", self.word("line1"), self.word("city"))}],
        });
        json!({
            "first_name": self.word("first"), "last_name": self.word("last"),
            "name": format!("{} {}", self.word("first"), self.word("last")),
            "custom_fields_values": [
                field("EMAIL", "multitext", self.email()),
                field("PHONE", "multitext", self.phone()),
                address,
            ],
        })
    }
}
