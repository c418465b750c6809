//! Bends success bodies as switches demand, to shake clients that trust one form.

use serde_json::{Map, Value, json};

use super::Squarespace;

type Object = Map<String, Value>;

/// Applies every bending switch that is on.
pub(super) fn bend(shop: &Squarespace, body: &mut Value) {
    let on = |switch| shop.flag(switch);
    if on("null_arrays") {
        each_object(body, false, &mut null_arrays);
    }
    if on("blank_addresses") {
        each_object(body, true, &mut blank_address);
    }
    if on("older_orders") {
        each_object(body, true, &mut age_order);
    }
    if on("unknown_enum_values") {
        each_object(body, true, &mut unknown_values);
    }
    if !on("numeric_exchange_rate") {
        each_object(body, true, &mut rate_as_text);
    }
    // The shape of money is what the other switches look at, so it is bent last.
    if on("numeric_money") {
        each_object(body, true, &mut number_money);
    }
    if on("currency_objects") {
        each_object(body, true, &mut object_currency);
    }
    if on("extra_fields") {
        each_object(body, true, &mut extra_field);
    }
}

/// Visits the objects of a body, inner ones first; the envelope itself only when asked.
fn each_object(value: &mut Value, with_outermost: bool, change: &mut impl FnMut(&mut Object)) {
    match value {
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| each_object(item, true, change)),
        Value::Object(object) => {
            object
                .values_mut()
                .for_each(|inner| each_object(inner, true, change));
            if with_outermost || object.contains_key("id") {
                change(object);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn null_arrays(object: &mut Object) {
    for value in object.values_mut() {
        if value.as_array().is_some_and(Vec::is_empty) {
            *value = Value::Null;
        }
    }
}

fn blank_address(object: &mut Object) {
    if object.contains_key("address1") {
        object
            .values_mut()
            .filter(|value| value.is_null())
            .for_each(|value| *value = json!(""));
    }
}

fn age_order(object: &mut Object) {
    if object.contains_key("orderNumber") {
        for name in [
            "customerId",
            "paymentState",
            "shippingOptionName",
            "shippingOptionServiceType",
        ] {
            object.remove(name);
        }
    }
}

fn unknown_values(object: &mut Object) {
    let unheard_of = [
        ("channel", "kiosk"),
        ("lineItemType", "BUNDLE_PRODUCT"),
        ("shippingOptionServiceType", "DRONE"),
        ("provider", "ACORN_PAY"),
    ];
    for (name, value) in unheard_of {
        if let Some(known) = object.get_mut(name).filter(|known| known.is_string()) {
            *known = json!(value);
        }
    }
}

fn rate_as_text(object: &mut Object) {
    if let Some(rate) = object
        .get_mut("exchangeRate")
        .filter(|rate| rate.is_number())
    {
        *rate = json!(format!("{:.1}", rate.as_f64().unwrap_or(1.0)));
    }
}

fn number_money(object: &mut Object) {
    if !is_money(object) {
        return;
    }
    let number = object
        .get("value")
        .and_then(Value::as_str)
        .and_then(|text| text.parse::<f64>().ok());
    if let Some(number) = number {
        object.insert("value".to_owned(), json!(number));
    }
}

fn object_currency(object: &mut Object) {
    if !is_money(object) {
        return;
    }
    if let Some(code) = object
        .get("currency")
        .filter(|code| code.is_string())
        .cloned()
    {
        object.insert("currency".to_owned(), json!({ "currencyCode": code }));
    }
}

fn extra_field(object: &mut Object) {
    if object.contains_key("id") {
        object.insert("lunarPhase".to_owned(), json!("waxing"));
    }
}

fn is_money(object: &Object) -> bool {
    object.len() == 2 && object.contains_key("value") && object.contains_key("currency")
}
