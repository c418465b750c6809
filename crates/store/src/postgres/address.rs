//! The address of a server: what the driver reads of it, and what it says of encryption.

use std::borrow::Cow;
use std::path::PathBuf;
use std::time::Duration;

use percent_encoding::percent_decode_str;
use tokio_postgres::Config;
use tokio_postgres::config::SslMode;

use super::tls::Trust;
use crate::Error;

pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Where the server is, and which server is believed to be it.
pub(crate) struct Address {
    pub(super) config: Config,
    pub(super) trust: Trust,
}

impl Address {
    /// Reads `postgres://user@host/name?sslmode=…`.
    ///
    /// The driver knows no `verify-full` and no `sslrootcert`, so both options are taken out of
    /// what it is given. No refusal repeats a part of the address: with a password that is not
    /// percent-encoded, any part may be a piece of it.
    pub(crate) fn parse(url: &str) -> Result<Self, Error> {
        refuse_second_at(url)?;
        let (place, options) = split_options(url);
        let mut mode = Cow::Borrowed("prefer");
        let mut authorities = None;
        let mut others = Vec::new();
        for option in options.split('&').filter(|option| !option.is_empty()) {
            let (name, value) = option.split_once('=').unwrap_or((option, ""));
            match decode(name)?.as_ref() {
                "sslmode" => mode = decode(value)?,
                "sslrootcert" => authorities = Some(decode(value)?.as_ref().into()),
                _ => others.push(option),
            }
        }
        let (ssl_mode, trust) = encryption(&mode, authorities)?;
        let mut config = config(place, &others)?;
        config.ssl_mode(ssl_mode);
        Ok(Self { config, trust })
    }
}

/// The driver takes the first `@` for the end of the password, and everything behind a question mark
/// for options; with a second one, a piece of the password would be read as a host or an option.
fn refuse_second_at(url: &str) -> Result<(), Error> {
    if url.matches('@').count() > 1 {
        return Err(unreadable(
            "it holds more than one `@`; percent-encode the password (`@` is %40, `?` is %3F, `/` is %2F), \
             and any `@` of an option",
        ));
    }
    Ok(())
}

/// What `sslmode` and `sslrootcert` mean together.
fn encryption(mode: &str, authorities: Option<PathBuf>) -> Result<(SslMode, Trust), Error> {
    let ssl_mode = match mode {
        "disable" => SslMode::Disable,
        "prefer" => SslMode::Prefer,
        "require" => SslMode::Require,
        "verify-full" => return Ok((SslMode::Require, Trust::Verified { authorities })),
        _ => {
            return Err(unreadable(
                "its `sslmode` is not known; use disable, prefer, require or verify-full",
            ));
        }
    };
    if authorities.is_some() {
        return Err(unreadable(format_args!(
            "`sslmode={mode}` checks no certificate, so `sslrootcert` would go unused; use \
             `sslmode=verify-full`, or leave `sslrootcert` out"
        )));
    }
    Ok((ssl_mode, Trust::Anyone))
}

fn config(place: &str, options: &[&str]) -> Result<Config, Error> {
    // Its own words name what it could not read, so they are not passed on.
    place.parse::<Config>().map_err(|_| {
        unreadable(
            "it must be like `postgres://user:password@host:port/name`; percent-encode the password",
        )
    })?;
    let mut config: Config = format!("{place}?{}", options.join("&"))
        .parse()
        .map_err(|_| {
            unreadable(
                "it has an option that is not known, or one with a value that it cannot have",
            )
        })?;
    if config.get_application_name().is_none() {
        config.application_name("portico");
    }
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(CONNECT_TIMEOUT);
    }
    Ok(config)
}

/// The options stand behind the first question mark after the password, as the driver reads it.
pub(crate) fn split_options(url: &str) -> (&str, &str) {
    let host = url.find('@').unwrap_or(0);
    match url[host..].find('?') {
        Some(mark) => (&url[..host + mark], &url[host + mark + 1..]),
        None => (url, ""),
    }
}

fn decode(value: &str) -> Result<Cow<'_, str>, Error> {
    percent_decode_str(value).decode_utf8().map_err(unreadable)
}

fn unreadable(why: impl std::fmt::Display) -> Error {
    Error::Unsuitable(format!("cannot read the address of the database: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The only line here that knows how an address is read.
    fn read(options: &str) -> String {
        let url = format!("postgres://ann:s?same@db.example/portico{options}");
        match Address::parse(&url) {
            Ok(Address { config, trust }) => {
                let (mode, name) = (config.get_ssl_mode(), config.get_application_name());
                format!("{mode:?}, {trust:?}, {}", name.unwrap_or_default())
            }
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn the_options_of_encryption_are_taken_out_and_the_others_left() {
        let read = [
            "",
            "?sslmode=disable",
            "?sslmode=prefer&application_name=shop",
            "?sslmode=require",
            "?sslmode=verify-full",
            "?sslrootcert=%2Fetc%2Fa%20b.pem&sslmode=verify-full",
        ]
        .map(read)
        .join("\n");
        insta::assert_snapshot!(read, @r#"
        Prefer, Anyone, portico
        Disable, Anyone, portico
        Prefer, Anyone, shop
        Require, Anyone, portico
        Require, Verified { authorities: None }, portico
        Require, Verified { authorities: Some("/etc/a b.pem") }, portico
        "#);
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_what_can() {
        let refusals = [
            "?sslmode=verify-ca",
            "?sslmode=require&sslrootcert=ca.pem",
            "?sslcert=a.pem",
        ]
        .map(read)
        .join("\n");
        insta::assert_snapshot!(refusals, @"
        cannot read the address of the database: its `sslmode` is not known; use disable, prefer, require or verify-full
        cannot read the address of the database: `sslmode=require` checks no certificate, so `sslrootcert` would go unused; use `sslmode=verify-full`, or leave `sslrootcert` out
        cannot read the address of the database: it has an option that is not known, or one with a value that it cannot have
        ");
    }

    #[test]
    fn no_refusal_repeats_a_piece_of_the_password() {
        let refuse = |url: &str| Address::parse(url).map(|_| "read").unwrap_err().to_string();
        let refusals = [
            "postgres://ann:pie@ce?of@db.example/portico",
            "postgres://ann:pie@ce/of?it@db.example/portico",
            "postgres://ann:pie@ce@db.example/portico",
            "postgres://ann:piece?of=it",
            "postgres://ann:piece",
            "postgres://db.example/portico?sslmode=piece",
            "postgres://db.example/portico?connect_timeout=piece",
        ]
        .map(refuse);
        for refusal in &refusals {
            assert!(!refusal.contains("pie"), "{refusal}");
        }
        insta::assert_snapshot!(refusals[0], @"cannot read the address of the database: it holds more than one `@`; percent-encode the password (`@` is %40, `?` is %3F, `/` is %2F), and any `@` of an option");
        insta::assert_snapshot!(refusals[4], @"cannot read the address of the database: it must be like `postgres://user:password@host:port/name`; percent-encode the password");
    }
}
