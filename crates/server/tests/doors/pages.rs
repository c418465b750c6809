//! The overview: who may see it, what it shows, and that nothing from elsewhere gets in.

use std::net::SocketAddr;

use axum::body::Body;
use http::{Method, Request, header};
use portico_server::{AppSettings, Peer, app};
use portico_store::{Store, on_both};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::api::with_one_order;
use crate::stand::{Answer, Stand, get};

on_both! {
    async fn the_overview_wants_a_login(store: Store) {
        let stand = Stand::alone(store).await;
        let page = stand.send(get("/")).await;
        assert_eq!(page.status, 303);
        assert_eq!(page.headers[header::LOCATION], "/login");
        assert_eq!(
            stand.send(get("/overview")).await.problem(),
            "401 unauthorized: log in at `/login` with an administration key"
        );
        let forged = with_cookie("/overview", &format!("portico_session={}", "0".repeat(64)));
        assert_eq!(stand.send(forged).await.status, 401);
    }
}

on_both! {
    async fn a_login_lasts_until_logout_or_twelve_hours(store: Store) {
        let stand = Stand::alone(store).await;
        let first = cookie(&log_in(&stand, &stand.key).await);
        assert_eq!(stand.send(with_cookie("/", &first)).await.status, 200);
        stand.send(form("/logout", "", &first)).await;
        assert_eq!(stand.send(with_cookie("/overview", &first)).await.status, 401);

        let second = cookie(&log_in(&stand, &stand.key).await);
        assert_ne!(first, second);
        stand.clock.advance(jiff::SignedDuration::from_hours(11));
        assert_eq!(stand.send(with_cookie("/overview", &second)).await.status, 200);
        stand.clock.advance(jiff::SignedDuration::from_hours(1));
        assert_eq!(stand.send(with_cookie("/overview", &second)).await.status, 401);
    }
}

on_both! {
    async fn the_session_cookie_is_for_our_pages_alone(store: Store) {
        let stand = Stand::alone(store).await;
        let plain = log_in(&stand, &stand.key).await;
        assert_eq!((plain.status.as_u16(), &plain.headers[header::LOCATION]), (303, &"/".parse().unwrap()));
        let set = plain.headers[header::SET_COOKIE].to_str().unwrap();
        assert!(set.ends_with("; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict"), "{set}");
        let encrypted = Request::post("/login")
            .header(header::HOST, "portico.example")
            .header(header::ORIGIN, "https://portico.example")
            .body(Body::from(format!("key={}", stand.key)))
            .unwrap();
        let encrypted = stand.send(encrypted).await;
        let set = encrypted.headers[header::SET_COOKIE].to_str().unwrap();
        assert!(set.ends_with("; Secure"), "{set}");
    }
}

on_both! {
    async fn a_wrong_key_is_told_and_not_repeated(store: Store) {
        let stand = Stand::alone(store).await;
        for key in ["", "canary", &format!("{}x", stand.key)] {
            let answer = log_in(&stand, key).await;
            assert_eq!(answer.status, 401);
            assert!(answer.body.contains("This key is not known here"), "{}", answer.body);
            assert!(!answer.body.contains("canary"));
            assert!(!answer.headers.contains_key(header::SET_COOKIE));
        }
    }
}

on_both! {
    async fn a_form_of_another_site_is_refused(store: Store) {
        let stand = Stand::alone(store).await;
        let origins = [
            vec![],
            vec![("sec-fetch-site", "cross-site")],
            vec![("sec-fetch-site", "same-site")],
            vec![("sec-fetch-site", "none")],
            vec![("host", "portico.example"), ("origin", "https://evil.example")],
            vec![("host", "portico.example"), ("origin", "null")],
        ];
        for headers in origins {
            for path in ["/login", "/logout"] {
                let mut request = Request::post(path);
                for (name, value) in &headers {
                    request = request.header(*name, *value);
                }
                let request = request.body(Body::from(format!("key={}", stand.key))).unwrap();
                let answer = stand.send(request).await;
                assert!(answer.problem().starts_with("403 origin: "), "{path} {headers:?}");
            }
        }
    }
}

on_both! {
    async fn a_link_that_leads_nowhere_answers_a_page(store: Store) {
        let stand = Stand::alone(store).await;
        let visits = [
            (get("/connect"), 404, "this link is not known here"),
            (get("/connect/"), 404, "this link is not known here"),
            (get("/connect/0a1b"), 404, "this link is not known here"),
            (get("/connect/0a1b/"), 404, "this link is not known here"),
            (get("/oauth/callback?state=0a1b&code=c"), 400, "Open your link again"),
            (Request::post("/connect/0a1b").body(Body::empty()).unwrap(), 403, "Open your link again"),
        ];
        for (request, status, words) in visits {
            let answer = stand.send(request).await;
            assert_eq!(answer.status, status, "{}", answer.body);
            assert!(answer.body.starts_with("<!doctype html>"), "{}", answer.body);
            assert!(answer.body.contains(words), "{}", answer.body);
        }
    }
}

on_both! {
    async fn the_open_overview_is_for_this_machine_alone(store: Store) {
        let mut stand = Stand::alone(store).await;
        stand.app = app(stand.engine.clone(), AppSettings { open_overview: true }, CancellationToken::new());
        let visits = [
            ("127.0.0.1:50000", "localhost:8080", 200),
            ("127.0.0.1:50000", "127.0.0.1:8080", 200),
            ("[::1]:50000", "[::1]:8080", 200),
            ("[::ffff:127.0.0.1]:50000", "localhost", 200),
            ("127.0.0.1:50000", "portico.example", 401),
            ("192.0.2.7:50000", "localhost:8080", 401),
        ];
        for (peer, host, status) in visits {
            let mut request = get("/overview");
            request.headers_mut().insert(header::HOST, host.parse().unwrap());
            request.extensions_mut().insert(Peer(peer.parse::<SocketAddr>().unwrap()));
            assert_eq!(stand.send(request).await.status, status, "{peer} {host}");
        }
        assert_eq!(stand.send(get("/overview")).await.status, 401);
        assert_eq!(stand.send(get("/v1/flows")).await.status, 401);
    }
}

on_both! {
    async fn an_empty_overview_says_what_to_do_first(store: Store) {
        let stand = Stand::alone(store).await;
        let session = cookie(&log_in(&stand, &stand.key).await);
        let page = stand.send(with_cookie("/", &session)).await.body;
        assert!(page.contains("portico connection add"), "{page}");
        assert!(page.contains("portico flow add"), "{page}");
        assert!(page.contains("Nothing. Everything that came in"), "{page}");
    }
}

on_both! {
    async fn the_overview_shows_orders_and_what_needs_somebody(store: Store) {
        let (stand, vendors, number) = with_one_order(store).await;
        let block = json!({ "app": "kommo", "action": "block" });
        vendors.control("people", block).await;
        let test = stand.call(Method::POST, "/v1/connections/crm/test", None).await;
        assert!(test.problem().starts_with("409 connection: "), "{}", test.body);
        let session = cookie(&log_in(&stand, &stand.key).await);
        let page = stand.send(with_cookie("/", &session)).await.body;
        assert!(page.contains(&format!("<b>#{number}</b>")), "{page}");
        assert!(page.contains("1 thing waits for you."), "{page}");
        assert!(page.contains("portico connection test crm"), "{page}");
        assert!(page.contains("action=\"/logout\""), "{page}");
        assert!(!page.to_lowercase().contains("canary"), "{page}");
        let state = stand.send(with_cookie("/overview", &session)).await.body;
        assert!(page.contains(state.trim()), "the page begins with what it asks for later");
    }
}

on_both! {
    async fn pages_load_nothing_that_is_not_ours_and_nothing_inline(store: Store) {
        let stand = Stand::alone(store).await;
        let session = cookie(&log_in(&stand, &stand.key).await);
        for path in ["/", "/login"] {
            let page = stand.send(with_cookie(path, &session)).await;
            let policy = page.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
            assert!(policy.starts_with("default-src 'none'; "), "{policy}");
            assert!(!policy.contains("unsafe"), "{policy}");
            for inline in ["<style", "style=\"", "onclick", "<script>", "http://", "https://", "//cdn"] {
                assert!(!page.body.contains(inline), "{path} {inline}");
            }
            for loaded in page.body.split("\"/assets/").skip(1) {
                let name = loaded.split('"').next().unwrap();
                let asset = stand.send(get(&format!("/assets/{name}"))).await;
                assert_eq!(asset.status, 200, "{name}");
                assert_eq!(asset.headers[header::CACHE_CONTROL], "max-age=300");
            }
        }
        assert_eq!(stand.send(get("/assets/nothing.css")).await.status, 404);
    }
}

async fn log_in(stand: &Stand, key: &str) -> Answer {
    stand.send(form("/login", &format!("key={key}"), "")).await
}

fn form(path: &str, body: &str, cookie: &str) -> Request<Body> {
    Request::post(path)
        .header("sec-fetch-site", "same-origin")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::COOKIE, cookie)
        .body(Body::from(body.to_owned()))
        .unwrap()
}

fn with_cookie(path: &str, cookie: &str) -> Request<Body> {
    Request::get(path)
        .header(header::COOKIE, format!("theme=dark; {cookie}"))
        .body(Body::empty())
        .unwrap()
}

fn cookie(answer: &Answer) -> String {
    let set = answer.headers[header::SET_COOKIE].to_str().unwrap();
    set.split(';').next().unwrap().to_owned()
}
