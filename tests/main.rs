//! Stories, end to end: a billing platform, an adapter, a relay and a Stripe sandbox, over real
//! sockets. All tests are one binary, so that there is one link step.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test that cannot go on should stop where it is"
)]

/// The stage of the stories: sandbox, relay, adapter and billing platform.
mod stage;
/// Stripe's OpenAPI description as a judge.
mod openapi;
/// The bad-input corpus.
mod corpus;
/// Functions that take arbitrary bytes, for random tests and libFuzzer.
mod targets;
/// The random tests of those functions.
#[path = "targets/play.rs"]
mod play;
/// The leak test with canary cards.
mod leaks;
/// The journal on a full disk, a disk with failed syncs or bit rot, and a power cut.
mod disk;
/// House rules that a test can check.
mod tidy;
/// House rules for log lines.
mod log_lines;
/// The dependencies that each crate may have.
mod layers;
/// The suites of the ports, run against every processor.
mod ports;
/// Failpoints and built-in bugs: each is documented, and no shipped binary contains one.
mod sabotage;
/// Programs that are built with failpoints.
mod sabotaged;

/// The stories, one module for each subject.
mod stories {
    /// Hold, capture and refund.
    mod payment;
    /// One effect for each request, however often the request is sent.
    mod once;
    /// Faults of Stripe and of the network.
    mod faults;
    /// Declines and their reasons.
    mod declines;
    /// The operator's policy rules.
    mod rules;
    /// The operator's rules on every other way to a payment: confirm, import, renewal, capture.
    mod rules_on_every_way;
    /// Policy verdicts before a payment, and the options for a portal.
    mod asking;
    /// Stored cards and their tokens.
    mod cards;
    /// Payments with a stored card: the rights of caller and payer, and the time limits.
    mod tokens;
    /// The owner of a card under different customer ids, and the cards after a change of accounts.
    mod owners;
    /// Raw card numbers on the way to Stripe.
    mod numbers;
    /// Payment methods beside the card, and the dummy processor.
    mod methods;
    /// Void is refused in every state.
    mod void;
    /// Two tenants, two accounts.
    mod tenants;
    /// Tokens and rights of the adapter's callers.
    mod callers;
    /// Forged, altered, stale and replayed requests over the link.
    mod link;
    /// More load than the relay admits.
    mod load;
    /// Broken and slow connections.
    mod wires;
    /// TLS from end to end.
    mod tls;
    /// Wrong input of every kind.
    mod bad_input;
    /// Look-ups of payments, by every kind of id.
    mod look;
    /// Stripe's webhooks, and the events for the billing platform.
    mod news;
    /// Events, watched through the adapter.
    mod watching;
    /// Events, posted to the billing platform.
    mod posting;
    /// Books that are kept from events alone, under faults of every kind.
    mod books;
    /// Refunds that need the approval of a second person.
    mod two_people;
    /// The endpoint that Stripe posts to.
    mod webhooks;
    /// Events that the relay polls from Stripe.
    mod polling;
    /// Stripe's own client libraries against the webhook endpoint.
    mod official;
    /// One event of each type about payments, and the event's effect.
    mod fixtures;
    /// One event of each type about cards and customers.
    mod card_fixtures;
    /// Payments in several steps: the payer acts, and the billing platform confirms.
    mod later;
    /// Holds that are released before they lapse.
    mod release;
    /// Orders that cannot be fulfilled after the payment.
    mod order_failed;
    /// The moment at which a hold lapses.
    mod holds;
    /// Open operations are resolved after any interruption.
    mod open;
    /// Recovery without any call of the billing platform.
    mod recovery;
    /// Concurrent requests, and requests with unknown outcome.
    mod doubts;
    /// Imported payments, and all payments of an order.
    mod imported;
    /// Failed refunds, disputes and chargebacks.
    mod disputes;
    /// Customers that are created and deleted, with their cards.
    mod customers;
    /// Stripe's OpenAPI description as a judge of the relay's requests and the sandbox's answers.
    mod description;
    /// Stripe's description as a judge of the requests of a payment's later life.
    mod described_later;
    /// SIGKILL of programs, and their start and end.
    mod programs;
    /// The relay comes back after a day, or three.
    mod day_after;
    /// A journal that version 0.1 wrote.
    mod old_journal;
    /// A journal that was put back from a backup.
    mod backup;
    /// Each failpoint, with a process that dies there.
    mod failpoints;
    /// The sandbox as a separate program.
    mod alone;
    /// Settings files, and the messages about their mistakes.
    mod settings;
    /// The reference of the settings files, and the examples, against the code that reads settings.
    mod settings_reference;
    /// An operator's choices for methods, cards and currencies.
    mod choices;
    /// Clients in other languages.
    mod languages;
    /// Every refusal has a page in the docs.
    mod pages;
    /// Every failure has a row in the docs, and every row has tests.
    mod failures;
    /// The pages lead somewhere, and the commands in them work.
    mod documentation;
}
