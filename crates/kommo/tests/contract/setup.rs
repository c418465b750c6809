//! What an account is set up with: itself, users, pipelines, fields, tags, webhooks.

use kommo::custom_field::{EnumDraft, FieldType};
use kommo::pipeline::{LOST, NewPipelineParts, WON};
use kommo::{CustomFieldPatch, Entity, Event, NewField, NewPipeline, NewStatus, Paging};
use wire::Kind;

use crate::Bench;

fn field(name: &str, code: &str, field_type: FieldType) -> NewField {
    NewField {
        name: name.to_owned(),
        field_type,
        code: Some(code.to_owned()),
        is_api_only: None,
        currency: None,
        enums: Vec::new(),
        request_id: Some(code.to_owned()),
    }
}

fn option(id: Option<i64>, value: &str, sort: i64) -> EnumDraft {
    EnumDraft {
        id,
        value: value.to_owned(),
        sort,
        code: None,
    }
}

#[tokio::test]
async fn the_account_tells_whether_lists_can_be_filtered_by_fields() {
    let bench = Bench::start().await;
    let account = bench.client.account(&bench.token).await.unwrap();
    assert_eq!(
        (account.subdomain.as_str(), account.is_api_filter_enabled),
        ("acme", false)
    );
    bench.vendor.switch("api_filter", true).await;
    assert!(
        bench
            .client
            .account(&bench.token)
            .await
            .unwrap()
            .is_api_filter_enabled
    );
}

#[tokio::test]
async fn the_user_of_the_token_is_listed() {
    let bench = Bench::start().await;
    let account = bench.client.account(&bench.token).await.unwrap();
    let users = bench
        .client
        .users(Paging::default(), &bench.token)
        .await
        .unwrap();
    let me = users
        .items
        .iter()
        .find(|user| Some(user.id) == account.current_user_id)
        .unwrap();
    assert!(me.rights.is_admin && me.rights.is_active && !users.has_next);
    assert!(!format!("{me:?}").contains(&me.name));
}

#[tokio::test]
async fn a_new_pipeline_gets_its_stages_and_the_system_stages() {
    let bench = Bench::start().await;
    let before = bench.client.pipelines(&bench.token).await.unwrap().len();
    let stage = NewStatus {
        name: "Paid".to_owned(),
        sort: Some(20),
        ..NewStatus::default()
    };
    let lost = NewStatus {
        id: Some(LOST),
        name: "Cancelled".to_owned(),
        ..NewStatus::default()
    };
    let pipeline = NewPipeline {
        name: "Wholesale".to_owned(),
        sort: 30,
        is_main: false,
        is_unsorted_on: true,
        request_id: Some("p-1".to_owned()),
        embedded: NewPipelineParts {
            statuses: vec![stage, lost],
        },
    };
    let made = bench
        .client
        .create_pipelines(&[pipeline], &bench.token)
        .await
        .unwrap();
    assert_eq!(made[0].request_id.as_deref(), Some("p-1"));

    let all = bench.client.pipelines(&bench.token).await.unwrap();
    assert_eq!(all.len(), before + 1);
    let pipeline = all
        .iter()
        .find(|pipeline| pipeline.id == made[0].id)
        .unwrap();
    let named = |id: i64| {
        pipeline
            .embedded
            .statuses
            .iter()
            .find(|status| status.id == id)
            .unwrap()
    };
    assert!(named(WON).is_closed() && !named(WON).is_editable);
    assert_eq!(named(LOST).name, "Cancelled");
    assert_eq!(
        pipeline
            .embedded
            .statuses
            .iter()
            .filter(|status| status.is_incoming())
            .count(),
        1
    );
    assert!(
        pipeline
            .embedded
            .statuses
            .iter()
            .any(|status| status.name == "Paid")
    );
}

#[tokio::test]
async fn loss_reasons_are_listed() {
    let bench = Bench::start().await;
    let reasons = bench.client.loss_reasons(&bench.token).await.unwrap();
    let names: Vec<&str> = reasons
        .items
        .iter()
        .map(|reason| reason.name.as_str())
        .collect();
    assert!(
        names.contains(&"Refunded") && names.contains(&"Cancelled"),
        "{names:?}"
    );
}

#[tokio::test]
async fn options_are_added_to_a_field_beside_the_old_ones() {
    let bench = Bench::start().await;
    let mut site = field("Web shop", "WEB_SHOP", FieldType::Select);
    site.enums = vec![option(None, "Oslo", 1)];
    let made = bench
        .client
        .create_custom_fields(Entity::Leads, &[site], &bench.token)
        .await
        .unwrap()
        .remove(0);
    assert_eq!(
        (made.code.as_deref(), made.request_id.as_deref()),
        (Some("WEB_SHOP"), Some("WEB_SHOP"))
    );

    for shape in ["list", "object"] {
        bench.vendor.switch("field_enums", shape).await;
        let enums = vec![
            option(Some(made.enums[0].id), "Oslo", 1),
            option(None, shape, 2),
        ];
        let patch = CustomFieldPatch {
            enums,
            ..CustomFieldPatch::default()
        };
        let client = &bench.client;
        let patched = client
            .update_custom_field(Entity::Leads, made.id, &patch, &bench.token)
            .await
            .unwrap()
            .unwrap();
        let values: Vec<&str> = patched
            .enums
            .iter()
            .map(|option| option.value.as_str())
            .collect();
        assert_eq!(values, ["Oslo", shape]);
        assert_eq!(patched.enums[0].id, made.enums[0].id);
    }
}

#[tokio::test]
async fn fields_are_listed_in_pages() {
    let bench = Bench::start().await;
    let made = [
        field("One", "ONE", FieldType::Text),
        field("Two", "TWO", FieldType::Textarea),
    ];
    bench
        .client
        .create_custom_fields(Entity::Leads, &made, &bench.token)
        .await
        .unwrap();
    let first = bench
        .client
        .custom_fields(Entity::Leads, Paging { page: 1, limit: 1 }, &bench.token)
        .await
        .unwrap();
    let second = bench
        .client
        .custom_fields(Entity::Leads, Paging { page: 2, limit: 1 }, &bench.token)
        .await
        .unwrap();
    assert_eq!(
        (first.items.len(), first.has_next, second.items.len()),
        (1, true, 1)
    );
    assert_ne!(first.items[0].id, second.items[0].id);
}

#[tokio::test]
async fn a_webhook_lives_from_subscribe_to_unsubscribe() {
    let bench = Bench::start().await;
    let (client, token) = (&bench.client, &bench.token);
    let destination = "http://127.0.0.1:9/hooks/kommo/s3cret";
    let made = client
        .subscribe_webhook(destination, &[Event::AddContact, Event::StatusLead], token)
        .await
        .unwrap();
    assert_eq!(
        (made.destination.as_str(), made.disabled),
        (destination, false)
    );
    assert!(!format!("{made:?}").contains("s3cret"));

    let listed = client.webhooks(Some(destination), token).await.unwrap();
    assert_eq!(listed.items.len(), 1);
    assert_eq!(
        listed.items[0].settings,
        [Event::AddContact, Event::StatusLead]
    );
    assert!(
        client
            .webhooks(Some("http://127.0.0.1:9/other"), token)
            .await
            .unwrap()
            .items
            .is_empty()
    );

    client
        .unsubscribe_webhook(destination, token)
        .await
        .unwrap();
    assert!(client.webhooks(None, token).await.unwrap().items.is_empty());
    let again = client
        .unsubscribe_webhook(destination, token)
        .await
        .unwrap_err();
    assert_eq!(again.kind, Kind::NotFound);
}
