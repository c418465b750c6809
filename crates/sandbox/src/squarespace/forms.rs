//! The forms of texts that several request bodies share.

use url::Url;

use super::shape::{ANY, Kind};
use super::time;

pub(super) const DATE: Kind = Kind::Formed {
    longest: ANY,
    rule: "must be an ISO 8601 UTC date",
    accepts: is_date,
};

pub(super) const EMAIL: Kind = Kind::Formed {
    longest: ANY,
    rule: "must be a valid email address",
    accepts: is_email,
};

/// An absolute address.
pub(super) const URL: Kind = Kind::Formed {
    longest: ANY,
    rule: "must be a valid URL",
    accepts: is_url,
};

fn is_date(text: &str) -> bool {
    time::read_utc(text).is_some()
}

fn is_url(text: &str) -> bool {
    Url::parse(text).is_ok()
}

fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty()
            && domain.contains('.')
            && !domain.contains('@')
            && !text.contains(char::is_whitespace)
    })
}

#[cfg(test)]
mod tests {
    use super::is_email;

    #[test]
    fn an_email_has_one_at_sign_and_a_domain_with_a_dot() {
        assert!(is_email("ines@example.com"));
        for text in [
            "ines",
            "@example.com",
            "ines@example",
            "a@b@c.d",
            "i nes@example.com",
        ] {
            assert!(!is_email(text), "{text}");
        }
    }
}
