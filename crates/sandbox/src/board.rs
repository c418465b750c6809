//! The page that shows the CRM's pipelines as columns of cards, kept fresh while it is open.

use std::fmt::Write;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header;
use sha2::{Digest, Sha256};

use crate::kommo::Kommo;
use crate::kommo::board::{Deal, Funnel, Stage, Total};

const STYLE: &str = include_str!("board/board.css");
const SCRIPT: &str = include_str!("board/board.js");
const SHOWN_ITEMS: usize = 2;

/// The routes, relative to the mount.
pub(crate) fn router(kommo: &Arc<Kommo>) -> Router {
    Router::new()
        .route("/", get(page))
        .route("/data", get(data))
        .with_state(Arc::clone(kommo))
}

/// `GET /board`
async fn page(State(kommo): State<Arc<Kommo>>) -> Response {
    let body = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>CRM board</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <header class=\"top\"><h1>CRM board</h1><p id=\"live\" class=\"live\" role=\"status\">Live</p></header>\n\
         <main id=\"board\">{}</main>\n<script>{SCRIPT}</script>\n</body>\n</html>\n",
        funnels(&kommo)
    );
    // The two inline parts are named by their digests, so that no other script or style can run.
    let policy = format!(
        "default-src 'none'; script-src '{}'; style-src '{}'; connect-src 'self'; base-uri 'none'; form-action 'none'",
        digest(SCRIPT),
        digest(STYLE),
    );
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8".to_owned()),
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, body).into_response()
}

/// `GET /board/data`: the columns alone, for the script to swap in.
async fn data(State(kommo): State<Arc<Kommo>>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, funnels(&kommo)).into_response()
}

fn funnels(kommo: &Kommo) -> String {
    let symbol = kommo.currency_symbol();
    let mut html = String::new();
    for funnel in kommo.funnels() {
        push_funnel(&mut html, &funnel, &symbol);
    }
    html
}

fn push_funnel(html: &mut String, funnel: &Funnel, symbol: &str) {
    push(
        html,
        format_args!(
            "<section class=\"funnel\" id=\"pipeline-{}\"><h2>{}",
            funnel.id,
            escape(&funnel.name)
        ),
    );
    push(
        html,
        format_args!("<small>{}</small></h2>", total(funnel.total, symbol)),
    );
    if funnel.total.count == 0 {
        html.push_str(
            "<p class=\"empty\">No deals yet. They appear here as soon as they arrive.</p>",
        );
    }
    html.push_str("<div class=\"stages\" tabindex=\"0\" role=\"group\" aria-label=\"Stages\">");
    for stage in &funnel.stages {
        push_stage(html, stage, symbol);
    }
    html.push_str("</div></section>");
}

fn push_stage(html: &mut String, stage: &Stage, symbol: &str) {
    push(
        html,
        format_args!(
            "<div class=\"stage\"><h3><svg viewBox=\"0 0 8 8\" aria-hidden=\"true\"><circle cx=\"4\" cy=\"4\" r=\"4\" \
             fill=\"{}\"/></svg>{}<small>{}</small></h3><ul>",
            escape(&stage.colour),
            escape(&stage.name),
            total(stage.total, symbol)
        ),
    );
    for deal in &stage.deals {
        push_deal(html, deal, symbol);
    }
    html.push_str("</ul>");
    if let Some(more) = stage
        .total
        .count
        .checked_sub(stage.deals.len())
        .filter(|more| *more > 0)
    {
        push(
            html,
            format_args!("<p class=\"more\">and {} older</p>", grouped(more)),
        );
    }
    html.push_str("</div>");
}

fn push_deal(html: &mut String, deal: &Deal, symbol: &str) {
    push(
        html,
        format_args!(
            "<li class=\"deal\" data-deal=\"{}\"><b>{}</b>",
            deal.id,
            escape(&deal.name)
        ),
    );
    if deal.price != 0 {
        push(
            html,
            format_args!(
                "<span class=\"price\">{}</span>",
                amount(deal.price, symbol)
            ),
        );
    }
    if !deal.contact.is_empty() {
        push(
            html,
            format_args!("<span class=\"contact\">{}</span>", escape(&deal.contact)),
        );
    }
    for item in deal.items.iter().take(SHOWN_ITEMS) {
        push(
            html,
            format_args!("<span class=\"item\">{}</span>", escape(item)),
        );
    }
    if let Some(more) = deal
        .items
        .len()
        .checked_sub(SHOWN_ITEMS)
        .filter(|more| *more > 0)
    {
        push(
            html,
            format_args!("<span class=\"item\">and {more} more</span>"),
        );
    }
    if !deal.tags.is_empty() {
        html.push_str("<span class=\"tags\">");
        for tag in &deal.tags {
            push(html, format_args!("<i>{}</i>", escape(tag)));
        }
        html.push_str("</span>");
    }
    html.push_str("</li>");
}

fn push(html: &mut String, part: std::fmt::Arguments<'_>) {
    html.write_fmt(part)
        .expect("writing into a string cannot fail");
}

fn total(total: Total, symbol: &str) -> String {
    let deals = match total.count {
        0 => return String::new(),
        1 => "1 deal".to_owned(),
        count => format!("{} deals", grouped(count)),
    };
    match total.sum {
        0 => deals,
        sum => format!("{deals} · {}", amount(sum, symbol)),
    }
}

fn amount(amount: i64, symbol: &str) -> String {
    let sign = if amount < 0 { "-" } else { "" };
    format!("{sign}{}{}", escape(symbol), grouped(amount.unsigned_abs()))
}

/// `1234567` as `1,234,567`.
fn grouped(number: impl std::fmt::Display) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

fn digest(source: &str) -> String {
    format!(
        "sha256-{}",
        STANDARD.encode(Sha256::digest(source.as_bytes()))
    )
}

#[cfg(test)]
mod tests {
    use super::{amount, escape};

    #[test]
    fn amounts_are_grouped_in_thousands() {
        let shown: Vec<String> = [0, 999, 1_290, 1_000_000, -1_500]
            .map(|price| amount(price, "$"))
            .into();
        assert_eq!(shown, ["$0", "$999", "$1,290", "$1,000,000", "-$1,500"]);
    }

    #[test]
    fn names_cannot_carry_markup() {
        assert_eq!(
            escape("<b onclick='x'>&"),
            "&lt;b onclick=&#39;x&#39;&gt;&amp;"
        );
    }
}
