//! `portico completions`: a script that lets a shell complete the commands.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::args::Args;
use crate::failure::Failure;

pub(crate) fn run(shell: Shell) -> Result<(), Failure> {
    let mut command = Args::command();
    let name = command.get_name().to_owned();
    clap_complete::generate(shell, &mut command, name, &mut std::io::stdout());
    Ok(())
}
