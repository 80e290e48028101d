//! I7, I12, I15: the sums of money.

use std::collections::{BTreeMap, HashMap};

use crate::{evidence::Evidence, history::Kind, sandbox::Effect};

fn sum<'a>(effects: impl IntoIterator<Item = &'a &'a Effect>, kind: &[&str]) -> u64 {
    effects.into_iter().filter(|item| kind.contains(&item.effect.as_str())).map(|item| item.amount).sum()
}

/// Refunds do not exceed captures, captures do not exceed holds, and no released hold is captured.
pub(super) fn within_limits(evidence: &Evidence) -> Vec<String> {
    let mut found = vec![];
    for (intent, effects) in evidence.intents() {
        let (mut held, mut taken, mut back) = (0_u64, 0_u64, 0_u64);
        for effect in effects {
            match effect.effect.as_str() {
                "authorized" => held += effect.amount,
                "captured" => taken += effect.amount,
                "refunded" => back += effect.amount,
                "released" | "expired" => held = held.saturating_sub(effect.amount),
                other => found.push(format!("{intent}: nobody asked for {other}")),
            }
            if taken > held || back > taken {
                found.push(format!("{intent}: {held} held, {taken} taken, {back} given back"));
            }
        }
    }
    found
}

/// The amounts of each payment in the journal equal those of the ledger.
pub(super) fn parity(evidence: &Evidence) -> Vec<String> {
    let mut found = vec![];
    let mut by_payment = HashMap::<&str, Vec<&Effect>>::new();
    for effect in &evidence.ledger {
        // A refund that another party made carries no payment id in the metadata.
        if let Some(payment) = effect.metadata.get("causeway_payment") {
            by_payment.entry(payment).or_default().push(effect);
        }
    }
    for payment in &evidence.journal.payments {
        let effects = by_payment.remove(payment.id.as_str()).unwrap_or_default();
        let (authorized, captured) = (sum(&effects, &["authorized"]), sum(&effects, &["captured"]));
        let refunded = sum(&effects, &["refunded"]);
        let released = sum(&effects, &["released", "expired"]);
        let status = match (authorized, captured, released) {
            (0, 0, 0) => "nothing",
            (_, 1.., _) => "CAPTURED",
            (held, 0, back) if held == back => "RELEASED",
            _ => "AUTHORIZED",
        };
        let nothing = ["DECLINED", "NOT_CHARGED", "ACTION_REQUIRED", "CANCELED", "UNKNOWN", "STARTED"];
        // A late hold was released.
        let fits = payment.status == status
            || (status == "nothing" && nothing.contains(&payment.status.as_str()))
            || (status == "RELEASED" && payment.status == "NOT_CHARGED");
        if !fits || payment.captured != captured || payment.refunded != refunded {
            found.push(format!(
                "payment {} is {}, {} taken, {} given back; the ledger says {status}, {captured}, {refunded}",
                payment.id, payment.status, payment.captured, payment.refunded
            ));
        }
    }
    found
}

/// The sums of ledger, journal and emitted events are equal, for each tenant and currency:
/// held, captured and refunded.
pub(super) fn three_sums(evidence: &Evidence) -> Vec<String> {
    let mut sums = BTreeMap::<(usize, String, &str), [u64; 3]>::new();
    for effect in &evidence.ledger {
        let Some(tenant) = evidence.accounts.iter().position(|account| *account == effect.account) else {
            continue;
        };
        for kind in ["authorized", "captured", "refunded"] {
            if effect.effect == kind {
                sums.entry((tenant, effect.currency.to_uppercase(), kind)).or_default()[0] += effect.amount;
            }
        }
    }
    for payment in &evidence.journal.payments {
        let held = ["AUTHORIZED", "CAPTURED", "RELEASED", "EXPIRED"].contains(&payment.status.as_str());
        let amounts = [
            ("authorized", if held { payment.amount } else { 0 }),
            ("captured", payment.captured),
            ("refunded", payment.refunded),
        ];
        for (kind, amount) in amounts {
            sums.entry((payment.tenant, payment.currency.clone(), kind)).or_default()[1] += amount;
        }
    }
    for (id, request) in &evidence.requests {
        if !evidence.is_reported(id, request) {
            continue;
        }
        let amount_kinds: &[&str] = match request.kind {
            Kind::Authorize if request.at_once => &["authorized", "captured"],
            Kind::Authorize => &["authorized"],
            Kind::Capture => &["captured"],
            Kind::Refund => &["refunded"],
            Kind::Release => &[],
        };
        for kind in amount_kinds {
            let key = (request.tenant, request.currency.to_owned(), *kind);
            sums.entry(key).or_default()[2] += request.minor_units;
        }
    }
    let unequal =
        sums.into_iter().filter(|(_, [ledger, journal, reply])| ledger != journal || ledger != reply);
    unequal
        .map(|((tenant, currency, kind), [ledger, journal, reply])| {
            format!("tenant-{tenant} {currency} {kind}: ledger {ledger}, journal {journal}, billing {reply}")
        })
        .collect()
}
