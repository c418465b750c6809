//! Standing still at a named step, so that a test can end the process there; not in released binaries.

use portico_engine::Steps;

use crate::config::Environment;
use crate::failure::Failure;

/// Who is told of the engine's steps.
#[cfg(debug_assertions)]
pub(crate) fn steps(environment: &Environment) -> Result<Steps, Failure> {
    use std::io::Write;

    use portico_engine::Step;

    let Some(name) = environment.get("PORTICO_STOP_AT") else {
        return Ok(Steps::default());
    };
    let Some(stop) = Step::ALL.into_iter().find(|step| step.name() == name) else {
        let known: Vec<&str> = Step::ALL.into_iter().map(Step::name).collect();
        return Err(Failure::usage(format!(
            "PORTICO_STOP_AT: no step `{name}`; the steps are {}",
            known.join(", ")
        )));
    };
    Ok(Steps::told_to(move |step| {
        if step == stop {
            // Whoever waits for this line has gone when it cannot be written.
            writeln!(std::io::stderr(), "stopped at {}", step.name()).unwrap_or_default();
            loop {
                std::thread::park();
            }
        }
    }))
}

#[cfg(not(debug_assertions))]
pub(crate) fn steps(_: &Environment) -> Result<Steps, Failure> {
    Ok(Steps::default())
}
