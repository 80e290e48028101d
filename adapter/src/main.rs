//! `causeway-adapter`

fn main() -> std::process::ExitCode {
    causeway::program::main::<causeway_adapter::program::AdapterProgram>(
        "causeway-adapter",
        env!("CARGO_PKG_VERSION"),
    )
}
