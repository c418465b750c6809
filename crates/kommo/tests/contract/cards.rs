//! Contacts, leads, notes, tags and links.

use kommo::contact::LeadOfContact;
use kommo::lead::LeadContact;
use kommo::lead_write::NewLeadParts;
use kommo::pipeline::LOST;
use kommo::{
    ContactPatch, ContactsQuery, Entity, LeadFields, LeadPatch, LeadsQuery, Link, NewLead, NewNote,
    NoteBody, Order,
};
use kommo::{NotesQuery, Paging, TagRef};
use serde_json::json;

use crate::Bench;

fn of_ids(ids: &[i64]) -> LeadsQuery {
    LeadsQuery {
        ids: ids.to_vec(),
        with_contacts: true,
        ..LeadsQuery::default()
    }
}

fn note(entity_id: i64, body: NoteBody) -> NewNote {
    NewNote {
        entity_id,
        body,
        created_by: Some(0),
        created_at: Some("2025-07-15T09:00:00Z".parse().unwrap()),
        is_need_to_trigger_digital_pipeline: false,
        request_id: Some("n-1".to_owned()),
    }
}

#[tokio::test]
async fn a_contact_that_was_made_is_found_read_and_changed() {
    let bench = Bench::start().await;
    let (client, token) = (&bench.client, &bench.token);
    let mut new = bench
        .contact_with_email("Mara", "mara.lund@example.test")
        .await;
    new.embedded.tags = vec![
        TagRef::Name("buyer: new".to_owned()),
        TagRef::Name("site: oslo".to_owned()),
    ];
    let made = client
        .create_contacts(&[new], token)
        .await
        .unwrap()
        .remove(0);
    assert_eq!(made.request_id.as_deref(), Some("Mara"));

    let query = ContactsQuery {
        query: Some("mara.lund@example.test".to_owned()),
        ..ContactsQuery::default()
    };
    let found = client.contacts(&query, token).await.unwrap();
    assert_eq!(found.items[0].id, made.id);
    assert_eq!(found.items[0].emails(), ["mara.lund@example.test"]);

    let patch = ContactPatch {
        id: made.id,
        tags_to_add: vec![TagRef::Name("vip".to_owned())],
        tags_to_delete: vec![TagRef::Name("buyer: new".to_owned())],
        ..ContactPatch::default()
    };
    let written = client.update_contacts(&[patch], token).await.unwrap();
    assert_eq!(
        (written[0].id, written[0].updated_at.is_some()),
        (made.id, true)
    );
    let contact = client.contact(made.id, token).await.unwrap().unwrap();
    let mut tags: Vec<&str> = contact
        .embedded
        .tags
        .iter()
        .map(|tag| tag.name.as_str())
        .collect();
    tags.sort_unstable();
    assert_eq!(tags, ["site: oslo", "vip"]);
    assert_eq!(client.contact(1, token).await.unwrap(), None);
}

#[tokio::test]
async fn contacts_are_listed_in_pages_by_id() {
    let bench = Bench::start().await;
    let mut batch = Vec::new();
    for name in ["Ada", "Bo", "Cy"] {
        batch.push(
            bench
                .contact_with_email(name, &format!("{name}@example.test"))
                .await,
        );
    }
    let ids: Vec<i64> = bench
        .client
        .create_contacts(&batch, &bench.token)
        .await
        .unwrap()
        .iter()
        .map(|made| made.id)
        .collect();
    let mut query = ContactsQuery {
        ids: ids.clone(),
        order: Some(Order::Id),
        ..ContactsQuery::default()
    };
    query.paging = Paging { page: 1, limit: 2 };
    let first = bench.client.contacts(&query, &bench.token).await.unwrap();
    query.paging.page = 2;
    let second = bench.client.contacts(&query, &bench.token).await.unwrap();
    assert_eq!((first.has_next, second.has_next), (true, false));
    let listed: Vec<i64> = first
        .items
        .iter()
        .chain(&second.items)
        .map(|contact| contact.id)
        .collect();
    assert_eq!(listed, ids);
}

#[tokio::test]
async fn contacts_are_listed_by_their_last_change_within_a_span() {
    let bench = Bench::start().await;
    let mut ids = Vec::new();
    for name in ["Ada", "Bo", "Cy"] {
        let new = bench.contact_with_email(name, "shared@example.test").await;
        let made = bench.client.create_contacts(&[new], &bench.token).await;
        ids.push(made.unwrap()[0].id);
        second_passes(&bench).await;
    }
    let mut patch = ContactPatch {
        id: ids[0],
        ..ContactPatch::default()
    };
    patch.fields.name = Some("Ada L.".to_owned());
    let changed = bench.client.update_contacts(&[patch], &bench.token).await;
    assert_eq!(changed.unwrap().len(), 1);

    let all = ContactsQuery {
        order: Some(Order::UpdatedAt),
        ..ContactsQuery::default()
    };
    let listed = bench.client.contacts(&all, &bench.token).await.unwrap();
    let in_order: Vec<i64> = listed.items.iter().map(|contact| contact.id).collect();
    assert_eq!(in_order, [ids[1], ids[2], ids[0]]);

    let only_second = ContactsQuery {
        updated_from: listed.items[1].updated_at,
        updated_to: listed.items[1].updated_at,
        ..all
    };
    let listed = bench.client.contacts(&only_second, &bench.token).await;
    let within: Vec<i64> = listed.unwrap().items.iter().map(|one| one.id).collect();
    assert_eq!(within, [ids[2]]);
}

async fn second_passes(bench: &Bench) {
    bench
        .vendor
        .post("clock", json!({"advance_ms": 1_000}))
        .await;
}

#[tokio::test]
async fn an_empty_list_is_an_empty_page() {
    let bench = Bench::start().await;
    let query = ContactsQuery {
        query: Some("nobody@example.test".to_owned()),
        ..ContactsQuery::default()
    };
    let page = bench.client.contacts(&query, &bench.token).await.unwrap();
    assert_eq!((page.items.len(), page.has_next), (0, false));
    assert_eq!(bench.client.lead(1, &bench.token).await.unwrap(), None);
}

#[tokio::test]
async fn a_deal_is_made_together_with_its_buyer() {
    let bench = Bench::start().await;
    let made = bench.deal("Mara", "mara@example.test").await;
    assert_eq!(
        (made.request_ids.as_slice(), made.merged),
        (["ord-Mara".to_owned()].as_slice(), false)
    );
    let contact_id = made.contact_id.unwrap();

    let page = bench
        .client
        .leads(&of_ids(&[made.id]), &bench.token)
        .await
        .unwrap();
    assert_eq!(
        page.items[0].embedded.contacts,
        [LeadContact {
            id: contact_id,
            is_main: true
        }]
    );
    let query = ContactsQuery {
        ids: vec![contact_id],
        with_leads: true,
        ..ContactsQuery::default()
    };
    let contacts = bench.client.contacts(&query, &bench.token).await.unwrap();
    assert_eq!(
        contacts.items[0].embedded.leads,
        [LeadOfContact { id: made.id }]
    );

    bench.vendor.switch("complex_request_id", "text").await;
    assert_eq!(
        bench.deal("Lena", "lena@example.test").await.request_ids,
        ["ord-Lena"]
    );
}

#[tokio::test]
async fn a_deal_of_a_known_buyer_is_moved_and_lost_with_a_reason() {
    let bench = Bench::start().await;
    let (client, token) = (&bench.client, &bench.token);
    let contact_id = bench
        .deal("Mara", "mara@example.test")
        .await
        .contact_id
        .unwrap();
    let pipeline = client.pipelines(token).await.unwrap().remove(0);
    let reason = client.loss_reasons(token).await.unwrap().items.remove(0);

    let placed = "2025-07-15T09:00:00Z".parse().unwrap();
    let fields = LeadFields {
        name: Some("Order 1042".to_owned()),
        price: Some(1290),
        pipeline_id: Some(pipeline.id),
        created_at: Some(placed),
        request_id: Some("ord-1042".to_owned()),
        ..LeadFields::default()
    };
    let contacts = vec![LeadContact {
        id: contact_id,
        is_main: true,
    }];
    let tags = vec![TagRef::Name("over-1000".to_owned())];
    let lead = NewLead {
        fields,
        embedded: NewLeadParts { tags, contacts },
    };
    let made = client.create_leads(&[lead], token).await.unwrap().remove(0);
    assert_eq!(made.request_id.as_deref(), Some("ord-1042"));

    let fields = LeadFields {
        status_id: Some(LOST),
        pipeline_id: Some(pipeline.id),
        loss_reason_id: Some(reason.id),
        ..LeadFields::default()
    };
    client
        .update_leads(
            &[LeadPatch {
                id: made.id,
                fields,
                ..LeadPatch::default()
            }],
            token,
        )
        .await
        .unwrap();
    for shape in ["list", "object"] {
        bench.vendor.switch("loss_reason", shape).await;
        let lead = client.lead(made.id, token).await.unwrap().unwrap();
        assert_eq!(
            (lead.status_id, lead.loss_reason_id),
            (Some(LOST), Some(reason.id))
        );
        assert_eq!(lead.embedded.loss_reason, std::slice::from_ref(&reason));
        assert_eq!(
            (lead.created_at, lead.closed_at.is_some()),
            (Some(placed), true)
        );
        assert_eq!(lead.price.unwrap().to_string(), "1290");
    }
}

#[tokio::test]
async fn leads_are_found_by_what_changed_since() {
    let bench = Bench::start().await;
    bench.deal("Mara", "mara@example.test").await;
    bench
        .vendor
        .post("clock", json!({"advance_ms": 3_600_000}))
        .await;
    let later = bench.deal("Lena", "lena@example.test").await;
    let since = LeadsQuery {
        updated_from: Some("2026-08-21T12:30:00Z".parse().unwrap()),
        updated_to: Some("2026-08-21T14:00:00Z".parse().unwrap()),
        order: Some(Order::Id),
        ..LeadsQuery::default()
    };
    let found = bench.client.leads(&since, &bench.token).await.unwrap();
    assert_eq!(
        found.items.iter().map(|lead| lead.id).collect::<Vec<_>>(),
        [later.id]
    );
    let by_text = LeadsQuery {
        query: Some("Order of Mara".to_owned()),
        ..LeadsQuery::default()
    };
    assert_eq!(
        bench
            .client
            .leads(&by_text, &bench.token)
            .await
            .unwrap()
            .items
            .len(),
        1
    );
}

#[tokio::test]
async fn a_price_with_cents_is_read_whole_and_exact() {
    let bench = Bench::start().await;
    bench.vendor.switch("minor_units", true).await;
    let loaded = bench
        .vendor
        .post("kommo/leads", json!({"name": "Order 7", "price": 12.5}))
        .await;
    let loaded = loaded.get(0).cloned().unwrap_or(loaded);
    let lead = bench
        .client
        .lead(loaded["id"].as_i64().unwrap(), &bench.token)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(lead.price.unwrap().to_string(), "12");
    assert_eq!(
        lead.price_with_minor_units.unwrap().normalize().to_string(),
        "12.5"
    );
}

#[tokio::test]
async fn notes_of_many_cards_are_made_and_read_at_once() {
    let bench = Bench::start().await;
    let first = bench.deal("Mara", "mara@example.test").await.id;
    let second = bench.deal("Lena", "lena@example.test").await.id;
    let service = "Order sync".to_owned();
    let notes = [
        note(
            first,
            NoteBody::Common {
                text: "1 x Poster".to_owned(),
            },
        ),
        note(
            first,
            NoteBody::ServiceMessage {
                service: service.clone(),
                text: "Paid".to_owned(),
            },
        ),
        note(
            second,
            NoteBody::ExtendedServiceMessage {
                service,
                text: "2 x Frame".to_owned(),
            },
        ),
    ];
    let made = bench
        .client
        .create_notes(Entity::Leads, &notes, &bench.token)
        .await
        .unwrap();
    assert_eq!(
        made.iter().map(|note| note.entity_id).collect::<Vec<_>>(),
        [Some(first), Some(first), Some(second)]
    );

    let query = NotesQuery {
        entity_ids: vec![first, second],
        ..NotesQuery::default()
    };
    let mut read = bench
        .client
        .notes(Entity::Leads, &query, &bench.token)
        .await
        .unwrap()
        .items;
    read.sort_by_key(|note| note.id);
    let texts: Vec<Option<&str>> = read.iter().map(|note| note.text()).collect();
    assert_eq!(texts, [Some("1 x Poster"), Some("Paid"), Some("2 x Frame")]);
    assert_eq!(read[2].created_at, notes[2].created_at);
    let of_second = NotesQuery {
        entity_ids: vec![second],
        ..NotesQuery::default()
    };
    assert_eq!(
        bench
            .client
            .notes(Entity::Leads, &of_second, &bench.token)
            .await
            .unwrap()
            .items
            .len(),
        1
    );
}

#[tokio::test]
async fn tags_of_each_kind_of_card_are_listed_apart() {
    let bench = Bench::start().await;
    let mut lead = NewLead::default();
    lead.embedded.tags = vec![TagRef::Name("cat: prints".to_owned())];
    bench
        .client
        .create_leads(&[lead], &bench.token)
        .await
        .unwrap();
    let of_leads = bench
        .client
        .tags(Entity::Leads, Paging::default(), &bench.token)
        .await
        .unwrap();
    let of_contacts = bench
        .client
        .tags(Entity::Contacts, Paging::default(), &bench.token)
        .await
        .unwrap();
    assert!(of_leads.items.iter().any(|tag| tag.name == "cat: prints"));
    assert!(
        of_contacts
            .items
            .iter()
            .all(|tag| tag.name != "cat: prints")
    );
}

#[tokio::test]
async fn a_buyer_is_linked_to_a_deal() {
    let bench = Bench::start().await;
    let made = bench
        .client
        .create_leads(&[NewLead::default()], &bench.token)
        .await
        .unwrap()
        .remove(0);
    let contact = bench.contact_with_email("Mara", "mara@example.test").await;
    let contact = bench
        .client
        .create_contacts(&[contact], &bench.token)
        .await
        .unwrap()
        .remove(0);
    let link = Link {
        to_entity_id: contact.id,
        to_entity_type: Entity::Contacts,
        metadata: None,
    };
    bench
        .client
        .link(Entity::Leads, made.id, &[link], &bench.token)
        .await
        .unwrap();
    let lead = bench
        .client
        .lead(made.id, &bench.token)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        lead.embedded
            .contacts
            .iter()
            .map(|contact| contact.id)
            .collect::<Vec<_>>(),
        [contact.id]
    );
}
