//! What any bytes may be given to, and what must hold of all of them: one function for each
//! place where something from outside is read. They are played with random bytes by
//! `play.rs` on a stable compiler, and by libFuzzer from `fuzz/`.

/// The link: headers and signatures.
mod link;
/// Messages, amounts and texts of billing's.
mod orders;
/// A client of Stripe whose answers are given.
mod client;
/// What Stripe answers.
mod stripe;
/// What Stripe posts.
mod hooks;
/// Inputs to begin with.
pub(crate) mod seeds;

/// A target: its name, and what is done with the bytes. It panics where something is wrong.
pub(crate) type Target = (&'static str, fn(&[u8]));

/// All of them. Each has a file of its name in `fuzz/fuzz_targets/`.
pub(crate) const TARGETS: [Target; 11] = [
    ("link_verify", link::verify),
    ("link_header_parse", link::header_parse),
    ("grpc_authorize_decode", orders::authorize_decode),
    ("proto_to_domain", orders::to_domain),
    ("money_parse_format", orders::money),
    ("canonical_params", stripe::canonical_params),
    ("stripe_response_parse", stripe::response_parse),
    ("stripe_error_classify", stripe::error_classify),
    ("redactor", stripe::redactor),
    ("webhook_signature", hooks::signature),
    ("webhook_event_to_transition", hooks::event_to_transition),
];

/// Runs it on this thread's runtime.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    thread_local! {
        static RUNTIME: tokio::runtime::Runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    }
    RUNTIME.with(|runtime| runtime.block_on(future))
}
