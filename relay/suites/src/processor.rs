//! The promises of a processor. The listed operations work, and other operations are refused before a
//! request is sent. To add a processor, implement the port and run this suite.

use std::{pin::Pin, sync::Arc, time::Duration};

use async_trait::async_trait;
use causeway::{environment::Environment, money::PositiveMoney, text::PaymentMethodId};
use causeway_ports::processor::{Capability, Processor};

use crate::report::{Checked, Failure, Fault, Report};
use stage::Stage;

mod account;
mod amounts;
mod authorize;
mod cancel;
mod capture;
mod cards;
mod confirm;
mod customers;
mod import;
mod keys;
mod list;
mod look_up;
mod method;
mod refund;
mod reply;
mod stage;
mod unlisted;

/// The time limit of one check. A processor that never answers fails the check.
const LONGEST: Duration = Duration::from_secs(60);

/// An implementation of the port under test.
#[async_trait]
pub trait ProcessorUnderTest: Send + Sync {
    /// The processor under test, which moves no real money.
    fn processor(&self) -> Arc<dyn Processor>;

    /// The sample values for the checks.
    fn samples(&self) -> Samples;

    /// The clock and the source of random ids.
    fn environment(&self) -> Environment;

    /// The number of calls sent so far. `None`: the processor has no network.
    fn calls(&self) -> Option<usize>;

    /// Performs the action of the payer for a PaymentIntent or a SetupIntent that waits.
    async fn payer_acts(&self, object: &str) -> Result<(), String>;

    /// Id "pi_…" of a paid payment that another system made. `None`: no such payment can be made; then
    /// the processor must not list [`Capability::Import`].
    async fn made_elsewhere(&self) -> Result<Option<String>, String> {
        Ok(None)
    }
}

/// The sample values for the checks.
#[derive(Debug, Clone)]
pub struct Samples {
    /// A PaymentMethod that pays.
    pub pays: PaymentMethodId,
    /// A PaymentMethod that the issuer declines.
    pub declined: PaymentMethodId,
    /// A PaymentMethod that needs an action of the payer.
    pub needs_payer: PaymentMethodId,
    /// A PaymentMethod with payments that are disputed at once; `None` where the processor has none.
    pub disputed: Option<PaymentMethodId>,
    /// A card that pays; `None` for a processor that accepts no card numbers.
    pub card: Option<SampleCard>,
    /// The amounts of most checks.
    pub amounts: Amounts,
    /// Amounts in other currencies: with none, two and three decimals where the processor supports such
    /// currencies.
    pub other_amounts: Vec<Amounts>,
    /// Amounts that the processor cannot express.
    pub not_chargeable: Vec<PositiveMoney>,
    /// Ids of objects that do not exist.
    pub unknown: UnknownIds,
}

/// Two amounts of one currency.
#[derive(Debug, Clone, Copy)]
pub struct Amounts {
    /// The whole amount of a payment.
    pub whole: PositiveMoney,
    /// A part of the amount, less than the whole.
    pub part: PositiveMoney,
}

/// A test card of the processor.
#[derive(Debug, Clone, Copy)]
pub struct SampleCard {
    /// The number of the test card.
    pub number: &'static str,
    /// The brand in the processor's word.
    pub brand: &'static str,
    /// The security code of the card.
    pub cvc: &'static str,
}

/// Ids in the processor's form of objects that do not exist.
#[derive(Debug, Clone)]
pub struct UnknownIds {
    /// Id of a PaymentIntent, "pi_…".
    pub intent: String,
    /// Id of a refund, "re_…".
    pub refund: String,
    /// Id of a SetupIntent, "seti_…".
    pub setup: String,
    /// Id of a PaymentMethod, "pm_…".
    pub method: String,
    /// Id of a customer, "cus_…".
    pub customer: String,
}

type Running<'a> = Pin<Box<dyn Future<Output = Checked> + Send + 'a>>;

struct Check {
    name: &'static str,
    run: for<'a> fn(&'a Stage<'a>) -> Running<'a>,
}

/// Checks with the names of their functions.
macro_rules! checks {
    ($($module:ident::$name:ident),* $(,)?) => {
        &[$(Check { name: stringify!($name), run: |stage| Box::pin($module::$name(stage)) }),*]
    };
}

/// The promises of every processor, with any list of capabilities.
const ALWAYS: &[Check] = checks![
    account::the_account_is_always_the_same,
    account::there_is_room_for_a_new_operation,
    look_up::an_unknown_id_is_missing,
    look_up::a_refusal_fits_its_purpose,
];

/// The promises of a listed capability. A new capability needs checks here.
fn of_listed(capability: Capability) -> &'static [Check] {
    match capability {
        Capability::Authorize => AUTHORIZE,
        Capability::Confirm => CONFIRM,
        Capability::Capture => CAPTURE,
        Capability::Cancel => CANCEL,
        Capability::Refund => REFUND,
        Capability::SetUpCard => SET_UP_CARD,
        Capability::CancelSetup => {
            checks![cards::a_verification_is_canceled, cards::a_finished_verification_is_not_canceled,]
        }
        Capability::DetachCard => {
            checks![cards::a_removed_card_is_nobodys, cards::an_unknown_card_is_not_removed]
        }
        Capability::SetDefaultCard => checks![cards::a_default_card_is_chosen],
        Capability::CreateCustomer => {
            checks![customers::a_customer_is_made, customers::a_customer_is_made_once,]
        }
        Capability::UpdateCustomer => {
            checks![customers::a_customer_is_updated, customers::an_unknown_customer_is_not_updated,]
        }
        Capability::DeleteCustomer => {
            checks![customers::a_deleted_customer_is_missing, customers::an_unknown_customer_is_not_deleted,]
        }
        Capability::CreateMethod => CREATE_METHOD,
        Capability::Import => checks![import::a_payment_of_elsewhere_is_seen],
        Capability::List => LIST,
    }
}

const AUTHORIZE: &[Check] = checks![
    authorize::a_request_is_made_without_a_call,
    authorize::a_call_is_counted,
    authorize::a_hold_is_not_taken,
    authorize::a_payment_without_a_hold_is_taken,
    authorize::a_declined_card_is_rejected,
    authorize::an_unknown_method_is_rejected,
    authorize::a_payer_who_has_to_act_is_told,
    authorize::a_payer_who_has_acted_has_paid,
    authorize::a_payer_who_is_away_is_needed,
    authorize::the_correlation_is_shown_by_a_look_up,
    amounts::an_amount_comes_back_exactly,
    amounts::an_amount_without_a_number_is_not_sent,
    keys::a_payment_is_made_once,
    keys::of_two_requests_at_once_one_is_done,
    keys::another_key_makes_another_payment,
    keys::a_key_stands_for_one_request,
    keys::a_decline_is_repeated,
];

const CONFIRM: &[Check] = checks![
    confirm::a_declined_payment_is_paid_otherwise,
    confirm::another_decline_leaves_it_open,
    confirm::a_paid_payment_is_not_confirmed,
    confirm::an_unknown_payment_is_not_confirmed,
];

const CAPTURE: &[Check] = checks![
    capture::a_hold_is_captured,
    capture::a_part_is_captured,
    capture::a_capture_is_done_once,
    capture::more_than_the_hold_is_not_captured,
    capture::a_hold_is_captured_once,
    capture::an_unknown_payment_is_not_captured,
];

const CANCEL: &[Check] = checks![
    cancel::a_hold_is_given_back,
    cancel::a_payment_that_waits_is_given_up,
    cancel::a_captured_payment_is_not_canceled,
    cancel::a_canceled_payment_stays_canceled,
    cancel::an_unknown_payment_is_not_canceled,
];

const REFUND: &[Check] = checks![
    refund::a_payment_is_refunded,
    refund::a_part_is_refunded_and_the_rest,
    refund::a_refund_is_done_once,
    refund::a_refund_carries_its_correlation,
    refund::more_than_the_payment_is_not_refunded,
    refund::more_than_is_left_is_not_refunded,
    refund::a_hold_is_not_refunded,
    refund::an_unknown_payment_is_not_refunded,
];

const SET_UP_CARD: &[Check] = checks![
    cards::a_card_is_stored,
    cards::a_stored_card_pays,
    cards::a_card_is_stored_once,
    cards::a_declined_card_is_not_stored,
    cards::a_verification_waits_for_its_payer,
];

const CREATE_METHOD: &[Check] = checks![
    method::a_card_number_becomes_a_method,
    method::a_method_of_a_number_pays,
    method::a_method_is_made_once,
];

const LIST: &[Check] = checks![
    list::payments_are_listed_by_time,
    list::refunds_are_listed_by_time,
    list::refunds_of_a_payment_are_listed,
    list::disputes_of_a_payment_are_listed,
    list::cards_of_a_customer_are_listed,
    list::events_are_listed,
    list::events_after_one_are_listed,
];

/// The name of the check of an operation that a processor does not list.
pub const UNLISTED: &str = "an_unlisted_operation_is_refused";

/// Runs every check against a processor. The report holds the checks that failed.
pub async fn processor(under_test: &dyn ProcessorUnderTest) -> Result<(), Report> {
    let stage = Stage::new(under_test);
    if !stage.processor.test_mode() {
        let fault = Fault("not so: the processor under test moves no real money".to_owned());
        return Err(Report(vec![Failure { check: "no_real_money_is_moved", fault }]));
    }
    let mut failures = vec![];
    for check in ALWAYS {
        failures.extend(run(check.name, (check.run)(&stage)).await);
    }
    for capability in Capability::ALL.iter().copied() {
        if stage.processor.can(capability) {
            for check in of_listed(capability) {
                failures.extend(run(check.name, (check.run)(&stage)).await);
            }
        } else {
            failures.extend(run(UNLISTED, Box::pin(unlisted::is_refused(&stage, capability))).await);
        }
    }
    if failures.is_empty() { Ok(()) } else { Err(Report(failures)) }
}

async fn run(name: &'static str, check: Running<'_>) -> Option<Failure> {
    let late = || Fault(format!("the check did not end within {} s", LONGEST.as_secs()));
    let outcome = tokio::time::timeout(LONGEST, check).await.unwrap_or_else(|_| Err(late()));
    outcome.err().map(|fault| Failure { check: name, fault })
}
