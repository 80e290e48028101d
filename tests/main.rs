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
#[path = "targets/random_bytes.rs"]
mod random_bytes;
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
mod failpoint_inventory;
/// Programs that are built with failpoints.
mod failpoint_builds;

/// The stories, one module for each subject.
mod stories {
    /// Hold, capture and refund.
    mod payment;
    /// One effect for each request, however often the request is sent.
    mod idempotency;
    /// Files that the programs make, and files that an operator names.
    mod private_files;
    /// URLs, keys and secrets in settings that send a secret to a stranger.
    mod safe_settings;
    /// The names of a relay, and requests from clocks that are ahead.
    mod relay_names;
    /// A flood of refused requests, and the log that it leaves.
    mod floods;
    /// Faults of Stripe and of the network.
    mod faults;
    /// Declines and their reasons.
    mod declines;
    /// The operator's policy rules.
    mod policy_rules;
    /// The operator's rules on every other way to a payment: confirm, import, renewal, capture.
    mod rules_on_every_way;
    /// Policy verdicts before a payment, and the options for a portal.
    mod policy_checks;
    /// Stored cards and their tokens.
    mod stored_cards;
    /// Payments with a stored card: the rights of caller and payer, and the time limits.
    mod stored_card_payments;
    /// The owner of a card under different customer ids, and the cards after a change of accounts.
    mod card_ownership;
    /// Raw card numbers on the way to Stripe.
    mod raw_card_numbers;
    /// Payment methods beside the card, and the dummy processor.
    mod payment_methods;
    /// Void is refused in every state.
    mod void;
    /// Two tenants, two accounts.
    mod tenants;
    /// Tokens and rights of the adapter's callers.
    mod callers;
    /// Forged, altered, stale and replayed requests over the link.
    mod link_signatures;
    /// Answers that every client can read, page by page.
    mod answers;
    /// The shares of tenants and callers.
    mod shares;
    /// More load than the relay admits.
    mod overload;
    /// Broken and slow connections.
    mod connections;
    /// Clients without authentication at each listener.
    mod strangers;
    mod sweep;
    /// TLS from end to end.
    mod tls;
    /// Wrong input of every kind.
    mod bad_input;
    /// Look-ups of payments, by every kind of id.
    mod payment_lookup;
    /// Stripe's webhooks, and the events for the billing platform.
    mod payment_events;
    /// Events, watched through the adapter.
    mod event_watching;
    /// Events, posted to the billing platform.
    mod event_posting;
    /// Books that are kept from events alone, under faults of every kind.
    mod bookkeeping;
    /// Refunds that need the approval of a second person.
    mod refund_approval;
    /// The endpoint that Stripe posts to.
    mod webhooks;
    /// Events that the relay polls from Stripe.
    mod event_polling;
    /// Stripe's own client libraries against the webhook endpoint.
    mod stripe_sdks;
    /// One event of each type about payments, and the event's effect.
    mod payment_event_types;
    /// One event of each type about cards and customers.
    mod card_event_types;
    /// Payments in several steps: the payer acts, and the billing platform confirms.
    mod payer_authentication;
    /// Holds that are released before they lapse.
    mod hold_release;
    /// Orders that cannot be fulfilled after the payment.
    mod order_failed;
    /// The moment at which a hold lapses.
    mod holds;
    /// Open operations are resolved after any interruption.
    mod open_operations;
    /// Recovery without any call of the billing platform.
    mod recovery;
    /// Concurrent requests, and requests with unknown outcome.
    mod conflicts;
    /// A Stripe that shows what cannot be.
    mod hostile_stripe;
    /// Imported payments, and all payments of an order.
    mod imported_payments;
    /// Failed refunds, disputes and chargebacks.
    mod disputes;
    /// Customers that are created and deleted, with their cards.
    mod customers;
    /// Stripe's OpenAPI description as a judge of the relay's requests and the sandbox's answers.
    mod openapi_conformance;
    /// Stripe's description as a judge of the requests of a payment's later life.
    mod openapi_follow_ups;
    /// SIGKILL of programs, and their start and end.
    mod programs;
    /// The relay comes back after a day, or three.
    mod key_expiry;
    /// A journal that version 0.1 wrote.
    mod old_journal;
    /// A journal that was put back from a backup.
    mod backup;
    /// Each failpoint, with a process that dies there.
    mod failpoints;
    /// The sandbox as a separate program.
    mod sandbox_process;
    /// The trial ground's state directory across restarts.
    mod dev_state;
    /// Settings files, and the messages about their mistakes.
    mod settings;
    /// The reference of the settings files, and the examples, against the code that reads settings.
    mod settings_reference;
    /// An operator's choices for methods, cards and currencies.
    mod payment_method_settings;
    /// Clients in other languages.
    mod client_languages;
    /// Every refusal has a page in the docs.
    mod reference_pages;
    /// Every failure has a row in the docs, and every row has tests.
    mod failures_page;
    /// The pages lead somewhere, and the commands in them work.
    mod documentation;
}
