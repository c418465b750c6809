//! stub
use crate::failure::Failure;
use crate::output::Output;
#[derive(Debug, clap::Args)]
pub(crate) struct DemoArgs {}
pub(crate) async fn run(
    _w: DemoArgs,
    _d: Option<std::path::PathBuf>,
    _o: Output,
) -> Result<(), Failure> {
    Ok(())
}
