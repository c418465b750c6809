//! The owner's consent to what a flow makes in Kommo.

use crate::failure::Failure;
use crate::output::Output;

/// Shows what would be made and asks; refuses where nobody can be asked. With `yes` consent was given
/// already, and where nothing is to be made none is needed.
pub(super) fn ask(to_make: &[String], yes: bool, output: Output) -> Result<(), Failure> {
    if yes || to_make.is_empty() {
        return Ok(());
    }
    if !output.can_ask() {
        return Err(Failure::usage(format!(
            "Kommo lacks what this flow needs: {}; run again with --yes to have it made",
            to_make.join("; ")
        )));
    }
    output.aside("This would be made in Kommo:")?;
    for sentence in to_make {
        output.aside(format!("  {sentence}"))?;
    }
    if output.ask("Go on?")? {
        return Ok(());
    }
    Err(Failure::failed("nothing was made"))
}
