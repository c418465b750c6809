//! A vendor that answers what it is told to, and keeps what it was sent.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

use super::Program;
use crate::world::{Process, World};

/// The vendor's side of one test.
#[derive(Clone, Default)]
pub(super) struct Scripted {
    answers: Arc<Mutex<VecDeque<String>>>,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Scripted {
    /// Starts it; after its last answer it hangs up on everybody.
    async fn start(answers: &[String]) -> (Self, Url) {
        let scripted = Self::default();
        scripted.answers.lock().unwrap().extend(answers.to_vec());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/api", listener.local_addr().unwrap());
        let accepting = scripted.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                accepting.answer(stream).await;
            }
        });
        (scripted, url.parse().unwrap())
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
        if let Some(answer) = answer {
            stream.write_all(answer.as_bytes()).await.unwrap();
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
        let (scripted, api) = Scripted::start(answers).await;
        let process = Process {
            seed: 99,
            api: Some(api),
            ..Process::default()
        };
        let hub = self.doors_of(&self.process(&self.store, process)).await;
        (scripted, hub)
    }
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
