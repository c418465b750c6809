# Short names for plain commands; nothing here does more than its one line says.

# Lists these names.
default:
    @just --list

# Runs Portico on emulated vendors.
dev:
    cargo run -- demo

# Serves the emulated vendors alone.
sandbox:
    cargo run -- sandbox

# Checks everything that a change must pass.
test *options:
    ./test {{ options }}

# Formats, and applies what the linter can apply by itself.
fix:
    cargo clippy --workspace --all-targets --fix --allow-dirty --allow-staged
    cargo fmt --all

# Accepts the snapshots of the tests as they are now; look at the difference before a commit.
snap:
    INSTA_UPDATE=always ./test

# Writes the generated files again.
gen:
    INSTA_UPDATE=always cargo test --workspace generated

# Opens the documentation of the crates.
doc:
    cargo doc --workspace --no-deps --open
