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
/// What any bytes may be given to.
mod targets;
/// And what comes of it.
#[path = "targets/play.rs"]
mod play;
/// The leak test.
mod leaks;
/// The journal on a disk that is full, lies, rots or loses its power.
mod disk;
/// What a machine can keep of the house rules.
mod tidy;
/// Which crate may know which.
mod layers;
/// The suites of the ports, run against every processor.
mod ports;
/// Where processes die and what mistakes are built in: written down, and in nothing that
/// is shipped.
mod sabotage;
/// Programs that can be sabotaged.
mod sabotaged;

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
    /// More to do than can be done.
    mod load;
    /// Connections at their worst.
    mod wires;
    /// TLS from end to end.
    mod tls;
    /// Wrong input of every kind.
    mod bad_input;
    /// Looking at payments.
    mod look;
    /// What Stripe tells, and what billing hears of it.
    mod news;
    /// Events, watched through the adapter.
    mod watching;
    /// Events, posted to billing.
    mod posting;
    /// Books that are kept from events alone, while everything breaks.
    mod books;
    /// A refund that two people have to agree on.
    mod two_people;
    /// The endpoint that Stripe posts to.
    mod webhooks;
    /// Asking Stripe what has happened.
    mod polling;
    /// Stripe's own clients, before that endpoint.
    mod official;
    /// One event of each type about payments, and what it leads to.
    mod fixtures;
    /// The same about cards and customers.
    mod card_fixtures;
    /// Two steps and more: the payer acts, and billing goes on.
    mod later;
    /// A hold is given back early.
    mod release;
    /// Billing could not fulfil what was paid.
    mod order_failed;
    /// When a hold ends.
    mod holds;
    /// Whatever was left open is found out.
    mod open;
    /// And by itself.
    mod recovery;
    /// Two at once, and what is in doubt.
    mod doubts;
    /// Payments of elsewhere, and all that belongs to an order.
    mod imported;
    /// Refunds that come back, and money that banks take back.
    mod disputes;
    /// Customers come and go, and so do their cards.
    mod customers;
    /// What Stripe's description says of our requests and the sandbox's answers.
    mod description;
    /// The same for a payment's later life.
    mod described_later;
    /// kill -9, and the programs' own manners.
    mod programs;
    /// The relay comes back after a day, or three.
    mod day_after;
    /// A journal that was put back from a backup.
    mod backup;
    /// Each place where a process can be made to die.
    mod failpoints;
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
    /// Every failure has its row, and every row its tests.
    mod failures;
}
