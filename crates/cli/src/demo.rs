//! `portico demo`: the whole product on emulated vendors, at a human pace or as a checked script.

mod check;
mod control;
mod narrator;
mod scenario;
mod stage;
mod story;

use std::path::PathBuf;

use jiff::SignedDuration;

use crate::config::Format;
use crate::failure::Failure;
use crate::output::Output;
use crate::{logging, shutdown};

use narrator::Narrator;
use stage::{Ports, Stage};

#[derive(Debug, clap::Args)]
pub(crate) struct DemoArgs {
    /// Play a script to its end, compare the CRM with the shops, and exit with 1 on any difference
    #[arg(long, conflicts_with_all = ["orders", "pace"])]
    once: bool,

    /// How many orders are placed
    #[arg(long, default_value_t = 12)]
    orders: usize,

    /// The pause between two things that happen, such as 2s or 500ms
    #[arg(long, default_value = "2s")]
    pace: SignedDuration,

    /// The hub's port; the sandbox takes the next one [default: 8080, and 9090 for the sandbox]
    #[arg(long)]
    port: Option<u16>,
}

pub(crate) async fn run(
    wanted: DemoArgs,
    data: Option<PathBuf>,
    output: Output,
) -> Result<(), Failure> {
    // The story is told on the screen; the log would tell it a second time.
    logging::start_at("error", Format::Human)?;
    let interrupted = shutdown::on_signal()?;
    let stage = Stage::start(Ports::of(wanted.port), data).await?;
    let mut narrator = Narrator::new(stage.engine.clone(), output);
    let played = tokio::select! {
        played = play(&wanted, &stage, &mut narrator, output) => played,
        () = interrupted.cancelled() => narrator.aside("\nEnding"),
    };
    stage.end().await;
    played
}

async fn play(
    wanted: &DemoArgs,
    stage: &Stage,
    narrator: &mut Narrator,
    output: Output,
) -> Result<(), Failure> {
    introduce(stage, narrator)?;
    let shops = stage.connect(narrator).await?;
    if wanted.once {
        scenario::play(stage, &shops, narrator).await?;
        return check::run(stage, &shops, output).await;
    }
    story::play(stage, &shops, narrator, wanted).await?;
    narrator.heading("Done")?;
    narrator.aside(format!(
        "  The pages stay open: {} and {}\n  Ctrl-C ends the demo",
        stage.overview(),
        stage.board()
    ))?;
    std::future::pending().await
}

fn introduce(stage: &Stage, narrator: &Narrator) -> Result<(), Failure> {
    narrator.heading(
        "Portico demo: two emulated shops, an emulated CRM, and the real hub between them",
    )?;
    narrator.fact("hub", format!("{}  what Portico knows", stage.overview()))?;
    narrator.fact(
        "CRM",
        format!("{}  the deals in their pipelines", stage.board()),
    )?;
    narrator.fact("data", stage.folder())
}
