//! The keys that stand before all sections.

use super::key::{Key, Kind};

pub(super) const KEYS: &[Key] = &[
    Key {
        name: "data",
        kind: Kind::Path,
        unit: None,
        default: None,
        default_in_words: "the folder of `portico.toml`, else `portico-data`",
        example: "/var/lib/portico",
        about: "The folder of the database and the master key.",
    },
    Key {
        name: "listen",
        kind: Kind::Address,
        unit: None,
        default: Some("127.0.0.1:8080"),
        default_in_words: "",
        example: "127.0.0.1:8080",
        about: "Where the web server listens: an IP address, or `localhost`, and a port. `docs/operating.md` says which of its paths need to be reachable from outside.",
    },
    Key {
        name: "database",
        kind: Kind::Database,
        unit: None,
        default: None,
        default_in_words: "`portico.db` in the data folder",
        example: "postgres://portico@db.example/portico?sslmode=verify-full",
        about: "An SQLite file, or `postgres://…` where several machines share the work; with `?sslmode=verify-full` the connection is encrypted and the server proves who it is.",
    },
    Key {
        name: "public_url",
        kind: Kind::Url,
        unit: None,
        default: None,
        default_in_words: "none",
        example: "https://portico.example",
        about: "Where vendors reach this server, and where they send browsers back to. Without it nothing is subscribed to, and shops are asked for changes every minute.",
    },
    Key {
        name: "master_key_file",
        kind: Kind::Path,
        unit: None,
        default: None,
        default_in_words: "`master.key` in the data folder",
        example: "/etc/portico/master.key",
        about: "The key under which credentials are encrypted. Keep a copy apart from the database's.",
    },
];
