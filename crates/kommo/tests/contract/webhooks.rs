//! What the vendor sends to a subscriber, read.

use kommo::pipeline::WON;
use kommo::webhook::{self, Action, Delivery};
use kommo::{Entity, Event, LeadFields, LeadPatch, NewNote, NoteBody};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use crate::Bench;

/// An address that answers 200 to everything, and tells the bodies that came.
async fn receiver() -> (String, mpsc::UnboundedReceiver<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/hooks", listener.local_addr().unwrap());
    let (tell, told) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            tokio::spawn(answer(socket, tell.clone()));
        }
    });
    (address, told)
}

async fn answer(mut socket: TcpStream, tell: mpsc::UnboundedSender<Vec<u8>>) {
    let mut seen = Vec::new();
    let length = loop {
        let mut chunk = [0; 4096];
        let count = socket.read(&mut chunk).await.unwrap();
        assert!(count > 0, "the vendor sends whole requests");
        seen.extend_from_slice(&chunk[..count]);
        let Some(end) = seen.windows(4).position(|window| window == b"\r\n\r\n") else {
            continue;
        };
        let head = String::from_utf8(seen[..end].to_vec())
            .unwrap()
            .to_lowercase();
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .unwrap();
        let length: usize = length.parse().unwrap();
        if seen.len() == end + 4 + length {
            break length;
        }
    };
    socket
        .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        .await
        .unwrap();
    tell.send(seen.split_off(seen.len() - length)).unwrap();
}

/// Everything that was told so far, as one delivery.
async fn told(bench: &Bench, bodies: &mut mpsc::UnboundedReceiver<Vec<u8>>) -> Delivery {
    bench.vendor.settle().await;
    let mut all = Delivery::default();
    while let Ok(body) = bodies.try_recv() {
        let delivery = webhook::parse(&body).unwrap();
        all.account_id = delivery.account_id.or(all.account_id);
        all.contacts.extend(delivery.contacts);
        all.leads.extend(delivery.leads);
        all.unknown.extend(delivery.unknown);
    }
    all
}

#[tokio::test]
async fn a_new_buyer_and_a_moved_deal_are_told() {
    let bench = Bench::start().await;
    let (address, mut bodies) = receiver().await;
    let events = [Event::AddContact, Event::AddLead, Event::StatusLead];
    bench
        .client
        .subscribe_webhook(&address, &events, &bench.token)
        .await
        .unwrap();
    let account = bench.client.account(&bench.token).await.unwrap();
    let made = bench.deal("Mara", "mara@example.test").await;

    let added = told(&bench, &mut bodies).await;
    assert_eq!(added.account_id, Some(account.id));
    assert_eq!(added.contacts[0].action, Action::Add);
    assert_eq!(Some(added.contacts[0].id), made.contact_id);
    assert_eq!(added.contacts[0].kind.as_deref(), Some("contact"));
    assert_eq!(added.contacts[0].emails, ["mara@example.test"]);
    assert!(added.contacts[0].updated_at.is_some());
    assert_eq!(
        (added.leads[0].action, added.leads[0].id),
        (Action::Add, made.id)
    );

    let before = bench
        .client
        .lead(made.id, &bench.token)
        .await
        .unwrap()
        .unwrap();
    let fields = LeadFields {
        status_id: Some(WON),
        pipeline_id: before.pipeline_id,
        ..LeadFields::default()
    };
    let patch = LeadPatch {
        id: made.id,
        fields,
        ..LeadPatch::default()
    };
    bench
        .client
        .update_leads(&[patch], &bench.token)
        .await
        .unwrap();
    let moved = told(&bench, &mut bodies).await;
    let lead = moved
        .leads
        .iter()
        .find(|lead| lead.action == Action::Status)
        .unwrap();
    assert_eq!(
        (lead.id, lead.status_id, lead.old_status_id),
        (made.id, Some(WON), before.status_id)
    );
    assert_eq!(lead.pipeline_id, before.pipeline_id);
}

#[tokio::test]
async fn a_deleted_deal_is_told_and_a_note_is_kept_by_name() {
    let bench = Bench::start().await;
    let (address, mut bodies) = receiver().await;
    bench
        .client
        .subscribe_webhook(
            &address,
            &[Event::DeleteLead, Event::NoteLead],
            &bench.token,
        )
        .await
        .unwrap();
    let made = bench.deal("Mara", "mara@example.test").await;
    let note = NewNote {
        entity_id: made.id,
        body: NoteBody::Common {
            text: "hello".to_owned(),
        },
        created_by: None,
        created_at: None,
        is_need_to_trigger_digital_pipeline: true,
        request_id: None,
    };
    bench
        .client
        .create_notes(Entity::Leads, &[note], &bench.token)
        .await
        .unwrap();
    bench
        .vendor
        .person("delete_lead", json!({"id": made.id}))
        .await;

    let told = told(&bench, &mut bodies).await;
    assert_eq!(
        told.leads
            .iter()
            .map(|lead| (lead.action, lead.id))
            .collect::<Vec<_>>(),
        [(Action::Delete, made.id)]
    );
    assert_eq!(told.unknown, ["leads[note]"]);
}

#[tokio::test]
async fn a_whole_batch_in_one_delivery_is_read() {
    let bench = Bench::start().await;
    let (address, mut bodies) = receiver().await;
    bench
        .client
        .subscribe_webhook(&address, &[Event::AddContact], &bench.token)
        .await
        .unwrap();
    let new = bench.contact_with_email("Mara", "mara@example.test").await;
    let batch = vec![new; 250];
    let made = bench.client.create_contacts(&batch, &bench.token).await;
    assert_eq!(made.unwrap().len(), 250);

    let told = told(&bench, &mut bodies).await;
    assert_eq!(told.contacts.len(), 250);
}
