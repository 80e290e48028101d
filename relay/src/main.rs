//! The program `causeway-relay`; the runtime crate handles arguments, settings and signals.

fn main() -> std::process::ExitCode {
    causeway_runtime::program::main::<causeway_relay::program::RelayProgram>(
        "causeway-relay",
        env!("CARGO_PKG_VERSION"),
    )
}
