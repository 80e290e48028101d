//! Instruments that satisfy the operator's rules. A request to the processor that charges or stores an
//! instrument takes a [`Judged`] instrument, and only the functions here make one, by the rules.

use causeway::{
    money::PositiveMoney,
    refusal::{Broken, Refusal},
    request::authorize::CaptureMode,
    text::PaymentMethodId,
};

use super::{Method, PolicyInput, Undecided, broken, first_broken};
use crate::{
    customer::StoredCard,
    observation::MethodSnapshot,
    payment::Limits,
    tenant::{MethodType, PaymentSystem},
};

/// An instrument that satisfies the operator's rules, for one request to the processor.
///
/// The fields are private, and there is no other constructor than the rules: code that has an id of a
/// PaymentMethod and no judgement does not compile.
///
/// ```
/// fn charge(judged: &causeway_domain::policy::Judged) -> &str { judged.method().as_str() }
/// ```
///
/// ```compile_fail,E0451
/// fn forge(method: causeway::text::PaymentMethodId, judged: causeway_domain::policy::Judged) {
///     let _ = causeway_domain::policy::Judged { method, ..judged };
/// }
/// ```
///
/// ```compile_fail,E0277
/// fn forge(method: causeway::text::PaymentMethodId) -> causeway_domain::policy::Judged { method.into() }
/// ```
///
/// ```compile_fail,E0277
/// fn read(row: &[u8]) -> causeway_domain::policy::Judged { serde_json::from_slice(row).unwrap() }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    method: PaymentMethodId,
    stripe_type: String,
    capture_mode: Option<CaptureMode>,
    limits: Limits,
}

impl Judged {
    /// The id of the PaymentMethod.
    pub fn method(&self) -> &PaymentMethodId {
        &self.method
    }

    /// The processor's type of the PaymentMethod: for a card in a wallet "card".
    pub fn stripe_type(&self) -> &str {
        &self.stripe_type
    }

    /// The capture mode by which the instrument was judged; `None` without a payment.
    pub fn capture_mode(&self) -> Option<CaptureMode> {
        self.capture_mode
    }

    /// The operator's limits that the judgement applied, which the payment keeps.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }
}

/// An order that breaks no rule that can be judged without the processor.
///
/// ```compile_fail,E0423
/// fn skip(input: causeway_domain::policy::PolicyInput<'_>) -> causeway_domain::policy::Screened<'_> {
///     causeway_domain::policy::Screened(input)
/// }
/// ```
pub struct Screened<'a>(PolicyInput<'a>);

/// The instrument of a request, as far as the rules need the data.
pub enum Shown<'a> {
    /// The PaymentMethod as the processor shows the object, under the id that the request will carry.
    Method(PaymentMethodId, &'a MethodSnapshot),
    /// A stored card, as the journal has the card.
    Kept(&'a StoredCard),
}

impl Shown<'_> {
    fn method(&self) -> Method {
        match self {
            Shown::Method(_, snapshot) => Method::of_snapshot(snapshot),
            Shown::Kept(card) => Method::of_kept(card),
        }
    }

    /// Only cards are stored, and the processor's type of a card in a wallet is "card".
    fn stripe_type(&self) -> &str {
        match self {
            Shown::Method(_, snapshot) => &snapshot.kind,
            Shown::Kept(_) => MethodType::Card.as_str(),
        }
    }

    fn id(&self) -> PaymentMethodId {
        match self {
            Shown::Method(id, _) => id.clone(),
            Shown::Kept(card) => card.payment_method.clone(),
        }
    }
}

impl<'a> Screened<'a> {
    pub(super) fn new(input: PolicyInput<'a>) -> Screened<'a> {
        Screened(input)
    }

    /// The payment system that takes the order.
    pub fn system(&self) -> Option<&'a PaymentSystem> {
        self.0.system
    }

    /// The amount of the payment; `None` for an order without an amount.
    pub fn amount(&self) -> Option<PositiveMoney> {
        self.0.amount
    }

    /// The capture mode of a payment whose instrument the processor has rejected.
    pub fn capture_mode(&self, system: &PaymentSystem) -> CaptureMode {
        self.0.capture_mode(system)
    }

    /// Judges the order with the instrument, by every rule.
    pub fn admit(self, instrument: &Shown<'_>) -> Result<Judged, Refusal> {
        admit(self.0, instrument)
    }
}

/// Judges a case with the instrument, by every rule of the operation.
pub fn admit(input: PolicyInput<'_>, instrument: &Shown<'_>) -> Result<Judged, Refusal> {
    let input = input.with(instrument.method());
    first_broken(&input, Undecided::Broken)?;
    Ok(Judged {
        method: instrument.id(),
        stripe_type: instrument.stripe_type().to_owned(),
        capture_mode: input.amount.and(input.system).map(|system| input.capture_mode(system)),
        limits: input.limits(),
    })
}

/// Judges a payment of another system, which sends no request, and returns the limits that the payment
/// keeps. The refusal names every broken rule, because `accept_rules` has to name every one.
pub fn judge_import(input: PolicyInput<'_>, method: Method) -> Result<Limits, Refusal> {
    let input = input.with(method);
    let broken: Vec<_> = broken(&input, Undecided::Broken).collect();
    let ids: Vec<_> = broken.iter().map(|(rule, _)| rule.id).collect();
    match broken.into_iter().next() {
        None => Ok(input.limits()),
        Some((_, Refusal::Rule(first))) => {
            let problem = format!(
                "{}; to take the payment over all the same, name each broken rule in accept_rules: {}",
                first.problem,
                ids.join(", ")
            );
            Err(Refusal::Rule(Box::new(Broken { problem, ..*first })))
        }
        Some((_, refusal)) => Err(refusal),
    }
}

#[cfg(test)]
mod tests;
