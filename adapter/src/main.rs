//! `causeway-adapter`

fn main() -> std::process::ExitCode {
    causeway_adapter::program::main()
}
