//! `causeway-relay`

fn main() -> std::process::ExitCode {
    causeway::program::main::<causeway_relay::program::RelayProgram>(
        "causeway-relay",
        env!("CARGO_PKG_VERSION"),
    )
}
