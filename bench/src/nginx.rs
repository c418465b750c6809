//! nginx of Debian, twice: the upstream that answers from a file, and the proxy that Portico is held
//! against. Each is one process, so that killing it leaves nobody behind.

use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use tokio::process::{Child, Command};
use url::Url;

use crate::process::Process;
use crate::stand::pause;

pub(crate) struct Nginx {
    child: Child,
    port: u16,
}

/// What the upstream answers to a call.
pub(crate) enum Answer<'a> {
    /// 200 with this page.
    Page(&'a [u8]),
    /// 204, whatever was sent.
    Done,
}

impl Nginx {
    /// Answers the measured calls, and hands every other call on to `rest`.
    pub(crate) async fn upstream(
        folder: &Path,
        answers: &[(&str, Answer<'_>)],
        rest: &str,
    ) -> Result<Self> {
        let mut locations = format!("location / {{ proxy_pass {rest}; }}\n");
        for (n, (path, answer)) in answers.iter().enumerate() {
            let answer = match answer {
                Answer::Page(page) => {
                    let file = folder.join(format!("page{n}.json"));
                    std::fs::write(&file, page)?;
                    format!("default_type application/json; alias {};", text(&file)?)
                }
                Answer::Done => "return 204;".to_owned(),
            };
            locations += &format!("location = {path} {{ {answer} }}\n");
        }
        Self::start(folder, "upstream", "", &locations).await
    }

    pub(crate) async fn proxy(folder: &Path, upstream: &Self) -> Result<Self> {
        let port = upstream.port;
        let vendor = format!(
            "upstream vendor {{ server 127.0.0.1:{port}; keepalive 512; keepalive_requests 1000000000; }}"
        );
        let locations = "location / { proxy_http_version 1.1; proxy_set_header Connection \"\"; proxy_pass http://vendor; }";
        Self::start(folder, "proxy", &vendor, locations).await
    }

    pub(crate) fn base(&self) -> Url {
        let base = format!("http://127.0.0.1:{}/", self.port);
        Url::parse(&base).expect("a port makes an address")
    }

    pub(crate) fn process(&self) -> Result<Process> {
        Process::of(&self.child)
    }

    pub(crate) async fn stop(mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }

    async fn start(folder: &Path, name: &str, upstreams: &str, locations: &str) -> Result<Self> {
        let folder = folder.join(name);
        std::fs::create_dir_all(&folder)?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let file = folder.join("nginx.conf");
        std::fs::write(&file, config(text(&folder)?, port, upstreams, locations))?;
        let child = Command::new("nginx")
            .arg("-p")
            .arg(&folder)
            .arg("-c")
            .arg(&file)
            .arg("-e")
            .arg(folder.join("errors"))
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("run nginx; on Debian: apt-get install nginx")?;
        let nginx = Self { child, port };
        for _ in 0..200 {
            if tokio::net::TcpStream::connect(("127.0.0.1", port))
                .await
                .is_ok()
            {
                return Ok(nginx);
            }
            pause(20).await;
        }
        bail!("nginx does not answer as the {name}")
    }
}

fn text(path: &Path) -> Result<&str> {
    path.to_str().context("a folder whose name is text")
}

/// Connections are kept on both sides, and nothing is written to a log.
fn config(folder: &str, port: u16, upstreams: &str, locations: &str) -> String {
    format!(
        "daemon off;
master_process off;
pid {folder}/pid;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    keepalive_requests 1000000000;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxied;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    open_file_cache max=16;
    {upstreams}
    server {{
        listen 127.0.0.1:{port} backlog=1024;
        {locations}
    }}
}}
"
    )
}
