//! The Portico binary: configuration, wiring, commands.
fn main() {}
