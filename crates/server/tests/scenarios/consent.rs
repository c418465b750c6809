//! Connecting a site by its owner's consent: from the link to the active connection, and every way to miss it.

mod connections;
mod owner;

use jiff::SignedDuration;
use portico_domain::agent::{Area, Level};
use portico_engine::ConsentProgress;
use portico_store::{Store, Tx, on_both};
use serde_json::json;

use crate::world::{Link, World, text};
use owner::{Choice, Owner};

on_both! {
    async fn an_owner_consents_and_the_site_is_connected(store: Store) {
        let world = World::new(store).await;
        let consent = world.begin_consent("acme", vec![]).await;
        assert_eq!(world.connection("acme").await, "PENDING: its owner has not consented yet; open its link; `portico connection reauthorize acme` makes a new one");

        let owner = Owner::new(&world, &consent);
        let page = owner.open().await;
        assert_eq!(page.status, 200);
        for said in ["Connect your Squarespace site", "<b>acme</b>", "See orders", "until 15 May 2026, 09:00 UTC"] {
            assert!(page.body.contains(said), "{said}: {}", page.body);
        }
        let done = owner.connect(Choice::Allow(0)).await;
        assert_eq!(done.status, 200, "{}", done.body);
        insta::assert_snapshot!(done.text(), @r"
        Portico
        What is asked
        Your consent at Squarespace
        Done
        Harbor & Lantern is connected
        It is known here as acme. You can close this page.
        What was tried just now
        connected to Harbor & Lantern (https://www.harborlantern.example), which counts in USD
        may read orders
        may read products
        OAuth: may subscribe to notifications; writing is unproven until used
        ");
        assert_eq!(world.connection("acme").await, "ACTIVE");
        assert_eq!(world.engine.consent_progress(&consent).await.unwrap(), ConsentProgress::Connected);
        let again = owner.open().await;
        assert_eq!((again.status, again.text()), (200, "Portico\nThe site is connected\nThis link has done its work, and you can close this page.".to_owned()));
    }
}
