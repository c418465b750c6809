//! A vendor that answers what it is told to, and keeps what it was sent.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use url::Url;

use super::Program;
use crate::world::{Process, World};

/// Where an answer stands still until it is told to go on.
pub(super) const PAUSE: char = '\0';

/// The vendor's side of one test.
#[derive(Clone)]
pub(super) struct Scripted {
    answers: Arc<Mutex<VecDeque<String>>>,
    heads: Arc<Mutex<Vec<String>>>,
    goes_on: Arc<Semaphore>,
}

impl Scripted {
    pub(super) fn new(answers: &[String]) -> Self {
        Self {
            answers: Arc::new(Mutex::new(answers.iter().cloned().collect())),
            heads: Arc::default(),
            goes_on: Arc::new(Semaphore::new(0)),
        }
    }

    /// Listens; after its last answer it hangs up on everybody.
    pub(super) fn serve(&self, listener: TcpListener) {
        let accepting = self.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                accepting.answer(stream).await;
            }
        });
    }

    /// Lets an answer that stands still go on.
    pub(super) fn go_on(&self) {
        self.goes_on.add_permits(1);
    }

    async fn answer(&self, mut stream: TcpStream) {
        let mut sent = Vec::new();
        while !sent.ends_with(b"\r\n\r\n") {
            match stream.read_u8().await {
                Ok(byte) => sent.push(byte),
                Err(_) => return,
            }
        }
        let head = String::from_utf8(sent).unwrap();
        let length = announced(&head);
        self.heads.lock().unwrap().push(head);
        let mut body = (&mut stream).take(length);
        if tokio::io::copy(&mut body, &mut tokio::io::sink())
            .await
            .is_err()
        {
            return;
        }
        let answer = self.answers.lock().unwrap().pop_front();
        for (number, part) in answer
            .iter()
            .flat_map(|answer| answer.split(PAUSE))
            .enumerate()
        {
            if number > 0 {
                self.goes_on.acquire().await.unwrap().forget();
            }
            // Who does not want the rest has hung up.
            if stream.write_all(part.as_bytes()).await.is_err() {
                return;
            }
        }
    }

    /// The heads of the requests, oldest first.
    pub(super) fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

/// How much is read before the answer: of a body that does not say how long it is, all that comes.
fn announced(head: &str) -> u64 {
    if head.contains("transfer-encoding: chunked") {
        return u64::MAX;
    }
    let length = |line: &str| line.strip_prefix("content-length: ")?.parse().ok();
    head.lines().find_map(length).unwrap_or(0)
}

/// An answer with this status line, these headers, and a body.
pub(super) fn answer(status: &str, headers: &[&str], body: &str) -> String {
    let length = format!("content-length: {}", body.len());
    let mut lines = vec![format!("HTTP/1.1 {status}"), length];
    lines.push("connection: close".to_owned());
    lines.extend(headers.iter().map(|header| (*header).to_owned()));
    format!("{}\r\n\r\n{body}", lines.join("\r\n"))
}

impl World {
    /// Doors behind which Squarespace is this vendor, on the same database.
    pub(super) async fn scripted(&self, answers: &[String]) -> (Scripted, Url) {
        let (scripted, api) = vendor(answers).await;
        let hub = self.doors_to(api, Process::default()).await;
        (scripted, hub)
    }

    /// Doors of a process for which Squarespace is there.
    pub(super) async fn doors_to(&self, api: Url, process: Process) -> Url {
        let process = Process {
            seed: 99,
            api: Some(api),
            ..process
        };
        self.doors_of(&self.process(&self.store, process)).await
    }
}

/// A vendor and where it is.
pub(super) async fn vendor(answers: &[String]) -> (Scripted, Url) {
    let scripted = Scripted::new(answers);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    scripted.serve(listener);
    (scripted, api_at(address))
}

pub(super) fn api_at(address: SocketAddr) -> Url {
    format!("http://{address}/api").parse().unwrap()
}

impl Program<'_> {
    /// The same program at other doors.
    pub(super) fn at(&self, hub: Url) -> Program<'_> {
        Program {
            world: self.world,
            hub,
            key: self.key.clone(),
        }
    }
}
