//! The command `causeway sandbox`: the Stripe sandbox without adapter and relay, for tests against
//! Stripe alone.

use std::{io, net::SocketAddr};

use causeway_runtime::{
    log::{self, LogFormat},
    open_files::OpenFiles,
    program,
};
use causeway_sandbox::{RawCards, Sandbox as Stripe, Settings, StartError};

use crate::{arguments::Sandbox, exit::Exit, problem::Problem, say};

/// The log filter when the environment variable RUST_LOG is not set.
const QUIET: &str = "warn";

/// Runs the sandbox until a stop signal arrives.
pub(crate) async fn run(asked: Sandbox) -> Result<Exit, Problem> {
    log::start(LogFormat::Text, QUIET, &causeway_runtime::machine::environment().clock);
    OpenFiles::raise();
    let settings = Settings {
        listen: SocketAddr::new(asked.listen, asked.port),
        seed: asked.seed,
        // A number that may belong to a real card is declined, so that a user does not try a real
        // card.
        raw_cards: if asked.allow_raw_cards { RawCards::TestNumbers } else { RawCards::Refused },
        ..Settings::default()
    };
    let stripe = Stripe::start(settings).await.map_err(|error| trouble(&error))?;
    say::out(&greeting(stripe.addr(), asked.allow_raw_cards))?;
    program::stop_signal().await;
    say::aside("stopping");
    stripe.stop().await;
    Ok(Exit::Done)
}

/// The reason why the sandbox does not start, with advice for the user.
fn trouble(error: &StartError) -> Problem {
    let StartError::Listen { address, source } = error;
    if source.kind() != io::ErrorKind::AddrInUse {
        return Problem::own(error);
    }
    Problem::Own(format!(
        "port {} is taken on {}: choose another one with --port, or a free one with --port 0",
        address.port(),
        address.ip()
    ))
}

/// The sandbox's address and an example call.
fn greeting(address: SocketAddr, raw_cards: bool) -> String {
    let port = address.port();
    let near = if address.ip().is_unspecified() { format!("127.0.0.1:{port}") } else { address.to_string() };
    let url = format!("http://{near}");
    let numbers = if raw_cards {
        "those of test cards are taken, all others are declined"
    } else {
        "refused, as at Stripe; --allow-raw-cards takes those of test cards"
    };
    let open = if address.ip().is_loopback() {
        ""
    } else {
        "  warning   other machines can reach it, and the control API needs no key\n"
    };
    format!(
        "\
A Stripe of your own listens on {address}. No real money moves, and it forgets everything when it stops.

  url       {url}
  keys      any sk_test_…; the same text opens the same account, another one opens another account
  numbers   card numbers: {numbers}
  control   {url}/_sandbox   clock, faults, ledger, log of calls
{open}
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
        host = near.rsplit_once(':').map_or("127.0.0.1", |(host, _)| host),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greeting_says_how_to_reach_it_and_who_else_can() {
        let local = greeting("127.0.0.1:12111".parse().unwrap(), false);
        assert!(
            local.contains("listens on 127.0.0.1:12111") && local.contains("--allow-raw-cards"),
            "{local}"
        );
        assert!(!local.contains("warning"), "{local}");
        let open = greeting("0.0.0.0:9".parse().unwrap(), true);
        assert!(open.contains("http://127.0.0.1:9/_sandbox") && open.contains("warning"), "{open}");
    }
}
