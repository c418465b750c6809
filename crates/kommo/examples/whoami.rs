//! Prints which account a token belongs to:
//! `KOMMO_BASE=https://acme.kommo.com KOMMO_TOKEN=… cargo run -p kommo --example kommo-whoami`.

use std::error::Error;
use std::io::Write;

use kommo::{Client, Timeouts};
use wire::Reach;

#[expect(
    clippy::disallowed_methods,
    reason = "an example has no configuration but its environment"
)]
#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let base =
        std::env::var("KOMMO_BASE").map_err(|_| "set KOMMO_BASE to the account's address")?;
    let token = std::env::var("KOMMO_TOKEN")
        .map_err(|_| "set KOMMO_TOKEN to a long-lived or access token")?;
    let (base, timeouts) = (base.parse()?, Timeouts::default());
    let client = Client::new(base, Reach::Public, "kommo-rs/whoami", timeouts)?;
    let account = client.account(&token.into()).await?;
    writeln!(std::io::stdout(), "{} ({})", account.name, account.id)?;
    Ok(())
}
