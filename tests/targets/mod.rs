//! Functions that take arbitrary bytes, with the invariants of each: one function for each place
//! that reads input from outside. `random_bytes.rs` calls them with random bytes on a stable compiler, and
//! libFuzzer calls them from `fuzz/`.

/// The link: headers and signatures.
mod link;
/// The billing platform's messages, amounts and texts.
mod requests;
/// A Stripe client with given answers.
mod client;
/// Answers from Stripe's API.
mod stripe;
/// Webhooks that Stripe posts.
mod webhooks;
/// Inputs to begin with, for each target.
pub(crate) mod seeds;

/// A target: a name, and a function of bytes that panics when an invariant is broken.
pub(crate) type Target = (&'static str, fn(&[u8]));

/// All targets. Each has a file of the same name in `fuzz/fuzz_targets/`.
pub(crate) const TARGETS: [Target; 13] = [
    ("link_verify", link::verify),
    ("link_header_parse", link::header_parse),
    ("proxy_header", link::proxy_header),
    ("grpc_authorize_decode", requests::authorize_decode),
    ("proto_to_domain", requests::to_domain),
    ("money_parse_format", requests::money),
    ("pan_scan", requests::pan_scan),
    ("canonical_params", stripe::canonical_params),
    ("stripe_response_parse", stripe::response_parse),
    ("stripe_error_classify", stripe::error_classify),
    ("redactor", stripe::redactor),
    ("webhook_signature", webhooks::signature),
    ("webhook_event_to_transition", webhooks::event_to_transition),
];

/// Runs the future on this thread's runtime.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    thread_local! {
        static RUNTIME: tokio::runtime::Runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    }
    RUNTIME.with(|runtime| runtime.block_on(future))
}
