//! The action for every kind of operation, for both askers, on both sides of each limit.

use causeway::{order::PaymentId, tenant::TenantName, text::RequestId};
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
        let at = |asker, minutes| action(&open, asker, SignedDuration::from_mins(minutes), &limits);
        for asker in [Asker::Billing, Asker::Recovery] {
            assert_eq!(at(asker, 0), Resend, "{kind:?}");
            assert_eq!(at(asker, 9), Resend, "{kind:?}");
            assert_eq!(at(asker, 23 * 60), Look, "{kind:?}");
            assert_eq!(at(asker, 100_000), Look, "{kind:?}");
        }
        for minutes in [10, 60, 23 * 60 - 1] {
            assert_eq!(at(Asker::Billing, minutes), Resend, "{kind:?}");
            let by_itself = if kind.takes_money() { Look } else { Resend };
            assert_eq!(at(Asker::Recovery, minutes), by_itself, "{kind:?}");
        }
    }
}

#[test]
fn a_spent_key_is_never_sent_again() {
    let limits = RecoveryLimits::default();
    for kind in CommandKind::all() {
        let spent = Operation { key_spent: true, ..operation(kind) };
        for asker in [Asker::Billing, Asker::Recovery] {
            for age in [SignedDuration::ZERO, SignedDuration::from_hours(22)] {
                assert_eq!(action(&spent, asker, age, &limits), RecoveryAction::Look, "{kind:?}");
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
    let at = |asker, seconds| action(&authorize, asker, SignedDuration::from_secs(seconds), &limits);
    assert_eq!(at(Asker::Recovery, 29), RecoveryAction::Resend);
    assert_eq!(at(Asker::Recovery, 30), RecoveryAction::Look);
    assert_eq!(at(Asker::Billing, 30), RecoveryAction::Resend);
    assert_eq!(at(Asker::Billing, 300), RecoveryAction::Look);
}
