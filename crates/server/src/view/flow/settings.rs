//! How a flow's settings, and changes of them, are written: their own form, described for the document.
//!
//! The structs here are never made. Only their schemas are used, and the tests below hold them
//! against what the domain reads and writes.

use utoipa::ToSchema;

/// What an owner can choose; what is left out stays at its default.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only the schema is used")]
pub(crate) struct FlowSettings {
    /// The pipeline of a buyer's first order.
    #[schema(required = false, default = "New Clients")]
    new_pipeline: String,
    /// The pipeline of every later one.
    #[schema(required = false, default = "Repeat Sales")]
    returning_pipeline: String,
    /// Lower bounds of the amount tags, in the site's currency.
    #[schema(required = false, default = json!([100, 250, 500, 1000]))]
    bands: Vec<u32>,
    /// Orders taken at the counter get a deal.
    #[schema(required = false, default = true)]
    point_of_sale: bool,
    /// Orders imported from another channel get a deal.
    #[schema(required = false, default = true)]
    imported: bool,
    /// The stage that a fulfilled order's deal moves to; without one it stays.
    fulfilled_stage: Option<FulfilledStage>,
    /// Close the deal as lost when its order is cancelled or refunded in full.
    #[schema(required = false, default = true)]
    close_lost: bool,
    /// Fields that people keep: filled once, never overwritten.
    #[schema(required = false)]
    theirs: Vec<DealField>,
    /// The first that matches wins.
    #[schema(required = false)]
    rules: Vec<Rule>,
}

/// New values of settings; what is left out stays as it is.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only the schema is used")]
pub(crate) struct FlowSettingsChange {
    /// The pipeline of a buyer's first order; deals that exist are not moved to it.
    #[schema(required = false)]
    new_pipeline: String,
    /// The pipeline of every later one; deals that exist are not moved to it.
    #[schema(required = false)]
    returning_pipeline: String,
    /// Lower bounds of the amount tags, in the site's currency.
    #[schema(required = false)]
    bands: Vec<u32>,
    /// Orders taken at the counter get a deal.
    #[schema(required = false)]
    point_of_sale: bool,
    /// Orders imported from another channel get a deal.
    #[schema(required = false)]
    imported: bool,
    /// The stage that a fulfilled order's deal moves to; null lets it stay.
    fulfilled_stage: Option<FulfilledStage>,
    /// Close the deal as lost when its order is cancelled or refunded in full.
    #[schema(required = false)]
    close_lost: bool,
    /// Fields that people keep: all of them, not only those that are added.
    #[schema(required = false)]
    theirs: Vec<DealField>,
    /// The first that matches wins: all of them, not only those that are added.
    #[schema(required = false)]
    rules: Vec<Rule>,
}

/// Where a fulfilled order's deal goes.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "only the schema is used")]
enum FulfilledStage {
    /// Closed as won.
    Won,
    /// A stage of the deal's pipeline, by name.
    Named(String),
}

/// A field that Portico keeps on a deal.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "only the schema is used")]
enum DealField {
    OrderNumber,
    OrderId,
    Site,
    Channel,
    Items,
    Skus,
    Categories,
    Fulfilment,
    Payment,
    Total,
    Refunded,
    Currency,
    DiscountCodes,
    ShippingMethod,
    Tracking,
    OrderedAt,
}

/// When an order is such, treat it so.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only the schema is used")]
struct Rule {
    /// What people call it.
    #[schema(required = false)]
    name: String,
    #[schema(required = false)]
    when: Condition,
    #[schema(required = false)]
    then: Outcome,
}

/// Every part that is given must hold; without parts every order matches.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only the schema is used")]
struct Condition {
    buyer: Option<Standing>,
    /// One of the order's categories, compared without case.
    category: Option<String>,
    /// A tag of one of its products.
    product_tag: Option<String>,
    sku: Option<String>,
    #[schema(example = 100)]
    amount_from: Option<f64>,
    #[schema(example = 249.5)]
    amount_below: Option<f64>,
    /// Two letters of ISO 3166, where the goods go.
    #[schema(example = "DE")]
    country: Option<String>,
    #[schema(example = "web")]
    channel: Option<String>,
    discount_code: Option<String>,
    /// 1 for the buyer's first order, 2 for the second.
    order_of_buyer: Option<u32>,
}

/// Whether a buyer has bought before.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "only the schema is used")]
enum Standing {
    New,
    Returning,
}

/// What a rule decides; what it leaves out stays as the flow has it.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only the schema is used")]
struct Outcome {
    pipeline: Option<String>,
    stage: Option<String>,
    /// The e-mail address or the number of a user of the CRM.
    responsible: Option<String>,
    #[schema(required = false)]
    deal_tags: Vec<String>,
    #[schema(required = false)]
    contact_tags: Vec<String>,
    /// The order gets no deal at all.
    #[schema(required = false, default = false)]
    skip: bool,
}

#[cfg(test)]
mod tests {
    use portico_domain::field::FIELDS;
    use portico_domain::flow::Settings;
    use portico_domain::rule;
    use serde::Serialize;
    use serde_json::Value;
    use utoipa::PartialSchema;

    use super::*;

    fn described<T: PartialSchema>() -> Value {
        serde_json::to_value(T::schema()).unwrap()
    }

    fn keys(object: &Value) -> Vec<String> {
        let mut keys: Vec<String> = object.as_object().unwrap().keys().cloned().collect();
        keys.sort();
        keys
    }

    #[test]
    fn the_schemas_name_what_the_domain_reads_and_writes() {
        fn compare<T: PartialSchema>(written: &impl Serialize) {
            let written = serde_json::to_value(written).unwrap();
            assert_eq!(keys(&described::<T>()["properties"]), keys(&written));
        }
        compare::<FlowSettings>(&Settings::default());
        compare::<FlowSettingsChange>(&Settings::default());
        compare::<Rule>(&rule::Rule::default());
        compare::<Condition>(&rule::Condition::default());
        compare::<Outcome>(&rule::Outcome::default());
    }

    #[test]
    fn the_schemas_tell_the_defaults_that_the_domain_has() {
        let settings = serde_json::to_value(Settings::default()).unwrap();
        for (name, property) in described::<FlowSettings>()["properties"]
            .as_object()
            .unwrap()
        {
            if let Some(default) = property.get("default") {
                assert_eq!(default, &settings[name], "{name}");
            }
        }
    }

    #[test]
    fn the_schema_lists_every_field() {
        let fields = FIELDS.iter().map(|facts| facts.field).collect::<Vec<_>>();
        let fields = serde_json::to_value(fields).unwrap();
        assert_eq!(described::<DealField>()["enum"], fields);
    }
}
