//! The program `causeway-adapter`; the runtime crate handles arguments, settings and signals.

fn main() -> std::process::ExitCode {
    causeway_runtime::program::main::<causeway_adapter::program::AdapterProgram>(
        "causeway-adapter",
        env!("CARGO_PKG_VERSION"),
    )
}
