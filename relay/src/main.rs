//! `causeway-relay`

fn main() -> std::process::ExitCode {
    causeway_relay::program::main()
}
