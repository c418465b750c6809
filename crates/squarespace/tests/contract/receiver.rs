//! An endpoint that answers everything alike, and tells what came.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};

/// A request that came.
pub(crate) struct Received {
    head: String,
    pub(crate) body: Vec<u8>,
}

impl Received {
    pub(crate) fn method(&self) -> &str {
        self.head.split(' ').next().unwrap()
    }

    /// The path with its query.
    pub(crate) fn target(&self) -> &str {
        self.head.split(' ').nth(1).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        header(&self.head, name)
    }
}

/// An endpoint that answers with this status and nothing else; its address has no path.
pub(crate) async fn receiver(status: &'static str) -> (String, UnboundedReceiver<Received>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (tell, told) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            tokio::spawn(answer(socket, status, tell.clone()));
        }
    });
    (address, told)
}

async fn answer(mut socket: TcpStream, status: &str, tell: UnboundedSender<Received>) {
    let mut seen = Vec::new();
    let (head, start) = loop {
        let mut chunk = [0; 4096];
        let count = socket.read(&mut chunk).await.unwrap();
        assert!(count > 0, "requests come whole");
        seen.extend_from_slice(&chunk[..count]);
        let Some(end) = seen.windows(4).position(|window| window == b"\r\n\r\n") else {
            continue;
        };
        let head = String::from_utf8(seen[..end].to_vec()).unwrap();
        let length = header(&head, "content-length").map_or(0, |length| length.parse().unwrap());
        if seen.len() == end + 4 + length {
            break (head, end + 4);
        }
    };
    let empty = format!("HTTP/1.1 {status}\r\nconnection: close\r\n\r\n");
    socket.write_all(empty.as_bytes()).await.unwrap();
    let body = seen.split_off(start);
    // A test that ended no longer listens.
    tell.send(Received { head, body }).ok();
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(found, _)| found.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
}
