//! A machine that is suspended for a day, as laptops and virtual machines are, between any two
//! looks at the clock. What the relay had decided before is not true any more when it wakes up:
//! Stripe has forgotten the key.

use causeway::order::PaymentId;

use super::{
    stage::Stage,
    steps::{Card, What},
    stripe::Fault,
};

fn hold(stage: &mut Stage, fault: Fault) {
    let hold = What::Authorize { card: Card::Pays, take: false, cents: 1000 };
    stage.stripe.world().faults.push_back(fault);
    stage.ask(&[(hold, 0, PaymentId(uuid::Uuid::nil()))]);
}

/// Stripe has done it and the answer was lost. The machine sleeps before each of the looks at the
/// clock while the same request is worked on again.
#[test]
fn what_was_to_be_sent_again_is_not_after_a_sleep() {
    for look in 1.. {
        let mut stage = Stage::new();
        hold(&mut stage, Fault::LostAfter);
        stage.sleep_before(look);
        hold(&mut stage, Fault::Nothing);
        let left = stage.sleep_before(0);
        for _ in 0..3 {
            stage.pass(25 * 3600);
            stage.take_up();
            hold(&mut stage, Fault::Nothing);
        }
        let world = stage.stripe.world();
        assert!(world.wrong.is_empty(), "asleep before look {look}: {:?}", world.wrong);
        assert_eq!(world.objects.effects.len(), 1, "asleep before look {look}");
        if left > 0 {
            assert!(look > 3, "the relay looks at its clock");
            return;
        }
    }
}
