//! What the catalogue says of an operation, as sentences for people.

use portico_engine::catalog::{
    IdempotencyKey, KeyRule, Level, Limit, OtherBody, PageSize, Paging, Scopes,
};

/// What an OAuth token needs.
pub(super) fn scopes(scopes: Scopes) -> String {
    match scopes {
        Scopes::Any => "any".to_owned(),
        Scopes::OneOf(scopes) => any_of(scopes),
        Scopes::ByValue { at, one_of } => {
            let alike = one_of.chunk_by(|(_, one), (_, next)| one == next);
            let cases: Vec<String> = alike.map(of_values).collect();
            format!("by the values of {at}: {}", cases.join("; "))
        }
    }
}

/// The scopes of some values, which are the same for all of them.
fn of_values(cases: &[(&str, &[&str])]) -> String {
    let values: Vec<String> = cases
        .iter()
        .map(|(value, _)| format!("`{value}`"))
        .collect();
    let scopes = cases.first().map_or(&[][..], |(_, scopes)| scopes);
    format!("{} for {}", any_of(scopes), values.join(", "))
}

fn any_of(scopes: &[&str]) -> String {
    if scopes.is_empty() {
        return "any".to_owned();
    }
    scopes.join(" or ")
}

/// What an API key needs.
pub(super) fn api_key(rule: KeyRule) -> String {
    match rule {
        KeyRule::Refused => "refused; the connection needs OAuth".to_owned(),
        KeyRule::Any => "any".to_owned(),
        KeyRule::Permission { name, level } => {
            let level = match level {
                Level::ReadOnly => "Read Only",
                Level::ReadWrite => "Read and Write",
            };
            format!("{name}: {level}")
        }
        KeyRule::Unpublished => "let through; the vendor does not say".to_owned(),
    }
}

pub(super) fn idempotency_key(key: IdempotencyKey) -> String {
    let other_body = match key.other_body {
        OtherBody::Refused => "another body under the same key is refused",
        OtherBody::Ignored => {
            "another body under the same key is answered as done, and is not done"
        }
    };
    format!(
        "{} ({}), kept for {} hours; {other_body}; one is made where the caller sends none",
        key.header,
        key.pattern,
        key.kept.as_secs() / 3600
    )
}

pub(super) fn limit(limit: Limit) -> String {
    match limit {
        Limit::PathIds(most) => format!("at most {most} identifiers in the path"),
        Limit::BodyItems { lists, most } => {
            format!("at most {most} items in {}", lists.join(" and "))
        }
        Limit::FileBytes(bytes) => format!("a file of less than {} MB", bytes / 1_000_000),
        Limit::FilePixels(pixels) => {
            format!("a picture of less than {} megapixels", pixels / 1_000_000)
        }
        Limit::Existing { what, most } => format!("at most {most} {what}"),
        Limit::KeyCallsPerHour(most) => format!("at most {most} calls an hour with API keys"),
    }
}

pub(super) fn paging(paging: Paging) -> String {
    match paging.size {
        PageSize::Fixed(rows) => format!("{rows} rows a page"),
        PageSize::Asked {
            parameter,
            default,
            most,
        } => {
            let most = most.map_or(String::new(), |most| format!(", {most} at most"));
            format!("{default} rows a page, or as many as `{parameter}` says{most}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_need_the_same_are_told_together() {
        let by_topic = Scopes::ByValue {
            at: "/topics/*",
            one_of: &[
                ("order.create", &["orders.read", "orders"]),
                ("order.update", &["orders.read", "orders"]),
                ("uninstall", &[]),
            ],
        };
        insta::assert_snapshot!(scopes(by_topic), @"by the values of /topics/*: orders.read or orders for `order.create`, `order.update`; any for `uninstall`");
    }
}
