//! What owners are asked for: areas and levels for people, scopes for the vendor.

use portico_domain::agent::{self, Area, Grant, Level};
use wire::catalog::{self, Catalog, Scopes};

use crate::Error;
use crate::agents::refuse_two_levels;

/// One thing that an owner is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ask {
    /// What could be done: `See orders`.
    pub what: &'static str,
    /// Why it is asked.
    pub why: &'static str,
}

/// Everything that can be read, and nothing that could be changed: what flows need and programs begin with.
/// The profiles of the older API are not among it, since contacts have taken their place.
pub(in crate::connections) const DEFAULT: [(Area, Level); 6] = [
    (Area::Orders, Level::Read),
    (Area::Products, Level::Read),
    (Area::Inventory, Level::Read),
    (Area::Transactions, Level::Read),
    (Area::Contacts, Level::Read),
    (Area::Discounts, Level::Read),
];

const FOR_PROGRAMS: &str = "For the programs that whoever runs this Portico lets in.";
const FOR_CHANGES: &str =
    "So that programs which whoever runs this Portico lets in can do it for you.";

/// Checks what is to be asked for; nothing stands for the usual.
pub(super) fn checked(
    catalog: &Catalog,
    wanted: Vec<(Area, Level)>,
) -> Result<Vec<(Area, Level)>, Error> {
    if wanted.is_empty() {
        return Ok(DEFAULT.to_vec());
    }
    let grant = |(area, level): &(Area, Level)| Grant {
        connection: None,
        area: *area,
        level: *level,
    };
    let grants: Vec<Grant> = wanted.iter().map(grant).collect();
    refuse_two_levels(&grants)?;
    for (area, level) in &wanted {
        if scopes(catalog, &[(*area, *level)]).is_empty() {
            return Err(Error::Invalid(format!(
                "`{area}={level}` asks an owner for nothing; leave it out"
            )));
        }
    }
    Ok(wanted)
}

/// The vendor's scopes that open these areas, as the catalogue has them.
pub(in crate::connections) fn scopes(
    catalog: &Catalog,
    access: &[(Area, Level)],
) -> Vec<&'static str> {
    let mut scopes = Vec::new();
    for operation in catalog.operations() {
        let needed = Level::needed_to(match operation.access {
            catalog::Access::Read => agent::Access::Read,
            catalog::Access::Write => agent::Access::Write,
        });
        let is_wanted =
            |(area, level): &(Area, Level)| area.as_str() == operation.area && *level >= needed;
        if !access.iter().any(is_wanted) {
            continue;
        }
        // The first of several is the narrowest.
        if let Scopes::OneOf([scope, ..]) = operation.scopes
            && !scopes.contains(scope)
        {
            scopes.push(*scope);
        }
    }
    scopes
}

/// The same for the owner.
pub(super) fn in_words(access: &[(Area, Level)]) -> Vec<Ask> {
    access
        .iter()
        .map(|(area, level)| ask(*area, *level))
        .collect()
}

/// As it is stored.
pub(super) fn to_text(access: &[(Area, Level)]) -> String {
    let parts: Vec<String> = access
        .iter()
        .map(|(area, level)| format!("{area}={level}"))
        .collect();
    parts.join(",")
}

/// Reads what was stored.
pub(super) fn of_text(text: &str) -> Result<Vec<(Area, Level)>, Error> {
    let part = |part: &str| {
        let (area, level) = part.split_once('=')?;
        Some((area.parse().ok()?, level.parse().ok()?))
    };
    text.split(',')
        .map(|one| {
            part(one).ok_or_else(|| {
                Error::internal(portico_store::Error::data(
                    "access of a consent",
                    "it is unknown",
                ))
            })
        })
        .collect()
}

fn ask(area: Area, level: Level) -> Ask {
    let (see, change, why) = match area {
        Area::Orders => (
            "See orders",
            "See orders, import orders and mark them as fulfilled",
            "So that what is ordered reaches the systems that work with it.",
        ),
        Area::Products => (
            "See products and store pages",
            "See and change products",
            "So that an order tells what was bought, and in which category.",
        ),
        Area::Inventory => ("See stock", "See and change stock", FOR_PROGRAMS),
        Area::Transactions => (
            "See payments, refunds and fees",
            "See payments, refunds and fees",
            FOR_PROGRAMS,
        ),
        Area::Profiles => (
            "See customers, donors and subscribers",
            "See customers, donors and subscribers",
            FOR_PROGRAMS,
        ),
        Area::Contacts => (
            "See contacts and their addresses",
            "See and change contacts and their addresses",
            FOR_PROGRAMS,
        ),
        Area::Discounts => ("See discounts", "See and change discounts", FOR_PROGRAMS),
        Area::Webhooks => (
            "Be told of changes",
            "Be told of changes",
            "New orders arrive at once.",
        ),
        Area::Site => (
            "See the site's name and settings",
            "See the site's name and settings",
            "To show you which site this is.",
        ),
    };
    if level == Level::Full && change != see {
        return Ask {
            what: change,
            why: FOR_CHANGES,
        };
    }
    Ask { what: see, why }
}

#[cfg(test)]
mod tests {
    use squarespace::catalog::CATALOG;

    use super::*;

    #[test]
    fn the_usual_asks_for_reading_alone() {
        insta::assert_snapshot!(scopes(&CATALOG, &DEFAULT).join("\n"), @r"
        website.products.read
        website.inventory.read
        website.orders.read
        website.transactions.read
        website.contacts.read
        website.discounts.read
        ");
    }

    #[test]
    fn changing_an_area_asks_for_reading_it_too() {
        let access = [(Area::Orders, Level::Full)];
        assert_eq!(
            scopes(&CATALOG, &access),
            ["website.orders.read", "website.orders"]
        );
        assert_eq!(
            in_words(&access)[0].what,
            "See orders, import orders and mark them as fulfilled"
        );
    }

    #[test]
    fn what_needs_no_consent_is_not_asked_for() {
        for nothing in [(Area::Site, Level::Full), (Area::Orders, Level::Off)] {
            assert!(checked(&CATALOG, vec![nothing]).is_err());
        }
        assert_eq!(checked(&CATALOG, Vec::new()).unwrap(), DEFAULT);
        let both = vec![(Area::Orders, Level::Read), (Area::Orders, Level::Full)];
        insta::assert_snapshot!(checked(&CATALOG, both).unwrap_err(), @"`orders=read` and `orders=full` contradict each other; give the area one level");
    }

    #[test]
    fn access_reads_back() {
        assert_eq!(of_text(&to_text(&DEFAULT)).unwrap(), DEFAULT);
        assert!(of_text("everything").is_err());
    }
}
