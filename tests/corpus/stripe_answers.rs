//! A Stripe with hostile answers: an unbelievable answer is neither success nor failure and causes
//! no second effect, and after an honest answer the same request finds the outcome.

use std::{collections::HashMap, sync::Arc};

use causeway::v1::{Outcome, Payment, PaymentStatus, ReleaseReason};
use causeway_sandbox::Sandbox;
use tokio::time::Instant;

use super::{check_unique_names, panics, play, print_result, raw_replies, stripe_objects};
use crate::stage::{
    Answer, Billing, Effect, Stage,
    follow_ups::{captured_at_once, intent},
    forging_proxy::{ForgedAnswer, ForgingProxy},
    order,
    webhooks::without_retries,
};

/// The expected result of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expected {
    /// The outcome is unknown.
    Unknown,
    /// The outcome is unknown, with an alarm for the operator.
    Alarm,
    /// Not decided: the relay looks the payment up again.
    Pending,
    /// The answer is unusual but valid.
    Believed,
}

/// The operation that leads to the forged answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Call {
    Authorize,
    Capture,
    Release,
    Refund,
    Sync,
}

/// An answer, and the expected result.
#[derive(Clone)]
pub(super) struct ForgedCase {
    pub(super) call: Call,
    pub(super) label: String,
    pub(super) forge: ForgedAnswer,
    pub(super) comes: Expected,
}

impl ForgedCase {
    pub(super) fn new(
        call: Call,
        label: impl Into<String>,
        forge: ForgedAnswer,
        comes: Expected,
    ) -> ForgedCase {
        ForgedCase { call, label: label.into(), forge, comes }
    }
}

/// The stage, the billing platform, and the forging proxy before the sandbox.
pub(super) struct TestBed {
    pub(super) stage: Stage,
    billing: Billing,
    pub(super) forging_proxy: ForgingProxy,
}

impl TestBed {
    pub(super) async fn open() -> TestBed {
        let sandbox = Sandbox::start(causeway_sandbox::Settings::default()).await.unwrap();
        let forging_proxy = ForgingProxy::before(sandbox.url()).await;
        let (real_answer, lying) = (sandbox.url(), format!("http://{}", forging_proxy.address));
        let settings = |settings: String| {
            let settings = settings.replace(&real_answer, &lying);
            without_retries(settings.replacen("capture_mode =", "release_hold = true\ncapture_mode =", 1))
        };
        let stage = Stage::on_sandbox(sandbox, settings).await;
        let billing = stage.billing().await;
        TestBed { stage, billing, forging_proxy }
    }

    /// Plays a case; returns a description of the failure.
    async fn play(self: Arc<Self>, number: usize, case: ForgedCase) -> Option<String> {
        let problem = self.check_outcomes(number, &case).await.err()?;
        Some(format!("{:?} answered with {}: {problem}", case.call, case.label))
    }

    async fn check_outcomes(&self, number: usize, case: &ForgedCase) -> Result<(), String> {
        // All names have the same length, so that no name is the beginning of another.
        let name = format!("{:?}-{number:04}-x", case.call).to_lowercase();
        let first = match case.call {
            Call::Authorize => None,
            Call::Refund => {
                let request = captured_at_once(order(&format!("{name}-before"), "12.50 USD"));
                Some(self.billing.authorize(request).await.captured_payment())
            }
            Call::Capture | Call::Release | Call::Sync => Some(
                self.billing.authorize(order(&format!("{name}-before"), "12.50 USD")).await.held_payment(),
            ),
        };
        let (path, about) = match (case.call, &first) {
            (_, None) => ("/v1/payment_intents", name.clone()),
            (Call::Refund, Some(payment)) => ("/v1/refunds", intent(payment)),
            (Call::Capture, Some(payment)) => ("/capture", intent(payment)),
            (Call::Release, Some(payment)) => ("/cancel", intent(payment)),
            (_, Some(payment)) => ("?expand", intent(payment)),
        };
        self.forging_proxy.forge(path, &about, Arc::clone(&case.forge));
        let seen = self.ask(case.call, &name, first.as_ref()).await;
        self.forging_proxy.stop_forging(&about);
        let seen = seen?;
        let looked_at = self.billing.payment(&seen.0.id).await;
        let alarms = &looked_at.contradictions;
        let came = match seen.1 {
            Outcome::Unknown if alarms.is_empty() => Expected::Unknown,
            Outcome::Unknown => Expected::Alarm,
            Outcome::Pending | Outcome::ActionRequired => Expected::Pending,
            Outcome::Approved => Expected::Believed,
            Outcome::Declined | Outcome::Unspecified => return Err(format!("{:?}", seen.1)),
        };
        if came != case.comes {
            return Err(format!("{came:?} instead of {:?}: {alarms:?} {:?}", case.comes, looked_at.failure));
        }
        if alarms.iter().any(|alarm| alarm.contains("4242424242424242")) {
            return Err(format!("a card number is repeated: {alarms:?}"));
        }
        self.resolve_by_repetition(case, &name, first.as_ref()).await
    }

    /// The outcome of the answer, and the payment afterwards.
    async fn ask(
        &self,
        call: Call,
        name: &str,
        first: Option<&Payment>,
    ) -> Result<(Payment, Outcome), String> {
        let id = first.map(|payment| payment.id.as_str()).unwrap_or_default();
        let Answer(answer) = match call {
            Call::Authorize => {
                let reference = name.to_owned();
                let request = causeway::v1::AuthorizeRequest {
                    billing_reference: reference,
                    ..order(name, "12.50 USD")
                };
                self.billing.authorize(request).await
            }
            Call::Capture => self.billing.capture(name, id, None).await,
            Call::Release => self.billing.release(name, id, ReleaseReason::RequestedByCustomer).await,
            Call::Refund => self.billing.refund(name, id, Some("2.50 USD")).await,
            Call::Sync => return self.sync(id).await,
        };
        let result = answer.map_err(|status| format!("refused: {status:?}"))?;
        let outcome = result.outcome();
        Ok((result.payment.unwrap_or_default(), outcome))
    }

    /// A sync with an unreadable answer is refused, and leaves the payment unchanged.
    async fn sync(&self, id: &str) -> Result<(Payment, Outcome), String> {
        let by = Some(causeway::v1::sync_payment_request::By::PaymentId(id.to_owned()));
        let message = causeway::v1::SyncPaymentRequest { by };
        let answer = self.billing.client.clone().sync_payment(self.billing.request(message)).await;
        let payment = self.billing.payment(id).await;
        let outcome = match answer {
            Ok(_) if payment.contradictions.is_empty() => Outcome::Approved,
            Ok(_) => Outcome::Unknown,
            Err(status) if crate::stage::billing::reason(&status).contains("PROCESSOR") => Outcome::Unknown,
            Err(status) => return Err(format!("refused: {status:?}")),
        };
        if payment.status() == PaymentStatus::Authorized {
            return Ok((payment, outcome));
        }
        Err(format!("it has become {:?}", payment.status()))
    }

    /// The same request again, with an honest answer.
    async fn resolve_by_repetition(
        &self,
        case: &ForgedCase,
        name: &str,
        first: Option<&Payment>,
    ) -> Result<(), String> {
        let (payment, outcome) = self.ask(case.call, name, first).await?;
        let right = match case.call {
            Call::Authorize => PaymentStatus::Authorized,
            Call::Capture | Call::Refund => PaymentStatus::Captured,
            Call::Release => PaymentStatus::Released,
            Call::Sync => return Ok(()),
        };
        if (outcome, payment.status()) == (Outcome::Approved, right) {
            return Ok(());
        }
        Err(format!("and then it is not found out: {outcome:?} {:?} {:?}", payment.status(), payment.failure))
    }
}

/// The number of cases for each call.
fn calls(cases: &[ForgedCase]) -> HashMap<Call, usize> {
    let mut calls = HashMap::new();
    for case in cases {
        *calls.entry(case.call).or_default() += 1;
    }
    calls
}

/// Plays a class of answers, and checks the ledger: each call has one effect.
pub(super) async fn play_answers(name: &str, cases: Vec<ForgedCase>) {
    let (start, panics) = (Instant::now(), panics());
    let good = cases.iter().filter(|case| case.comes == Expected::Believed).count();
    let counts = (cases.len() - good, good);
    check_unique_names(cases.iter().map(|case| format!("{:?} {}", case.call, case.label)));
    let calls = calls(&cases);
    let of = |call| calls.get(&call).copied().unwrap_or_default();
    let test_bed = Arc::new(TestBed::open().await);
    let numbered: Vec<_> = cases.into_iter().enumerate().collect();
    let play_case = |(number, case)| Arc::clone(&test_bed).play(number, case);
    let mut wrong = play(numbered, play_case, || None).await;
    let ledger = test_bed.stage.sandbox.ledger();
    let held = of(Call::Authorize) + of(Call::Capture) + of(Call::Release) + of(Call::Sync);
    let done = [Effect::Authorized, Effect::Captured, Effect::Released, Effect::Refunded]
        .map(|effect| ledger.count(effect));
    let right =
        [held + of(Call::Refund), of(Call::Capture) + of(Call::Refund), of(Call::Release), of(Call::Refund)];
    wrong.extend((done != right).then(|| format!("the ledger has {done:?} instead of {right:?}")));
    let led = test_bed.forging_proxy.was_called("stolen");
    wrong.extend(led.then(|| "a redirect was followed".to_owned()));
    print_result(name, counts, start, &wrong, panics);
}

#[tokio::test]
async fn an_unbelievable_stripe_answer_is_neither_success_nor_failure() {
    let cases = [raw_replies::all(), stripe_objects::all()].concat();
    play_answers("hostile Stripe", cases).await;
}
