//! The command `causeway sandbox`: the Stripe sandbox without adapter and relay, for tests against
//! Stripe alone.

use std::{
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use causeway_runtime::{
    log::{self, LogFormat},
    open_files::OpenFiles,
    program,
};
use causeway_sandbox::{RawCards, Sandbox as Stripe, Settings, StartError};

use crate::{arguments::Sandbox, exit::Exit, output, problem::Problem};

/// The log filter when the environment variable RUST_LOG is not set.
const DEFAULT_LOG_FILTER: &str = "warn";

/// The sandbox's directory inside a state directory, for `sandbox` and for `dev`.
pub(crate) fn state_of(directory: &Path) -> PathBuf {
    directory.join("sandbox")
}

/// Runs the sandbox until a stop signal arrives.
pub(crate) async fn run(arguments: Sandbox, state: Option<PathBuf>) -> Result<Exit, Problem> {
    log::start(LogFormat::Text, DEFAULT_LOG_FILTER, &causeway_runtime::machine::environment().clock);
    OpenFiles::raise();
    let settings = Settings {
        listen: SocketAddr::new(arguments.listen, arguments.port),
        seed: arguments.seed,
        // A number that may belong to a real card is declined, so that a user does not try a real
        // card.
        raw_cards: if arguments.allow_raw_cards { RawCards::TestNumbers } else { RawCards::Refused },
        state: state.as_deref().map(state_of),
        ..Settings::default()
    };
    let stripe = Stripe::start(settings).await.map_err(|error| start_problem(&error))?;
    output::write(&greeting(stripe.addr(), arguments.allow_raw_cards, state.as_deref()))?;
    program::stop_signal().await;
    output::note("stopping");
    stripe.stop().await;
    Ok(Exit::Done)
}

/// The reason why the sandbox does not start, with advice for the user.
fn start_problem(error: &StartError) -> Problem {
    match error {
        StartError::Listen { address, source } if source.kind() == io::ErrorKind::AddrInUse => {
            Problem::Own(format!(
                "port {} is taken on {}: choose another one with --port, or a free one with --port 0",
                address.port(),
                address.ip()
            ))
        }
        StartError::Listen { .. } | StartError::State(_) => Problem::own(error),
    }
}

/// The sandbox's address and an example call.
fn greeting(address: SocketAddr, raw_cards: bool, state: Option<&Path>) -> String {
    let port = address.port();
    let reachable =
        if address.ip().is_unspecified() { format!("127.0.0.1:{port}") } else { address.to_string() };
    let url = format!("http://{reachable}");
    let numbers = if raw_cards {
        "those of test cards are taken, all others are declined"
    } else {
        "refused, as at Stripe; --allow-raw-cards takes those of test cards"
    };
    let memory = match state {
        Some(directory) => format!("its state stays in {}", state_of(directory).display()),
        None => "it forgets everything when it stops; --state DIR keeps its state".to_owned(),
    };
    let exposed = if address.ip().is_loopback() {
        ""
    } else {
        "  warning   other machines can reach it, and the control API needs no key\n"
    };
    format!(
        "\
A Stripe of your own listens on {address}. No real money moves, and {memory}.

  url       {url}
  keys      any sk_test_…; the same text opens the same account, another one opens another account
  numbers   card numbers: {numbers}
  control   {url}/_sandbox   clock, faults, ledger, log of calls
{exposed}
From a shell:

  curl {url}/v1/payment_intents -u sk_test_1: -d amount=2000 -d currency=usd \\
    -d payment_method=pm_card_visa -d confirm=true \\
    -d 'automatic_payment_methods[enabled]=true' -d 'automatic_payment_methods[allow_redirects]=never'
  curl {url}/_sandbox/ledger
  curl {url}/_sandbox/faults -d '{{\"fault\": {{\"kind\": \"lose_answer\"}}}}'

With Stripe's own programs:

  stripe    stripe customers list --api-key sk_test_1 --api-base {url}
  Python    stripe.StripeClient(\"sk_test_1\", base_addresses={{\"api\": \"{url}\"}})
  Node      new Stripe(\"sk_test_1\", {{protocol: \"http\", host: \"{host}\", port: {port}}})

Ctrl-C stops it.",
        host = reachable.rsplit_once(':').map_or("127.0.0.1", |(host, _)| host),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greeting_shows_the_address_and_warns_of_other_machines() {
        let local = greeting("127.0.0.1:12111".parse().unwrap(), false, None);
        assert!(
            local.contains("listens on 127.0.0.1:12111") && local.contains("--allow-raw-cards"),
            "{local}"
        );
        assert!(!local.contains("warning") && local.contains("it forgets everything"), "{local}");
        let exposed = greeting("0.0.0.0:9".parse().unwrap(), true, Some(Path::new("kept")));
        assert!(exposed.contains("http://127.0.0.1:9/_sandbox") && exposed.contains("warning"), "{exposed}");
        assert!(exposed.contains("its state stays in kept/sandbox"), "{exposed}");
    }
}
