//! The suites of the ports, run against the implementations that are shipped, and against faulty
//! ones, which have to fail.

use causeway_port_suites::{
    processor::{ProcessorUnderTest, UNLISTED, processor},
    report::Report,
};
use causeway_ports::processor::Capability;

/// The processors that are shipped, with their sample values.
mod processors;
/// Processors with a deliberate fault, and one with fewer capabilities.
mod faulty_processors;
/// The contract's capabilities for a payment system.
mod capabilities;

use faulty_processors::{Alteration, altered, limited};
use processors::{DummyUnderTest, StripeUnderTest};

async fn passes_every_check(under_test: &dyn ProcessorUnderTest) {
    if let Err(report) = processor(under_test).await {
        panic!("{report}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stripe_client_passes_the_processor_suite() {
    passes_every_check(&StripeUnderTest::start().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_dummy_passes_the_processor_suite() {
    passes_every_check(&DummyUnderTest::new()).await;
}

/// A short list of capabilities is no fault, as long as other calls are refused.
#[tokio::test(flavor = "multi_thread")]
async fn a_processor_with_fewer_capabilities_passes() {
    use Capability::{Authorize, Cancel, Capture, Refund};
    let can = [Authorize, Capture, Refund, Cancel];
    passes_every_check(&limited(StripeUnderTest::start().await, &can)).await;
}

async fn report(alteration: Alteration) -> Report {
    let under_test = altered(StripeUnderTest::start().await, alteration);
    processor(&under_test).await.expect_err("a faulty processor fails the suite")
}

#[track_caller]
fn fails(report: &Report, checks: &[&str]) {
    for check in checks {
        assert!(report.has(check), "{check} did not fail:\n{report}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_processor_that_ignores_the_idempotency_key_fails() {
    let report = report(Alteration::IgnoresTheKey).await;
    fails(&report, &["a_payment_is_made_once", "of_two_requests_at_once_one_is_done"]);
    fails(&report, &["a_key_stands_for_one_request", "a_refund_is_done_once", "a_card_is_stored_once"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_processor_that_refunds_another_amount_fails() {
    let report = report(Alteration::RefundsAnotherAmount).await;
    fails(&report, &["a_payment_is_refunded", "a_part_is_refunded_and_the_rest"]);
    fails(&report, &["an_amount_comes_back_exactly"]);
    assert!(!report.has("a_hold_is_captured"), "{report}");
}

/// The list contains capabilities that the processor behind refuses.
#[tokio::test(flavor = "multi_thread")]
async fn a_processor_that_lists_missing_capabilities_fails() {
    let able = limited(StripeUnderTest::start().await, &[Capability::Authorize]);
    let under_test = altered(able, Alteration::ListsEverything);
    let report = processor(&under_test).await.expect_err("it cannot do what it lists");
    fails(&report, &["a_hold_is_captured", "a_payment_is_refunded", "payments_are_listed_by_time"]);
    fails(&report, &["a_card_number_becomes_a_method", "a_deleted_customer_is_missing"]);
    assert!(!report.has("a_hold_is_not_taken"), "{report}");
}

/// The processor sends requests beyond the listed capabilities.
#[tokio::test(flavor = "multi_thread")]
async fn a_processor_that_sends_unlisted_requests_fails() {
    let report = report(Alteration::ListsNothing).await;
    let refusals = report.0.iter().filter(|failure| failure.check == UNLISTED).count();
    // Import has no call to the processor.
    assert_eq!(refusals, Capability::ALL.len() - 1, "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_processor_that_loses_correlation_metadata_fails() {
    let report = report(Alteration::LosesTheCorrelation).await;
    fails(&report, &["the_correlation_is_shown_by_a_look_up", "payments_are_listed_by_time"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_processor_that_reports_no_missing_object_fails() {
    let report = report(Alteration::SilentWhenMissing).await;
    fails(&report, &["an_unknown_id_is_missing", "a_refusal_fits_its_purpose"]);
}
