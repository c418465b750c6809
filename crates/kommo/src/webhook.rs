//! Webhooks as they come in: forms in PHP's brackets, unsigned, many events in one.
//!
//! Nothing in them can be trusted: take the ids, read the cards.

mod brackets;

use jiff::Timestamp;

use brackets::Node;

/// The longest delivery that is read.
///
/// The vendor names no limit. One delivery tells of everything that one call has changed, which are up
/// to 250 cards, and a card with two dozen values takes some six kilobytes in percent-encoded brackets:
/// one and a half megabytes, and more where people have added fields of their own.
pub const MAX_BYTES: usize = 4 * 1024 * 1024;

/// Why a delivery cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It is longer than any delivery should be.
    #[error("the delivery is longer than {MAX_BYTES} bytes")]
    TooLong,
    /// It has more pairs than any delivery should have.
    #[error("the delivery has more than {} pairs", brackets::MAX_PAIRS)]
    TooMany,
    /// A name nests deeper than any should.
    #[error(
        "a name in the delivery nests deeper than {} brackets",
        brackets::MAX_DEPTH
    )]
    TooDeep,
}

/// What one delivery tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delivery {
    /// The account that it says it is from.
    pub account_id: Option<i64>,
    /// What happened to contacts, and to companies, which come under the same name.
    pub contacts: Vec<ContactEvent>,
    /// What happened to leads.
    pub leads: Vec<LeadEvent>,
    /// Events that this client does not read, by name: `task[add]`.
    pub unknown: Vec<String>,
}

/// What happened to a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// It was made.
    Add,
    /// It was changed.
    Update,
    /// It was put in the bin.
    Delete,
    /// It was taken out of the bin.
    Restore,
    /// It was moved to another stage.
    Status,
    /// It was given to another user.
    Responsible,
}

/// What happened to a contact. Its `Debug` leaves out who that is.
#[derive(Clone, PartialEq, Eq)]
pub struct ContactEvent {
    /// What happened.
    pub action: Action,
    /// Which one.
    pub id: i64,
    /// `contact` or `company`.
    pub kind: Option<String>,
    /// The name.
    pub name: Option<String>,
    /// The e-mail addresses, as typed.
    pub emails: Vec<String>,
    /// The phone numbers, as typed.
    pub phones: Vec<String>,
    /// When it last changed.
    pub updated_at: Option<Timestamp>,
    /// Who changed it; 0 is a robot.
    pub modified_user_id: Option<i64>,
}

wire::debug_only!(ContactEvent {
    action,
    id,
    kind,
    updated_at,
    modified_user_id
});

/// What happened to a lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeadEvent {
    /// What happened.
    pub action: Action,
    /// Which one.
    pub id: i64,
    /// The stage.
    pub status_id: Option<i64>,
    /// The pipeline.
    pub pipeline_id: Option<i64>,
    /// The stage before.
    pub old_status_id: Option<i64>,
    /// The pipeline before.
    pub old_pipeline_id: Option<i64>,
    /// When it last changed.
    pub updated_at: Option<Timestamp>,
    /// Who changed it; 0 is a robot.
    pub modified_user_id: Option<i64>,
}

/// Reads a delivery.
pub fn parse(body: &[u8]) -> Result<Delivery, Error> {
    let form = brackets::parse(body)?;
    let mut delivery = Delivery {
        account_id: form.at("account").and_then(|account| account.integer("id")),
        ..Delivery::default()
    };
    for (collection, events) in form
        .entries()
        .filter(|(collection, _)| collection != "account")
    {
        if events.as_text().is_some() {
            delivery.unknown.push(collection.into_owned());
            continue;
        }
        for (name, items) in events.entries() {
            delivery.take(&collection, &name, items);
        }
    }
    Ok(delivery)
}

impl Delivery {
    /// An event that cannot be read is kept by name, so that nothing vanishes unseen.
    fn take(&mut self, collection: &str, name: &str, items: &Node) {
        let mut unread = items.entries().next().is_none();
        for (_, item) in items.entries() {
            let read = match (collection, Action::named(name)) {
                ("contacts" | "companies", Some(action)) => contact(collection, action, item)
                    .map(|event| self.contacts.push(event))
                    .is_some(),
                ("leads", Some(action)) => lead(action, item)
                    .map(|event| self.leads.push(event))
                    .is_some(),
                (_, _) => false,
            };
            unread |= !read;
        }
        if unread {
            self.unknown.push(format!("{collection}[{name}]"));
        }
    }
}

impl Action {
    fn named(name: &str) -> Option<Self> {
        match name {
            "add" => Some(Self::Add),
            "update" => Some(Self::Update),
            "delete" => Some(Self::Delete),
            "restore" => Some(Self::Restore),
            "status" => Some(Self::Status),
            "responsible" => Some(Self::Responsible),
            _ => None,
        }
    }
}

fn contact(collection: &str, action: Action, item: &Node) -> Option<ContactEvent> {
    Some(ContactEvent {
        action,
        id: id_of(item)?,
        kind: item
            .text("type")
            .or((collection == "companies").then_some("company"))
            .map(str::to_owned),
        name: item.text("name").map(str::to_owned),
        emails: values_of_code(item, "EMAIL"),
        phones: values_of_code(item, "PHONE"),
        updated_at: updated_at(item),
        modified_user_id: item.integer("modified_user_id"),
    })
}

fn lead(action: Action, item: &Node) -> Option<LeadEvent> {
    Some(LeadEvent {
        action,
        id: id_of(item)?,
        status_id: item.integer("status_id"),
        pipeline_id: item.integer("pipeline_id"),
        old_status_id: item.integer("old_status_id"),
        old_pipeline_id: item.integer("old_pipeline_id"),
        updated_at: updated_at(item),
        modified_user_id: item.integer("modified_user_id"),
    })
}

/// A deleted card may be told by its bare id.
fn id_of(item: &Node) -> Option<i64> {
    item.integer("id").or_else(|| item.as_integer())
}

fn updated_at(item: &Node) -> Option<Timestamp> {
    let seconds = item
        .integer("updated_at")
        .or_else(|| item.integer("last_modified"))?;
    Timestamp::from_second(seconds).ok()
}

/// The values of the fields with this code. A value is bare, or an object; a single one may have no list around it.
fn values_of_code(item: &Node, code: &str) -> Vec<String> {
    let Some(fields) = item.at("custom_fields") else {
        return Vec::new();
    };
    let of_code = fields
        .entries()
        .map(|(_, field)| field)
        .filter(|field| field.text("code") == Some(code));
    let lists = of_code.filter_map(|field| field.at("values"));
    lists.flat_map(texts).map(str::to_owned).collect()
}

fn texts(values: &Node) -> Vec<&str> {
    match values.text("value") {
        Some(single) => vec![single],
        None => values
            .entries()
            .filter_map(|(_, value)| value.as_text().or_else(|| value.text("value")))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(body: &str) -> Delivery {
        parse(body.as_bytes()).unwrap()
    }

    #[test]
    fn a_moved_lead_tells_old_and_new_place() {
        let delivery = events(
            "leads[status][0][id]=8800010&leads[status][0][name]=Order&leads[status][0][status_id]=142\
             &leads[status][0][pipeline_id]=710001&leads[status][0][old_status_id]=9100012\
             &leads[status][0][old_pipeline_id]=710001&leads[status][0][updated_at]=1752580000\
             &leads[status][0][modified_user_id]=120001&account[id]=30000001&account[subdomain]=acme",
        );
        assert_eq!(delivery.account_id, Some(30_000_001));
        let lead = &delivery.leads[0];
        assert_eq!((lead.action, lead.id), (Action::Status, 8_800_010));
        assert_eq!(
            (lead.status_id, lead.old_status_id, lead.pipeline_id),
            (Some(142), Some(9_100_012), Some(710_001))
        );
        assert_eq!(
            (lead.updated_at.unwrap().as_second(), lead.modified_user_id),
            (1_752_580_000, Some(120_001))
        );
        assert!(delivery.unknown.is_empty());
    }

    #[test]
    fn a_contact_brings_its_addresses_from_its_fields() {
        let delivery = events(
            "contacts%5Badd%5D%5B0%5D%5Bid%5D=5&contacts[add][0][name]=Mara+Lund&contacts[add][0][type]=contact\
             &contacts[add][0][custom_fields][0][code]=EMAIL&contacts[add][0][custom_fields][0][values][0][value]=m%40example.test\
             &contacts[add][0][custom_fields][0][values][0][enum]=17&contacts[add][0][custom_fields][0][values][1][value]=n%40example.test\
             &contacts[add][0][custom_fields][1][code]=PHONE&contacts[add][0][custom_fields][1][values][value]=%2B47\
             &contacts[add][0][custom_fields][2][name]=Born&contacts[add][0][custom_fields][2][values][0]=1753000000\
             &contacts[add][0][linked_leads_id][77][ID]=77&contacts[add][0][last_modified]=1752570000",
        );
        let contact = &delivery.contacts[0];
        assert_eq!(
            (contact.id, contact.name.as_deref(), contact.kind.as_deref()),
            (5, Some("Mara Lund"), Some("contact"))
        );
        assert_eq!(contact.emails, ["m@example.test", "n@example.test"]);
        assert_eq!(contact.phones, ["+47"]);
        assert_eq!(contact.updated_at.unwrap().as_second(), 1_752_570_000);
        assert!(
            !format!("{delivery:?}").contains("Mara")
                && !format!("{delivery:?}").contains("example.test")
        );
    }

    #[test]
    fn a_deleted_card_is_told_by_an_object_or_by_its_bare_id() {
        let delivery =
            events("leads[delete][0][id]=1&leads[delete][0][status_id]=9&leads[delete][1]=2");
        let ids: Vec<i64> = delivery.leads.iter().map(|lead| lead.id).collect();
        assert_eq!(ids, [1, 2]);
    }

    #[test]
    fn companies_under_either_name_are_told_apart() {
        let delivery = events(
            "contacts[update][0][id]=1&contacts[update][0][type]=company&companies[add][0][id]=2",
        );
        assert!(
            delivery
                .contacts
                .iter()
                .all(|contact| contact.kind.as_deref() == Some("company"))
        );
    }

    #[test]
    fn many_items_of_many_actions_keep_their_order() {
        let body: Vec<String> = (0..300)
            .map(|n| format!("leads[add][{n}][id]={}", n + 1))
            .collect();
        let delivery = events(&format!("{}&leads[update][0][id]=7", body.join("&")));
        let ids: Vec<i64> = delivery
            .leads
            .iter()
            .filter(|lead| lead.action == Action::Add)
            .map(|lead| lead.id)
            .collect();
        assert_eq!(ids, (1..=300).collect::<Vec<i64>>());
        assert_eq!(delivery.leads.len(), 301);
    }

    #[test]
    fn what_is_not_read_is_kept_by_name() {
        let delivery = events(
            "task[add][0][id]=1&leads[note][0][note][text]=hello&leads[add][0][name]=x&moons=2",
        );
        assert_eq!(
            delivery.unknown,
            ["leads[add]", "leads[note]", "moons", "task[add]"]
        );
    }
}
