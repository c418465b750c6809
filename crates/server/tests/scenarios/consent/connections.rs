//! Connections in the shapes of the managed gateway: asked for, listed, followed and removed by its clients.

use http::Method;
use jiff::SignedDuration;
use portico_domain::agent::{Agent, Area, Level};
use portico_engine::{Engine, NewGrant};
use portico_store::{Store, on_both};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use url::Url;

use super::owner::{Choice, Owner};
use crate::world::{Link, Process, World, text};

/// A client of the managed gateway, which knows an address and a key.
struct Client<'a> {
    world: &'a World,
    hub: Url,
    key: String,
}

impl<'a> Client<'a> {
    async fn administrator(world: &'a World) -> Self {
        let app = Some(world.registered_app().await);
        let process = Process {
            app,
            ..Process::default()
        };
        let engine = world.process(&world.store, process);
        let key = engine.first_admin_key().await.unwrap().unwrap();
        Self {
            world,
            hub: world.doors_of(&engine).await,
            key: key.secret.expose_secret().to_owned(),
        }
    }

    /// An agent that may read orders of one connection.
    async fn agent(&self, engine: &Engine, connection: &str) -> Self {
        let grant = NewGrant {
            connection: Some(connection.to_owned()),
            area: Area::Orders,
            level: Level::Read,
        };
        let made = engine.add_agent("Robot", &[grant]).await.unwrap();
        Self {
            world: self.world,
            hub: self.hub.clone(),
            key: made.secret.expose_secret().to_owned(),
        }
    }

    async fn call(&self, method: Method, path: &str) -> (u16, Value) {
        let url = self.hub.join(path).unwrap();
        let mut request = self.world.http.request(method.clone(), url);
        if method == Method::POST {
            request = request.json(&json!({"app": "squarespace"}));
        }
        let answer = request.bearer_auth(&self.key).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    async fn read(&self, path: &str) -> Value {
        let (status, body) = self.call(Method::GET, path).await;
        assert_eq!(status, 200, "{body}");
        body
    }

    async fn names(&self, path: &str) -> Vec<String> {
        let listed = self.read(path).await;
        let all = listed["connections"].as_array().unwrap();
        all.iter()
            .map(|one| text(&one["metadata"]["name"]))
            .collect()
    }
}

on_both! {
    async fn a_connection_is_asked_for_followed_and_removed_by_its_identifier(store: Store) {
        let world = World::new(store).await;
        let client = Client::administrator(&world).await;
        let (status, made) = client.call(Method::POST, "/connections").await;
        assert_eq!(status, 200, "{made}");
        let path = format!("/connections/{}", text(&made["connection_id"]));
        assert_eq!(client.read(&path).await["connection"], made["connection"]);
        let mut shown = made["connection"].clone();
        let link: Url = text(&shown["url"]).parse().unwrap();
        assert!(link.as_str().starts_with(&format!("{}connect/", world.hub)), "{link}");
        assert_eq!((shown["connection_id"].take(), shown["url"].take()), (made["connection_id"].clone(), json!(link.as_str())));
        let name = text(&shown["metadata"]["name"]);
        assert!(name.starts_with("squarespace-"), "{name}");
        shown["metadata"]["name"].take();
        insta::assert_snapshot!(serde_json::to_string_pretty(&shown).unwrap(), @r#"
        {
          "app": "squarespace",
          "connection_id": null,
          "creation_time": "2026-05-14T09:00:00.000000Z",
          "last_updated_time": "2026-05-14T09:00:00.000000Z",
          "metadata": {
            "name": null,
            "title": ""
          },
          "status": "PENDING",
          "url": null
        }
        "#);

        assert_eq!(Owner::at(&world, link).connect(Choice::Allow(0)).await.status, 200);
        let active = client.read(&path).await["connection"].clone();
        assert_eq!((&active["status"], &active["url"], &active["metadata"]["title"]), (&json!("ACTIVE"), &Value::Null, &json!("Harbor & Lantern")));
        assert_eq!(client.call(Method::DELETE, &path).await, (200, json!({})));
        let (status, gone) = client.call(Method::GET, &path).await;
        assert_eq!((status, &gone["type"]), (404, &json!("urn:portico:problem:not-found")));
    }
}

on_both! {
    async fn a_site_that_was_connected_before_is_found_by_the_identifier_that_was_asked_for(store: Store) {
        let world = World::new(store).await;
        world.connect_site("acme", 0, Link::OAuth).await;
        let known = world.engine.connection_named("acme").await.unwrap().id.uuid().to_string();
        world.engine.remove_connection("acme").await.unwrap();
        let client = Client::administrator(&world).await;
        let made = client.call(Method::POST, "/connections").await.1;
        let link = text(&made["connection"]["url"]).parse().unwrap();
        let back = Owner::at(&world, link).connect(Choice::Allow(0)).await;
        assert_eq!(back.status, 200, "{}", back.text());
        assert!(!back.text().contains("acme"), "the owner is told no names of ours: {}", back.text());
        let asked = format!("/connections/{}", text(&made["connection_id"]));
        assert_eq!(client.read(&asked).await["connection"]["connection_id"], json!(known));
    }
}

on_both! {
    async fn what_was_granted_on_a_pending_connection_holds_when_its_site_takes_up_a_former_one(store: Store) {
        let world = World::new(store).await;
        let on = |connection: &str, area, level| NewGrant { connection: Some(connection.to_owned()), area, level };
        world.connect_site("acme", 0, Link::OAuth).await;
        let former = [on("acme", Area::Orders, Level::Full), on("acme", Area::Products, Level::Full)];
        world.engine.add_agent("Robot", &former).await.unwrap();
        world.engine.add_agent("Reader", &[on("acme", Area::Orders, Level::Read)]).await.unwrap();
        let known = world.engine.connection_named("acme").await.unwrap().id;
        world.engine.remove_connection("acme").await.unwrap();

        let consent = world.begin_consent("shop", vec![]).await;
        world.engine.grant("Robot", &[on("shop", Area::Orders, Level::Read)]).await.unwrap();
        assert_eq!(Owner::new(&world, &consent).connect(Choice::Allow(0)).await.status, 200);
        assert_eq!(world.engine.connection_named("shop").await.unwrap().id, known);
        let agents = world.engine.agents().await.unwrap();
        let levels = |agent: &Agent| [Area::Orders, Area::Products].map(|area| agent.level(known, area));
        assert_eq!(agents.iter().map(levels).collect::<Vec<_>>(), [[Level::Read, Level::Off], [Level::Off, Level::Off]]);
        assert_eq!(agents[0].grants.len(), 2, "nothing speaks of the connection that was made: {agents:?}");

        world.engine.erase_connection("shop").await.unwrap();
        let agents = world.engine.agents().await.unwrap();
        assert!(agents.iter().all(|agent| agent.grants.is_empty()), "{agents:?}");
    }
}

on_both! {
    async fn lists_are_narrowed_by_app_and_status(store: Store) {
        let world = World::new(store).await;
        let later = || world.clock.advance(SignedDuration::from_secs(1));
        world.connect_site("acme", 0, Link::OAuth).await;
        later();
        world.connect_crm().await;
        later();
        world.begin_consent("beta", vec![]).await;
        let client = Client::administrator(&world).await;
        let asked = [
            ("/connections", vec!["acme", "crm", "beta"]),
            ("/connections?app=squarespace", vec!["acme", "beta"]),
            ("/connections?app=squarespace&status=ACTIVE", vec!["acme"]),
            ("/connections?status=PENDING", vec!["beta"]),
            ("/connections?status=FAILED", vec![]),
        ];
        for (path, names) in asked {
            assert_eq!(client.names(path).await, names, "{path}");
        }
        let refused = [
            ("app=postbox", "`app` is one of squarespace, kommo"),
            ("app=kommo&status=active", "`status` is one of PENDING, ACTIVE, NEEDS_REAUTHORIZATION, EXPIRED_SITE, REVOKED, PAUSED, FAILED"),
        ];
        for (query, why) in refused {
            let (status, problem) = client.call(Method::GET, &format!("/connections?{query}")).await;
            assert_eq!((status, &problem["detail"]), (400, &json!(why)));
        }
    }
}

on_both! {
    async fn an_agent_sees_what_it_may_reach_and_connects_nothing(store: Store) {
        let world = World::new(store).await;
        world.connect_site("acme", 0, Link::OAuth).await;
        let beta = world.begin_consent("beta", vec![]).await;
        let client = Client::administrator(&world).await;
        let agent = client.agent(&world.engine, "acme").await;
        assert_eq!(agent.names("/connections").await, ["acme"]);
        let own = client.read("/connections?status=ACTIVE").await["connections"][0].clone();
        let own = format!("/connections/{}", text(&own["connection_id"]));
        let other = format!("/connections/{}", beta.connection.id.uuid());
        let calls = [
            (Method::GET, own.as_str()),
            (Method::GET, other.as_str()),
            (Method::GET, "/connections/none"),
            (Method::POST, "/connections"),
            (Method::DELETE, own.as_str()),
            (Method::DELETE, other.as_str()),
        ];
        let mut statuses = Vec::new();
        for (method, path) in calls {
            statuses.push(agent.call(method, path).await.0);
        }
        assert_eq!(statuses, [200, 404, 404, 403, 403, 403]);
        let refused = agent.call(Method::POST, "/connections").await.1;
        insta::assert_snapshot!(text(&refused["detail"]), @"`Robot` is an agent, and connecting or removing accounts is not for agents; ask its owner, who does it with an administration key or with `portico connection`");
        let (status, refused) = agent.call(Method::GET, "/v1/agents").await;
        assert_eq!((status, &refused["detail"]), (403, &json!("`Robot` is an agent, and this is for administrators; ask its owner, who has an administration key")));
        let grant = NewGrant { connection: Some("beta".to_owned()), area: Area::Orders, level: Level::Read };
        world.engine.grant("Robot", &[grant]).await.unwrap();
        let pending = agent.read(&other).await["connection"].clone();
        assert_eq!((&pending["status"], &pending["url"]), (&json!("PENDING"), &Value::Null), "the link is not for agents");

        let stranger = Client { key: "ptc_agt_0000".to_owned(), ..agent };
        assert_eq!(stranger.call(Method::GET, "/connections").await.0, 401);
    }
}

on_both! {
    async fn removing_ends_the_vendors_notifications_and_spares_what_a_flow_uses(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        let client = Client::administrator(&world).await;
        let site = client.read("/connections?app=squarespace").await["connections"][0].clone();
        let path = format!("/connections/{}", text(&site["connection_id"]));
        let (status, used) = client.call(Method::DELETE, &path).await;
        assert_eq!(status, 409);
        assert!(text(&used["detail"]).contains("is used by the flow `orders`"), "{used}");

        world.engine.remove_flow("orders").await.unwrap();
        assert_eq!(world.state("squarespace", "subscriptions").await.len(), 1);
        assert_eq!(client.call(Method::DELETE, &path).await.0, 200);
        assert_eq!(world.state("squarespace", "subscriptions").await.len(), 0);
    }
}
