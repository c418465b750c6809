//! Prints which website a key or token belongs to: `SQUARESPACE_TOKEN=… cargo run -p squarespace --example squarespace-whoami`.

use std::error::Error;
use std::io::Write;

use squarespace::{Client, Endpoints, Timeouts};

#[expect(
    clippy::disallowed_methods,
    reason = "an example has no configuration but its environment"
)]
#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let token = std::env::var("SQUARESPACE_TOKEN")
        .map_err(|_| "set SQUARESPACE_TOKEN to an API key or access token")?;
    let client = Client::new(
        Endpoints::default(),
        "squarespace-rs/whoami",
        Timeouts::default(),
    )?;
    let website = client.website(&token.into()).await?;
    writeln!(std::io::stdout(), "{} ({})", website.title, website.id)?;
    Ok(())
}
