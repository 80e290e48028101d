# Short names for the commands that contributors use. Each recipe is plain commands that also work without just.

# Lists the recipes.
default:
    @just --list

# Format and lints, as CI checks them.
check:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings

# All tests of the workspace, side by side.
test *arguments:
    ./test {{arguments}}

# Stories by name, for example `just story refund`; all of them without a name.
story *names:
    cargo test --test stories {{names}}

# The full chaos run: 10,000 payments, 280 kills.
chaos:
    cargo test --release --test chaos -- --nocapture

# Hostile connections against the release programs, for example `just strangers --kinds pings --seconds 5`.
strangers *arguments:
    cargo bench --bench strangers -- {{arguments}}

# Greedy tenants and callers beside one that pays, for example `just greedy --ways reads`.
greedy *arguments:
    cargo bench --bench greedy -- {{arguments}}

# The book, if mdbook is installed, and the documentation of the crates.
docs:
    if command -v mdbook >/dev/null; then mdbook build; else echo "mdbook is not installed: the pages are in docs/"; fi
    cargo doc --workspace --no-deps

# What CI runs, in this checkout: it installs packages, and takes long.
everything:
    .ci/run
