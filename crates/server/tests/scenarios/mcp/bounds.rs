//! Answers that are too long for an agent, and how it reads on.

use portico_domain::agent::{Area, Level};
use portico_store::{Store, on_both};
use serde_json::{Value, json};

use crate::world::{Link, World, text};

/// What structured content may be.
const MOST_BYTES: usize = 64 * 1024 + 1024;

on_both! {
    async fn a_list_is_read_to_its_end_in_answers_that_fit(store: Store) {
        let world = World::new(store).await;
        world.connect_site("acme", 0, Link::OAuth).await;
        let orders: Vec<Value> = (0..120).map(|n| json!({"customerEmail": format!("buyer{n}@example.com")})).collect();
        world.control_post("squarespace/orders?silent=true", &json!(orders)).await;
        let robot = world.robot("Robot", &[(Area::Orders, Level::Read)]).await;
        let (mut ids, mut more) = (Vec::new(), Value::Null);
        loop {
            let told = robot.told("getOrders", json!({"fulfillmentStatus": "PENDING", "more": more})).await;
            assert!(told.to_string().len() < MOST_BYTES);
            ids.extend(told["answer"]["result"].as_array().unwrap().iter().map(|order| text(&order["id"])));
            more = told["more"].clone();
            if more.is_null() {
                break;
            }
        }
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 120);
    }
}

on_both! {
    async fn a_long_text_is_shortened_and_read_on_where_the_answer_says(store: Store) {
        let world = World::new(store).await;
        world.connect_site("acme", 0, Link::OAuth).await;
        let robot = world.robot("Robot", &[(Area::Products, Level::Full)]).await;
        let products = robot.told("getProducts", json!({})).await;
        let id = text(&products["answer"]["products"][0]["id"]);
        let long = format!("<p>{}</p>", "lantern ".repeat(12_000));
        robot.told("updateProduct", json!({"productId": id, "body": {"description": long}})).await;

        let asked = json!({ "productIdCsvs": [id] });
        let told = robot.told("getSpecificProducts", asked.clone()).await;
        assert!(told.to_string().len() < MOST_BYTES);
        let place = "/products/0/description";
        let cut = told["shortened"].as_array().unwrap().iter().find(|cut| cut["at"] == place).unwrap();
        let mut read = text(told["answer"].pointer(place).unwrap());
        let mut more = json!({"at": cut["at"], "skip": cut["skip"]});
        while !more.is_null() {
            let mut asked = asked.clone();
            asked["more"] = more;
            let told = robot.told("getSpecificProducts", asked).await;
            assert!(told.to_string().len() < MOST_BYTES);
            read.push_str(&text(&told["part"]));
            more = told["more"].clone();
        }
        assert_eq!(read, long);
    }
}
