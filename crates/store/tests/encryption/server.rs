//! A PostgreSQL server of the test's own, with certificates that are made for it.

use std::ffi::OsStr;
use std::net::TcpListener;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

/// PostgreSQL refuses to run as root; its package made it a user.
const AS_ITS_USER: [&str; 5] = [
    "setpriv",
    "--reuid=postgres",
    "--regid=postgres",
    "--init-groups",
    "--reset-env",
];

/// Makes an authority, another one, and a certificate for `localhost` that the first has signed.
const CERTIFICATES: &str = "
    set -e
    for name in ca other; do
        openssl req -x509 -newkey rsa:2048 -nodes -keyout $name.key -out $name.crt -days 2 -subj /CN=$name
    done
    openssl req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=localhost
    echo subjectAltName=DNS:localhost > names
    openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out server.crt -days 2 -extfile names
    chmod 600 server.key
";

/// The server; it ends with the test.
pub(crate) struct Server {
    folder: TempDir,
    port: u16,
}

impl Server {
    /// Its certificate is for `localhost`, and `ca.crt` is the authority that signed it; `other.crt`
    /// is one that signed nothing.
    pub(crate) fn with_encryption() -> Self {
        let folder = folder();
        run(&folder, "sh", &["-c", CERTIFICATES]);
        let encryption = "ssl=on\nssl_cert_file='../server.crt'\nssl_key_file='../server.key'\n";
        Self::start(folder, encryption)
    }

    pub(crate) fn without_encryption() -> Self {
        Self::start(folder(), "")
    }

    fn start(folder: TempDir, settings: &str) -> Self {
        let cluster = ["-D", "data", "-U", "portico", "-A", "trust", "--no-sync"];
        run(&folder, program("initdb"), &cluster);
        let port = free_port();
        let settings = format!(
            "port={port}\nlisten_addresses='localhost'\nunix_socket_directories=''\nfsync=off\n{settings}"
        );
        std::fs::write(folder.path().join("data/postgresql.auto.conf"), settings).unwrap();
        run(
            &folder,
            program("pg_ctl"),
            &["-D", "data", "-l", "log", "-w", "start"],
        );
        Self { folder, port }
    }

    /// The address of its database.
    pub(crate) fn at(&self, host: &str, options: &str) -> String {
        format!("postgres://portico@{host}:{}/postgres?{options}", self.port)
    }

    /// The options that demand a certificate signed by an authority of this file.
    pub(crate) fn verified_by(&self, file: &str) -> String {
        format!("sslmode=verify-full&sslrootcert={}/{file}", self.folder())
    }

    pub(crate) fn folder(&self) -> String {
        self.folder.path().display().to_string()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let stop = ["-D", "data", "-m", "immediate", "-w", "stop"];
        run(&self.folder, program("pg_ctl"), &stop);
    }
}

/// A folder in which the server's user may write.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    if is_root() {
        let path = folder.path().display().to_string();
        let given = Command::new("chown").args(["postgres:", &path]).status();
        assert!(given.unwrap().success());
    }
    folder
}

/// Runs a program in the folder, as somebody who may run a server.
fn run(folder: &TempDir, program: impl AsRef<OsStr>, args: &[&str]) {
    let mut command = if is_root() {
        let mut command = Command::new(AS_ITS_USER[0]);
        command.args(&AS_ITS_USER[1..]).arg(program);
        command
    } else {
        Command::new(program)
    };
    let ended = command
        .args(args)
        .current_dir(folder.path())
        .output()
        .unwrap_or_else(|why| panic!("install PostgreSQL's server and openssl: {why}"));
    let said = [ended.stdout, ended.stderr].concat();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&said));
}

/// Where a program of the server is; Debian keeps them out of the way.
fn program(name: &str) -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql");
    versions
        .into_iter()
        .flatten()
        .map(|version| version.unwrap().path().join("bin").join(name))
        .find(|program| program.exists())
        .unwrap_or_else(|| name.into())
}

/// A port on which nobody answers; the system does not soon give it to another.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

fn is_root() -> bool {
    let ours = tempfile::tempfile().unwrap();
    ours.metadata().unwrap().uid() == 0
}
