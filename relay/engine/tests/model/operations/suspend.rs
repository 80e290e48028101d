//! A machine that is suspended for a day, as laptops and virtual machines are, between any two
//! readings of the clock. A decision from before the suspension is outdated after the suspension:
//! Stripe has forgotten the idempotency key.

use causeway::request::PaymentId;

use super::{
    harness::Harness,
    steps::{Call, Card},
    stripe::Fault,
};

fn hold(harness: &mut Harness, fault: Fault) {
    let hold = Call::Authorize { card: Card::Pays, automatic: false, cents: 1000 };
    harness.stripe.account().faults.push_back(fault);
    harness.send(&[(hold, 0, PaymentId(uuid::Uuid::nil()))]);
}

/// Stripe has executed the request, and the answer was lost. The machine is suspended before each
/// reading of the clock while the same request is repeated.
#[test]
fn no_request_is_repeated_after_a_long_suspension() {
    for reading in 1.. {
        let mut harness = Harness::new();
        hold(&mut harness, Fault::LostAfter);
        harness.suspend_before(reading);
        hold(&mut harness, Fault::Nothing);
        let left = harness.suspend_before(0);
        for _ in 0..3 {
            harness.advance(25 * 3600);
            harness.recover();
            hold(&mut harness, Fault::Nothing);
        }
        let account = harness.stripe.account();
        assert!(account.violations.is_empty(), "before reading {reading}: {:?}", account.violations);
        assert_eq!(account.objects.effects.len(), 1, "before reading {reading}");
        if left > 0 {
            assert!(reading > 3, "the relay reads its clock");
            return;
        }
    }
}
