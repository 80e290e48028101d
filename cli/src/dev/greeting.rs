//! The text that is shown after the start.

use secrecy::ExposeSecret;

use super::{DevPrograms, ports::Ports, state_dir::StateDir};
use crate::endpoints::Endpoints;

/// The addresses of all programs and, unless a story follows, the command for a first payment.
pub(super) fn of(programs: &DevPrograms, state_dir: &StateDir, ports: &Ports, story_follows: bool) -> String {
    let Endpoints { adapter, relay, sandbox, token } = &programs.endpoints;
    let token = token.expose_secret();
    let journal = state_dir.journal();
    let (journal, endpoints_note) = (journal.display(), endpoints_note(state_dir));
    let sandbox_note = match state_dir.sandbox() {
        Some(kept) => format!("its state is in {}", kept.display()),
        None => "forgets everything when it stops".to_owned(),
    };
    let notes: String = ports.notes.iter().map(|note| format!("  ({note})\n")).collect();
    let addresses = format!(
        "\
causeway is up. No real money moves: its Stripe is a sandbox in this process.

  adapter    {adapter}   gRPC causeway.v1.Processor, with reflection
  relay      {relay}   only the adapter has its key
  sandbox    {sandbox}   {sandbox_note}
  journal    {journal}{endpoints_note}
  token      {token}
{notes}"
    );
    if story_follows { addresses } else { format!("{addresses}\n{}", first_payment(adapter, token)) }
}

fn endpoints_note(state_dir: &StateDir) -> String {
    match state_dir.state() {
        Some(state) => format!("\n  endpoints  {}", Endpoints::file(state).display()),
        None => "   removed at the end".to_owned(),
    }
}

fn first_payment(adapter: &str, token: &str) -> String {
    format!(
        "\
A first payment by hand, in another shell:

  export CAUSEWAY_ADAPTER={adapter}
  export CAUSEWAY_TOKEN={token}
  causeway authorize 12.50 USD --payment-method pm_card_visa

Payment systems: main (Visa, Mastercard, Discover), amex (American Express in CAD, with
card numbers), trial (GBP, answers by rule). What the rules say before anything is paid:

  causeway check 0.49 USD --payment-method pm_card_visa
  causeway currencies --assigned

Ctrl-C stops it."
    )
}
