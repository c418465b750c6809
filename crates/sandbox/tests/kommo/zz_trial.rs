//! scratch
use super::world::*;
use serde_json::{Value, json};
#[tokio::test]
async fn trial() {
    let world = World::new().await;
    let file: Value = serde_json::from_str(
        &std::fs::read_to_string("/work/shared/fixtures/kommo-live-leads-list.json").unwrap(),
    )
    .unwrap();
    world.control("kommo/leads?silent=true", file.clone()).await;
    let read = world.get("leads?limit=250").await.body;
    fn strip(v: &mut Value) {
        match v {
            Value::Object(m) => {
                m.remove("_links");
                m.values_mut().for_each(strip)
            }
            Value::Array(a) => a.iter_mut().for_each(strip),
            _ => {}
        }
    }
    let (mut a, mut b) = (file["_embedded"].clone(), read["_embedded"].clone());
    strip(&mut a);
    strip(&mut b);
    assert_eq!(a, b);
    for (c, t) in [
        ("NUM", "text"),
        ("ITEMS", "textarea"),
        ("SKU", "textarea"),
        ("CH", "text"),
        ("ID", "text"),
    ] {
        world
            .field("leads", json!({"name": c, "type": t, "code": c}))
            .await;
    }
    world
        .field(
            "leads",
            json!({"name":"Total","type":"monetary","currency":"USD","code":"TOTAL"}),
        )
        .await;
    let lead = |i: usize| {
        json!({"name": format!("Order {i}"), "price": 100, "request_id": format!("r{i}"), "created_at": 1_750_000_000,
        "custom_fields_values": [
          {"field_code":"NUM","values":[{"value": i.to_string()}]},{"field_code":"ID","values":[{"value": format!("id{i}")}]},
          {"field_code":"ITEMS","values":[{"value": "2 x Poster A\n1 x Frame"}]},{"field_code":"SKU","values":[{"value": "A\nB"}]},
          {"field_code":"CH","values":[{"value": "web"}]},{"field_code":"TOTAL","values":[{"value": "100.10"}]}],
        "_embedded": {"tags":[{"name":"cat: prints"},{"name":"over-100"}]}})
    };
    let batch: Vec<Value> = (0..250).map(lead).collect();
    let t = std::time::Instant::now();
    let r = world.post("leads", batch.into()).await;
    eprintln!("250 leads {:?} {}", t.elapsed(), r.status);
    let cx: Vec<Value> = (0..50)
        .map(|i| {
            let mut l = lead(i);
            l["_embedded"]["contacts"] = json!([person("A B", &[&format!("p{i}@example.com")])]);
            l
        })
        .collect();
    let t = std::time::Instant::now();
    let r = world.post("leads/complex", cx.into()).await;
    eprintln!("50 complex {:?} {}", t.elapsed(), r.status);
    let t = std::time::Instant::now();
    let r = world.get("leads?limit=250").await;
    eprintln!("list 250 {:?} {}", t.elapsed(), r.status);
    let html = world
        .http
        .get(format!("{}/board", world.sandbox.base_url()))
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    std::fs::write("/tmp/board.html", html).unwrap();
}
