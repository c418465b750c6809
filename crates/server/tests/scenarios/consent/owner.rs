//! An owner with a browser: the only lines here that know how the pages are used.

use std::sync::Mutex;

use http::header;
use portico_domain::App;
use portico_domain::agent::{Area, Level};
use portico_engine::{Consent, ConsentRequest, OAuthClient};
use secrecy::ExposeSecret;
use url::Url;

use crate::world::{World, text};

/// What the owner answers the vendor.
#[derive(Clone, Copy)]
pub(super) enum Choice {
    /// On the website with this number.
    Allow(usize),
    Deny,
}

/// A browser that follows no redirect by itself.
pub(super) struct Owner<'a> {
    world: &'a World,
    http: reqwest::Client,
    pub(super) link: Url,
    cookie: Mutex<Option<String>>,
}

/// What the browser shows.
pub(super) struct Page {
    pub(super) status: u16,
    pub(super) body: String,
}

impl World {
    /// A link for an owner, as the app that the vendor knows.
    pub(super) async fn begin_consent(&self, name: &str, access: Vec<(Area, Level)>) -> Consent {
        let request = self.consent_request(access).await;
        let begun = self
            .engine
            .begin_consent(App::Squarespace, Some(name), request);
        begun.await.unwrap()
    }

    pub(super) async fn consent_request(&self, access: Vec<(Area, Level)>) -> ConsentRequest {
        let client = Some(self.registered_app().await);
        ConsentRequest { client, access }
    }

    pub(super) async fn registered_app(&self) -> OAuthClient {
        let squarespace = &self.credentials().await["squarespace"];
        OAuthClient {
            id: text(&squarespace["client_id"]),
            secret: text(&squarespace["client_secret"]).into(),
            redirect_uri: None,
        }
    }
}

impl<'a> Owner<'a> {
    pub(super) fn new(world: &'a World, consent: &Consent) -> Self {
        let session = consent.session.expose_secret();
        let link = world.hub.join(&format!("/connect/{session}"));
        Self::at(world, link.unwrap())
    }

    pub(super) fn at(world: &'a World, link: Url) -> Self {
        let http = reqwest::Client::builder()
            .no_proxy()
            .user_agent("Browser/1.0")
            .redirect(reqwest::redirect::Policy::none());
        Self {
            world,
            http: http.build().unwrap(),
            link,
            cookie: Mutex::default(),
        }
    }

    /// Another page in the same browser.
    pub(super) fn turn_to(&mut self, consent: &Consent) {
        self.link = Self::new(self.world, consent).link;
    }

    /// Opens the link.
    pub(super) async fn open(&self) -> Page {
        self.visit(self.link.clone()).await
    }

    /// The whole way: the page's button, the answer at the vendor, and back.
    pub(super) async fn connect(&self, choice: Choice) -> Page {
        let vendor = self.leave().await;
        let back = self.answer(vendor, choice).await;
        self.visit(back).await
    }

    /// Presses the page's button; answers where it leads.
    pub(super) async fn leave(&self) -> Url {
        let pressed = self.press().await;
        pressed.unwrap_or_else(|page| panic!("{}: {}", page.status, page.body))
    }

    pub(super) async fn press(&self) -> Result<Url, Page> {
        let answer = self
            .with_cookie(self.http.post(self.link.clone()))
            .header("sec-fetch-site", "same-origin")
            .send()
            .await
            .unwrap();
        let Some(target) = answer.headers().get(header::LOCATION) else {
            return Err(Page::of(answer).await);
        };
        assert_eq!(answer.status(), 303);
        let set = answer.headers()[header::SET_COOKIE].to_str().unwrap();
        assert!(
            set.ends_with("; Path=/; Max-Age=86400; HttpOnly; SameSite=Lax"),
            "{set}"
        );
        *self.cookie.lock().unwrap() = set.split(';').next().map(str::to_owned);
        Ok(target.to_str().unwrap().parse().unwrap())
    }

    /// Answers the vendor's question; comes back with the address of ours that it leads to.
    pub(super) async fn answer(&self, vendor: Url, choice: Choice) -> Url {
        let mut form: Vec<(String, String)> = vendor.query_pairs().into_owned().collect();
        match choice {
            Choice::Deny => form.push(("decision".to_owned(), "deny".to_owned())),
            Choice::Allow(number) => {
                let site = &self.world.credentials().await["squarespace"]["sites"][number];
                form.push(("decision".to_owned(), "allow".to_owned()));
                form.push(("chosen_website".to_owned(), text(&site["website_id"])));
            }
        }
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let answer = self.http.post(vendor).body(body).send().await.unwrap();
        let Some(target) = answer.headers().get(header::LOCATION) else {
            panic!("the vendor says: {}", answer.text().await.unwrap());
        };
        target.to_str().unwrap().parse().unwrap()
    }

    pub(super) async fn visit(&self, url: Url) -> Page {
        let request = self.with_cookie(self.http.get(url));
        Page::of(request.send().await.unwrap()).await
    }

    fn with_cookie(&self, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        match &*self.cookie.lock().unwrap() {
            Some(cookie) => request.header(header::COOKIE, format!("theme=dark; {cookie}")),
            None => request,
        }
    }
}

impl Page {
    async fn of(answer: reqwest::Response) -> Self {
        let policy = &answer.headers()[header::CONTENT_SECURITY_POLICY];
        let policy = policy.to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; "), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(answer.headers()[header::CACHE_CONTROL], "no-store");
        Self {
            status: answer.status().as_u16(),
            body: answer.text().await.unwrap(),
        }
    }

    /// What a person reads on the page.
    pub(super) fn text(&self) -> String {
        let main = self.body.split_once("<main").unwrap().1;
        let lines = main.split_once('>').unwrap().1.lines().map(|line| {
            let parts = line
                .split('<')
                .map(|part| part.split_once('>').map_or(part, |(_, text)| text));
            parts.collect::<String>().trim().to_owned()
        });
        let lines: Vec<String> = lines.filter(|line| !line.is_empty()).collect();
        lines.join("\n").replace("&#38;", "&")
    }
}
