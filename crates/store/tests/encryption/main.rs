//! The connection to PostgreSQL is as private as its address asks for.

#![expect(
    clippy::unwrap_used,
    reason = "a test that fails may end where it stands"
)]

mod server;

use std::time::Duration;

use portico_store::{Database, Store};

use server::Server;

/// One for transactions, one that listens for work.
const CONNECTIONS: i64 = 2;

const PATIENCE: Duration = Duration::from_secs(60);

/// Opens the database as `portico serve` does.
async fn open(address: &str) -> Result<Store, String> {
    let database: Database = address.parse().unwrap();
    Store::open(&database).await.map_err(|why| why.to_string())
}

/// How many connections of this name there are, and how many of them the server calls encrypted.
async fn connections(store: &Store, name: &'static str) -> (i64, i64) {
    const SQL: &str = "SELECT count(*), count(*) FILTER (WHERE ssl)
        FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = $1";

    let read = store.read(move |tx| tx.query_one(SQL, &[name.into()]));
    let row = read.await.unwrap();
    (row.int(0).unwrap(), row.int(1).unwrap())
}

/// How many of a store's connections are encrypted, once all of them are there.
async fn encrypted(store: &Store, name: &'static str) -> i64 {
    let mut wakeups = store.wakeups();
    loop {
        let (all, encrypted) = connections(store, name).await;
        if all == CONNECTIONS {
            return encrypted;
        }
        // The one that listens calls when it is there.
        wakeups.wait(PATIENCE).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_connection_is_as_private_as_the_address_says() {
    let server = Server::with_encryption();
    let verified = server.verified_by("ca.crt");
    for (name, options, expected) in [
        ("disable", "sslmode=disable", 0),
        ("prefer", "sslmode=prefer", CONNECTIONS),
        ("unsaid", "", CONNECTIONS),
        ("require", "sslmode=require", CONNECTIONS),
        ("verified", &verified, CONNECTIONS),
    ] {
        let options = format!("{options}&application_name={name}");
        let store = open(&server.at("localhost", &options)).await.unwrap();
        assert_eq!(encrypted(&store, name).await, expected, "{name}");
        store.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_cannot_prove_who_it_is_is_refused_in_words() {
    let server = Server::with_encryption();
    let refusal = async |host: &str, options: &str| {
        let opened = open(&server.at(host, options)).await;
        opened
            .map(drop)
            .unwrap_err()
            .replace(&server.folder(), "FOLDER")
    };
    let refusals = [
        refusal("localhost", &server.verified_by("other.crt")).await,
        refusal("localhost", "sslmode=verify-full").await,
        refusal("127.0.0.1", &server.verified_by("ca.crt")).await,
        refusal("localhost", &server.verified_by("server.key")).await,
        refusal("localhost", &server.verified_by("gone.crt")).await,
    ]
    .join("\n");

    insta::assert_snapshot!(refusals, @"
    no encrypted connection to the database: the server's certificate is not accepted: no authority in FOLDER/other.crt has signed it; give the file of the one that has
    no encrypted connection to the database: the server's certificate is not accepted: no authority that this system trusts has signed it; give the one that has with `sslrootcert=FILE`
    no encrypted connection to the database: the server's certificate is not accepted: it is not for `127.0.0.1`; use a name that it is for, or have one made for `127.0.0.1`
    cannot read the certificates of `sslrootcert`, FOLDER/server.key: it holds no certificate in PEM
    cannot read the certificates of `sslrootcert`, FOLDER/gone.crt: I/O error: No such file or directory (os error 2)
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_encryption_is_refused_where_it_is_required() {
    let server = Server::without_encryption();
    let required = open(&server.at("localhost", "sslmode=require")).await;

    insta::assert_snapshot!(required.map(drop).unwrap_err(), @"no encrypted connection to the database: server does not support TLS; turn encryption on at the server, or use `sslmode=disable`");
    open(&server.at("localhost", "sslmode=prefer"))
        .await
        .unwrap();
}
