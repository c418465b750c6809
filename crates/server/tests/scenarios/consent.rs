//! Connecting a site by its owner's consent: from the link to the active connection, and every way to miss it.

mod connections;
mod interruptions;
mod lacks;
mod owner;

use jiff::SignedDuration;
use portico_domain::App;
use portico_domain::agent::{Area, Level};
use portico_engine::{ConsentProgress, ConsentRequest, Error};
use portico_server::view::connection::ConditionOut;
use portico_store::{Store, Tx, on_both};
use secrecy::ExposeSecret;
use serde_json::json;
use url::Url;

use crate::world::{Link, World, text};
use owner::{Choice, Owner};

const TOKENS: &str = "/api/1/login/oauth/provider/tokens";
const WEBSITE: &str = "/1.0/authorization/website";
const INES: &str = "ines.okafor@example.com";

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
        insta::assert_snapshot!(done.text(), @"
        Portico
        What is asked
        Your consent at Squarespace
        Done
        Harbor & Lantern is connected
        It is known here as acme. You can close this page.
        What was tried just now
        may read orders
        may read products
        may read stock
        may read transactions
        may read contacts
        may read discounts
        ");
        assert_eq!(world.connection("acme").await, "ACTIVE");
        assert_eq!(world.engine.consent_progress(&consent).await.unwrap(), ConsentProgress::Connected);
        let again = owner.open().await;
        assert_eq!((again.status, again.text()), (200, "Portico\nThe site is connected\nThis link has done its work, and you can close this page.".to_owned()));
    }
}

on_both! {
    async fn an_owner_who_denies_may_change_his_mind(store: Store) {
        let world = World::new(store).await;
        let consent = world.begin_consent("acme", vec![]).await;
        let owner = Owner::new(&world, &consent);
        let denied = owner.connect(Choice::Deny).await;
        assert_eq!(denied.status, 400);
        insta::assert_snapshot!(denied.text(), @r"
        Portico
        The site is not connected
        you chose not to connect the site, and nothing was changed; you can begin again at any time.
        Begin again
        ");
        assert!(denied.body.contains(&format!("href=\"{}\"", owner.link.path())), "{}", denied.body);
        let progress = world.engine.consent_progress(&consent).await.unwrap();
        assert!(matches!(&progress, ConsentProgress::Failed(why) if why.starts_with("you chose not")), "{progress:?}");
        assert!(owner.open().await.body.contains("role=\"alert\""), "the page says so too");
        let told = world.engine.condition("acme").await.unwrap().consent_problem.unwrap();
        assert!(told.starts_with("you chose not"), "{told}");
        let shown = ConditionOut::from(world.engine.condition("acme").await.unwrap()).to_string();
        assert!(shown.contains("the owner's last try to consent failed because you chose not"), "{shown}");
        let untried = world.engine.test_connection("acme").await.unwrap_err();
        assert!(matches!(untried, Error::Conflict(_)), "{untried:?}");
        insta::assert_snapshot!(untried, @"connection `acme`: its owner has not consented yet; open its link; `portico connection reauthorize acme` makes a new one");

        assert_eq!(owner.connect(Choice::Allow(0)).await.status, 200);
        assert_eq!(world.connection("acme").await, "ACTIVE");
    }
}

on_both! {
    async fn a_link_is_good_for_a_day_and_until_the_next_one(store: Store) {
        let world = World::new(store).await;
        let first = world.begin_consent("acme", vec![]).await;
        let request = world.consent_request(vec![]).await;
        let second = world.engine.reauthorize("acme", request).await.unwrap();
        let replaced = Owner::new(&world, &first).open().await;
        assert_eq!(replaced.status, 404);
        assert!(replaced.text().contains("a newer one has taken its place"), "{}", replaced.text());

        let owner = Owner::new(&world, &second);
        let vendor = owner.leave().await;
        world.clock.advance(SignedDuration::from_hours(24));
        let back = owner.answer(vendor, Choice::Allow(0)).await;
        let late = [owner.open().await, owner.press().await.unwrap_err(), owner.visit(back).await];
        for page in late {
            assert_eq!(page.status, 410);
            assert!(page.text().ends_with("this link was good for 24 hours and has expired; ask whoever sent it for a new one."), "{}", page.text());
        }
        assert_eq!(world.engine.consent_progress(&second).await.unwrap(), ConsentProgress::Closed);
        assert_eq!(world.engine.condition("acme").await.unwrap().consent_problem, None, "a page that has closed has no problem");
        assert_eq!(world.calls("squarespace", "tokens").await, 0);
    }
}

on_both! {
    async fn an_answer_is_good_once_for_ten_minutes_and_in_one_browser(store: Store) {
        let world = World::new(store).await;
        let consent = world.begin_consent("acme", vec![]).await;
        let owner = Owner::new(&world, &consent);
        let late = owner.leave().await;
        world.clock.advance(SignedDuration::from_mins(10));
        let late = owner.answer(late, Choice::Allow(0)).await;
        let mut said = vec![owner.visit(late.clone()).await, owner.visit(late).await];

        let back = owner.leave().await;
        let back = owner.answer(back, Choice::Allow(0)).await;
        let stranger = Owner::new(&world, &consent);
        said.push(stranger.visit(back.clone()).await);
        let forged: Url = format!("{}oauth/callback?code=1&state=2", world.hub).parse().unwrap();
        said.push(owner.visit(forged).await);
        said.push(owner.visit(world.hub.join("/oauth/callback").unwrap()).await);
        let said: Vec<String> = said.iter().map(|page| format!("{} {}", page.status, page.text().lines().nth(2).unwrap())).collect();
        insta::assert_snapshot!(said.join("\n"), @r"
        400 more than ten minutes have passed since you went to Squarespace; begin again.
        400 this answer was used already; if the site is not connected, open the link again and begin from there.
        403 you went to Squarespace with another browser; open the link in this one and begin again.
        400 this answer belongs to no question that was asked here; open the link again and begin from there.
        400 this answer belongs to no question that was asked here; open the link again and begin from there.
        ");
        assert_eq!(owner.visit(back.clone()).await.status, 200, "the owner's own browser is not disturbed");
        let again = owner.visit(back).await;
        assert_eq!((again.status, again.text().contains("This link has done its work")), (200, true), "{}", again.text());
        assert_eq!(world.state("squarespace", "subscriptions").await.len(), 0);
    }
}

on_both! {
    async fn two_pages_in_one_browser_do_not_disturb_each_other(store: Store) {
        let world = World::new(store).await;
        let (first, second) = (world.begin_consent("acme", vec![]).await, world.begin_consent("beta", vec![]).await);
        let mut owner = Owner::new(&world, &first);
        let first = owner.leave().await;
        owner.turn_to(&second);
        let second = owner.leave().await;
        for (vendor, site) in [(first, 0), (second, 1)] {
            let back = owner.answer(vendor, Choice::Allow(site)).await;
            assert_eq!(owner.visit(back).await.status, 200);
        }
        assert_eq!((world.connection("acme").await, world.connection("beta").await), ("ACTIVE".to_owned(), "ACTIVE".to_owned()));
    }
}

on_both! {
    async fn a_code_that_is_spent_or_old_is_told_and_the_owner_begins_again(store: Store) {
        let world = World::new(store).await;
        let owner = Owner::new(&world, &world.begin_consent("acme", vec![]).await);
        let spent = owner.leave().await;
        let spent = owner.answer(spent, Choice::Allow(0)).await;
        let code = spent.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
        let trade = json!({"grant_type": "authorization_code", "code": code, "redirect_uri": format!("{}oauth/callback", world.hub)});
        let app = world.registered_app().await;
        let elsewhere = world.http.post(format!("{}/squarespace-login{TOKENS}", world.sandbox.base_url()))
            .header("user-agent", "Thief/1.0").basic_auth(&app.id, Some(app.secret.expose_secret())).json(&trade);
        assert_eq!(elsewhere.send().await.unwrap().status(), 200);
        let mut said = vec![owner.visit(spent).await];

        let old = owner.leave().await;
        let old = owner.answer(old, Choice::Allow(0)).await;
        world.clock.advance(SignedDuration::from_mins(2));
        said.push(owner.visit(old).await);
        for page in said {
            assert_eq!(page.status, 400);
            assert!(page.text().contains("does not accept the permission any more"), "{}", page.text());
        }
        assert_eq!(owner.connect(Choice::Allow(0)).await.status, 200);
    }
}

on_both! {
    async fn a_lost_answer_of_the_token_endpoint_costs_another_try_and_nothing_else(store: Store) {
        let world = World::new(store).await;
        let owner = Owner::new(&world, &world.begin_consent("acme", vec![]).await);
        world.fault(json!({"app": "squarespace", "path": TOKENS, "kind": "drop_after", "times": 1})).await;
        let lost = owner.connect(Choice::Allow(0)).await;
        assert_eq!(lost.status, 502);
        assert!(lost.text().contains("Squarespace did not answer, so that it is unknown"), "{}", lost.text());
        assert_eq!(world.secrets().await, ["consent"]);
        assert!(world.connection("acme").await.starts_with("PENDING"));

        assert_eq!(owner.connect(Choice::Allow(0)).await.status, 200);
        assert_eq!(world.secrets().await, ["credential"], "what could open the page again is wiped");
    }
}

on_both! {
    async fn a_pair_that_cannot_be_tried_at_once_is_kept(store: Store) {
        let world = World::new(store).await;
        let owner = Owner::new(&world, &world.begin_consent("acme", vec![]).await);
        world.fault(json!({"app": "squarespace", "path": WEBSITE, "kind": "html", "status": 503})).await;
        let untried = owner.connect(Choice::Allow(0)).await;
        assert_eq!(untried.status, 409);
        assert!(untried.text().contains("what you gave is kept, and the site could not be looked at yet"), "{}", untried.text());
        assert!(world.connection("acme").await.starts_with("PAUSED: "), "{}", world.connection("acme").await);
        world.clear_faults().await;
        world.engine.test_connection("acme").await.unwrap();
        assert_eq!(world.connection("acme").await, "ACTIVE");
    }
}

on_both! {
    async fn an_app_that_the_vendor_does_not_know_is_told_apart_from_the_owners_faults(store: Store) {
        let world = World::new(store).await;
        let mut client = world.registered_app().await;
        client.secret = "wrong".to_owned().into();
        let request = ConsentRequest { client: Some(client), ..ConsentRequest::default() };
        let consent = world.engine.begin_consent(App::Squarespace, Some("acme"), request).await.unwrap();
        let refused = Owner::new(&world, &consent).connect(Choice::Allow(0)).await;
        assert_eq!(refused.status, 502);
        assert!(refused.text().contains("whoever runs this Portico must check `squarespace.client_id`"), "{}", refused.text());
    }
}

on_both! {
    async fn an_owner_consents_anew_to_the_same_site_alone(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        world.clock.advance(SignedDuration::from_hours(24 * 8));
        let order = world.buy(INES, "GIFT-100").await;
        world.settle().await;
        assert!(world.connection("acme").await.starts_with("NEEDS_REAUTHORIZATION"));
        let request = world.consent_request(vec![]).await;
        let owner = Owner::new(&world, &world.engine.reauthorize("acme", request).await.unwrap());
        assert!(owner.open().await.text().contains("Connect Harbor & Lantern again"));

        let other = owner.connect(Choice::Allow(1)).await;
        assert_eq!(other.status, 409);
        assert!(other.text().contains("you chose another site than the one that is connected as `acme`, which is Harbor & Lantern"), "{}", other.text());
        assert!(world.connection("acme").await.starts_with("NEEDS_REAUTHORIZATION"));
        let vendor = owner.leave().await;
        let site = world.credentials().await["squarespace"]["sites"][0]["website_id"].clone();
        assert!(vendor.query_pairs().any(|(name, id)| name == "website_id" && id == text(&site)), "{vendor}");
        let back = owner.answer(vendor, Choice::Allow(0)).await;
        assert_eq!(owner.visit(back).await.status, 200);
        assert_eq!(world.connection("acme").await, "ACTIVE");
        world.settle().await;
        assert_eq!(world.notes(&order).await.len(), 1, "what waited goes on");
    }
}

on_both! {
    async fn a_site_that_is_connected_already_is_not_connected_twice(store: Store) {
        let world = World::new(store).await;
        world.connect_site("acme", 0, Link::OAuth).await;
        let owner = Owner::new(&world, &world.begin_consent("beta", vec![]).await);
        let twice = owner.connect(Choice::Allow(0)).await;
        assert_eq!(twice.status, 409);
        assert!(twice.text().contains("this site is connected here already"), "{}", twice.text());
        assert!(world.connection("beta").await.starts_with("PENDING"));
        assert_eq!(world.secrets().await, ["consent", "credential"], "the second pair is wiped");
        assert_eq!(owner.connect(Choice::Allow(1)).await.status, 200);
    }
}

on_both! {
    async fn what_is_asked_for_is_what_was_chosen(store: Store) {
        let world = World::new(store).await;
        let access = vec![(Area::Orders, Level::Full), (Area::Inventory, Level::Read)];
        let owner = Owner::new(&world, &world.begin_consent("acme", access).await);
        let page = owner.open().await.text();
        assert!(page.contains("See orders, import orders and mark them as fulfilled") && page.contains("See stock"), "{page}");
        let vendor = owner.leave().await;
        let scopes = vendor.query_pairs().find(|(name, _)| name == "scope").unwrap().1.into_owned();
        assert_eq!(scopes, "website.inventory.read,website.orders.read,website.orders");
        assert!(vendor.query_pairs().any(|pair| pair == ("access_type".into(), "offline".into())));
        let back = owner.answer(vendor, Choice::Allow(0)).await;
        let done = owner.visit(back).await;
        assert!(done.text().contains("may not read products"), "{}", done.text());
    }
}

on_both! {
    async fn nobody_is_asked_in_vain(store: Store) {
        let world = World::new(store).await;
        let nothing = world.consent_request(vec![(Area::Site, Level::Full)]).await;
        let app = world.consent_request(vec![]).await;
        let refused = [
            world.engine.begin_consent(App::Squarespace, Some("acme"), ConsentRequest::default()).await,
            world.engine.begin_consent(App::Kommo, Some("acme"), app.clone()).await,
            world.engine.begin_consent(App::Squarespace, Some("two words"), app.clone()).await,
            world.engine.begin_consent(App::Squarespace, Some("acme"), nothing).await,
            world.engine.reauthorize("acme", app).await,
        ];
        let refused: Vec<String> = refused.into_iter().map(|begun| begun.unwrap_err().to_string()).collect();
        insta::assert_snapshot!(refused.join("\n"), @r"
        Squarespace asks owners on behalf of a registered app: set `squarespace.client_id` and `squarespace.client_secret_file` in the configuration, or give both with the command
        Kommo is not connected on a page; run `portico connection add kommo` with a token
        `two words`: a name has 1 to 40 letters, digits, dashes or underscores
        `site=full` asks an owner for nothing; leave it out
        no such connection `acme`
        ");
        assert_eq!(world.secrets().await, Vec::<String>::new());

        world.connect_crm().await;
        let app = world.consent_request(vec![]).await;
        let refused = world.engine.reauthorize("crm", app).await.unwrap_err();
        insta::assert_snapshot!(refused, @"Kommo is not connected on a page; run `portico connection reconnect crm --code-file FILE` or `--key-file FILE`");
    }
}

on_both! {
    async fn a_form_of_another_site_leads_nowhere(store: Store) {
        let world = World::new(store).await;
        let owner = Owner::new(&world, &world.begin_consent("acme", vec![]).await);
        let forged = world.http.post(owner.link.clone()).header("sec-fetch-site", "cross-site").send().await.unwrap();
        assert_eq!(forged.status(), 403);
        let page = world.http.get(owner.link.clone()).send().await.unwrap();
        assert!(!page.headers().contains_key("set-cookie"));
        assert_eq!(page.headers()["referrer-policy"], "no-referrer", "the link is a secret");
    }
}

impl World {
    /// The names of the secrets that are kept.
    async fn secrets(&self) -> Vec<String> {
        const SQL: &str = "SELECT name FROM secrets ORDER BY name";

        let read = |tx: &mut dyn Tx| {
            let rows = tx.query(SQL, &[])?;
            rows.iter()
                .map(|row| row.text(0).map(str::to_owned))
                .collect()
        };
        self.store.read(read).await.unwrap()
    }
}
