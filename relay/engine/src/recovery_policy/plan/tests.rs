//! The action for every kind of operation, for both askers, on both sides of each limit.

use causeway::{request::PaymentId, tenant::TenantName, text::RequestId};
use causeway_domain::{
    idempotency::IdempotencyKey,
    operation::{CommandKind, Lease, Progress, Target},
};
use jiff::Timestamp;
use uuid::Uuid;

use super::*;

fn operation(kind: CommandKind) -> Operation {
    let target = match kind {
        CommandKind::Payment(command) => Target::Payment { id: PaymentId(Uuid::nil()), command },
        CommandKind::Customer(command) => Target::Customer { id: Uuid::nil(), card: None, command },
    };
    Operation {
        id: Uuid::nil(),
        tenant: TenantName::parse("acme").unwrap(),
        request_id: RequestId::parse("r").unwrap(),
        target,
        fingerprint: String::new(),
        idempotency_key: IdempotencyKey::once(Uuid::nil()),
        request: None,
        started: Timestamp::UNIX_EPOCH,
        progress: Progress::Unknown,
        lease: Lease::free(),
        tries: 0,
        sent: Timestamp::UNIX_EPOCH,
        key_spent: false,
    }
}

#[test]
fn each_age_has_its_action() {
    use RecoveryAction::{Look, Resend};
    let limits = RecoveryLimits::default();
    for kind in CommandKind::all() {
        let open = operation(kind);
        let at = |trigger, minutes| action(&open, trigger, SignedDuration::from_mins(minutes), &limits);
        for trigger in [RecoveryTrigger::Billing, RecoveryTrigger::Recovery] {
            assert_eq!(at(trigger, 0), Resend, "{kind:?}");
            assert_eq!(at(trigger, 9), Resend, "{kind:?}");
            assert_eq!(at(trigger, 23 * 60), Look, "{kind:?}");
            assert_eq!(at(trigger, 100_000), Look, "{kind:?}");
        }
        for minutes in [10, 60, 23 * 60 - 1] {
            assert_eq!(at(RecoveryTrigger::Billing, minutes), Resend, "{kind:?}");
            let by_itself = if kind.takes_money() { Look } else { Resend };
            assert_eq!(at(RecoveryTrigger::Recovery, minutes), by_itself, "{kind:?}");
        }
    }
}

#[test]
fn a_spent_key_is_never_sent_again() {
    let limits = RecoveryLimits::default();
    for kind in CommandKind::all() {
        let spent = Operation { key_spent: true, ..operation(kind) };
        for trigger in [RecoveryTrigger::Billing, RecoveryTrigger::Recovery] {
            for age in [SignedDuration::ZERO, SignedDuration::from_hours(22)] {
                assert_eq!(action(&spent, trigger, age, &limits), RecoveryAction::Look, "{kind:?}");
            }
        }
    }
}

#[test]
fn the_limits_are_the_operators() {
    let limits = RecoveryLimits {
        charge_not_after: SignedDuration::from_secs(30),
        key_lives: SignedDuration::from_mins(5),
        ..RecoveryLimits::default()
    };
    let authorize = operation(CommandKind::Payment(causeway_domain::operation::PaymentCommand::Authorize));
    let at = |trigger, seconds| action(&authorize, trigger, SignedDuration::from_secs(seconds), &limits);
    assert_eq!(at(RecoveryTrigger::Recovery, 29), RecoveryAction::Resend);
    assert_eq!(at(RecoveryTrigger::Recovery, 30), RecoveryAction::Look);
    assert_eq!(at(RecoveryTrigger::Billing, 30), RecoveryAction::Resend);
    assert_eq!(at(RecoveryTrigger::Billing, 300), RecoveryAction::Look);
}
