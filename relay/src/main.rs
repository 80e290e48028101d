//! `causeway-relay`

fn main() -> std::process::ExitCode {
    causeway_runtime::program::main::<causeway_relay::program::RelayProgram>(
        "causeway-relay",
        env!("CARGO_PKG_VERSION"),
    )
}
