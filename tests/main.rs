//! Stories, end to end: a billing platform, an adapter, a relay and a Stripe of
//! our own, over real sockets. One binary, so that there is one link step.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test that cannot go on should stop where it is"
)]

/// What the stories are played on.
mod stage;
/// Stripe's own description, as a judge.
mod openapi;
/// The bad-input corpus.
mod corpus;
/// The leak test.
mod leaks;
/// What a machine can keep of the house rules.
mod tidy;

/// The stories.
mod stories {
    /// Hold, take, give back.
    mod payment;
    /// Once, however often it is asked for.
    mod once;
    /// What Stripe and the network do at their worst.
    mod faults;
    /// No, and why.
    mod declines;
    /// The operator's rules.
    mod rules;
    /// Asking before paying: the rules' verdicts, and what a portal may offer.
    mod asking;
    /// Cards that are kept.
    mod cards;
    /// Who may pay with a kept card, and when.
    mod tokens;
    /// Whose a card is, by whatever name it goes, and what becomes of it when accounts change.
    mod owners;
    /// Card numbers on their way through.
    mod numbers;
    /// Methods beside the card, and the dummy.
    mod methods;
    /// Void is refused.
    mod void;
    /// Two tenants, two accounts.
    mod tenants;
    /// Who may call the adapter.
    mod callers;
    /// Forged, altered, stale, replayed.
    mod link;
    /// TLS from end to end.
    mod tls;
    /// Wrong input of every kind.
    mod bad_input;
    /// Looking at payments.
    mod look;
    /// What Stripe tells, and what billing hears of it.
    mod news;
    /// What Stripe's description says of our requests and the sandbox's answers.
    mod description;
    /// kill -9, and the programs' own manners.
    mod programs;
    /// The sandbox as a program of its own.
    mod alone;
    /// Settings files, and what is wrong with them.
    mod settings;
    /// What an operator may choose for methods, cards and currencies.
    mod choices;
    /// Clients in other languages.
    mod languages;
    /// Every refusal has its page.
    mod pages;
}
