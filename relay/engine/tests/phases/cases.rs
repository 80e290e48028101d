//! Every command, in every variant: the state before the command, and the request.

use causeway::{
    request::{
        Authorize, Capture, Confirm, DeactivateCustomer, DecideRefund, DeleteCard, ImportPayment, Job,
        OrderFailure, PutCustomer, Refund, ReleaseHold, ReportOrderFailed, SetDefaultCard, Tokenize,
    },
    text::{CustomerId, PaymentIntentId, PaymentMethodId, PersonName, RequestId},
    v1::{self, Outcome},
};
use causeway_domain::{
    observation::IntentStatus,
    operation::{CommandKind, CustomerCommand, PaymentCommand},
};
use jiff::SignedDuration;

use super::{
    fixture::{Fixture, Reply},
    processor::AUTHENTICATES,
};
use crate::setup::usd;

/// The request id of the tested command.
const REQUEST: &str = "r";
/// The billing platform's id of the customer.
const CUSTOMER: &str = "c-1";

/// A command in one variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    Authorize {
        asynchronous: bool,
    },
    Capture {
        asynchronous: bool,
    },
    Refund {
        asynchronous: bool,
    },
    /// The payer has acted, so the processor receives no request.
    ConfirmDone,
    /// The request names another PaymentMethod.
    ConfirmMethod,
    ReleaseHold,
    /// ReportOrderFailed for a payment on hold.
    HoldFailed,
    /// ReportOrderFailed for a captured payment.
    CaptureFailed,
    Import,
    DecideRefund,
    /// By the job that renews holds.
    RenewHold,
    Tokenize,
    DeleteCard,
    SetDefaultCard,
    PutCustomer {
        asynchronous: bool,
    },
    DeactivateCustomer,
}

impl Case {
    pub(super) const ALL: [Case; 20] = [
        Case::Authorize { asynchronous: false },
        Case::Authorize { asynchronous: true },
        Case::Capture { asynchronous: false },
        Case::Capture { asynchronous: true },
        Case::Refund { asynchronous: false },
        Case::Refund { asynchronous: true },
        Case::ConfirmDone,
        Case::ConfirmMethod,
        Case::ReleaseHold,
        Case::HoldFailed,
        Case::CaptureFailed,
        Case::Import,
        Case::DecideRefund,
        Case::RenewHold,
        Case::Tokenize,
        Case::DeleteCard,
        Case::SetDefaultCard,
        Case::PutCustomer { asynchronous: false },
        Case::PutCustomer { asynchronous: true },
        Case::DeactivateCustomer,
    ];

    /// The kind of the command's operation.
    pub(super) fn kind(self) -> CommandKind {
        let payment = match self {
            Case::Authorize { .. } => PaymentCommand::Authorize,
            Case::Capture { .. } => PaymentCommand::Capture,
            Case::Refund { .. } => PaymentCommand::Refund,
            Case::ConfirmDone | Case::ConfirmMethod => PaymentCommand::Confirm,
            Case::ReleaseHold => PaymentCommand::ReleaseHold,
            Case::HoldFailed | Case::CaptureFailed => PaymentCommand::ReportOrderFailed,
            Case::Import => PaymentCommand::ImportPayment,
            Case::DecideRefund => PaymentCommand::DecideRefund,
            Case::RenewHold => PaymentCommand::RenewHold,
            Case::Tokenize => return CommandKind::Customer(CustomerCommand::Tokenize),
            Case::DeleteCard => return CommandKind::Customer(CustomerCommand::DeleteCard),
            Case::SetDefaultCard => return CommandKind::Customer(CustomerCommand::SetDefaultCard),
            Case::PutCustomer { .. } => return CommandKind::Customer(CustomerCommand::PutCustomer),
            Case::DeactivateCustomer => return CommandKind::Customer(CustomerCommand::DeactivateCustomer),
        };
        CommandKind::Payment(payment)
    }

    /// Creates the state before the command.
    pub(super) async fn prepare(self) -> Fixture {
        let fixture = Fixture::new(|system| {
            system.refund_approval = self == Case::DecideRefund;
            system.renew_hold = (self == Case::RenewHold).then(|| std::time::Duration::from_hours(24));
        });
        match self {
            Case::Authorize { .. } | Case::Tokenize | Case::PutCustomer { .. } => {}
            Case::Import => fixture.processor.create_elsewhere("pi_elsewhere"),
            Case::Capture { .. } | Case::ReleaseHold | Case::HoldFailed => fixture.hold("pm_card").await,
            Case::Refund { .. } | Case::CaptureFailed => fixture.take().await,
            Case::ConfirmDone | Case::ConfirmMethod => {
                fixture.hold(AUTHENTICATES).await;
                let done = self == Case::ConfirmDone;
                let status =
                    if done { IntentStatus::RequiresCapture } else { IntentStatus::RequiresPaymentMethod };
                let intent = fixture.payment().await.facts.payment_intent.unwrap();
                fixture.processor.set_status(&intent, status);
            }
            Case::DecideRefund => {
                fixture.take().await;
                let refund = refund(&fixture, "before", false).await;
                assert_eq!(fixture.send(refund).await, Ok(Outcome::Pending));
            }
            Case::RenewHold => {
                fixture.hold("pm_card").await;
                fixture.advance(SignedDuration::from_hours(6 * 24 + 1));
            }
            Case::DeleteCard | Case::SetDefaultCard | Case::DeactivateCustomer => {
                assert_eq!(fixture.send_of_customer(tokenize("before")).await, Ok(Outcome::Approved));
                let customer = fixture.customer(CUSTOMER).await;
                fixture.processor.attach_all(customer.processor_id().unwrap().to_owned());
            }
        }
        fixture
    }

    /// Sends the command, for the first time or repeatedly.
    pub(super) async fn send(self, fixture: &Fixture) -> Reply {
        let request_id = request_id(REQUEST);
        match self {
            Case::Authorize { asynchronous } => {
                let order = Authorize { asynchronous, ..authorize(REQUEST, "pm_card") };
                fixture.send(order).await
            }
            Case::Capture { asynchronous } => {
                let payment = fixture.payment().await.id;
                fixture.send(Capture { request_id, payment, amount: None, asynchronous }).await
            }
            Case::Refund { asynchronous } => {
                let refund = refund(fixture, REQUEST, asynchronous).await;
                fixture.send(refund).await
            }
            Case::ConfirmDone | Case::ConfirmMethod => {
                let method = PaymentMethodId::parse("pm_other").unwrap();
                let payment_method = (self == Case::ConfirmMethod).then_some(method);
                let payment = fixture.payment().await.id;
                fixture.send(Confirm { request_id, payment, payment_method, return_url: None }).await
            }
            Case::ReleaseHold => {
                let payment = fixture.payment().await.id;
                fixture.send(ReleaseHold { request_id, payment, reason: None }).await
            }
            Case::HoldFailed | Case::CaptureFailed => {
                let (payment, reason) = (fixture.payment().await.id, OrderFailure::ProductsUnavailable);
                fixture.send(ReportOrderFailed { request_id, payment, reason, note: None }).await
            }
            Case::Import => {
                let payment_intent = PaymentIntentId::parse("pi_elsewhere").unwrap();
                let (payment_system, reference, customer, amount_due) = (None, None, None, None);
                let import = ImportPayment {
                    request_id,
                    payment_intent,
                    payment_system,
                    reference,
                    customer,
                    amount_due,
                    accept_rules: Default::default(),
                };
                fixture.send(import).await
            }
            Case::DecideRefund => {
                let payment = fixture.payment().await;
                let (refund, decided_by) = (payment.refunds[0].id, PersonName::parse("Bo").unwrap());
                let decision =
                    DecideRefund { request_id, payment: payment.id, refund, approves: true, decided_by };
                fixture.send(decision).await
            }
            Case::RenewHold => renew(fixture).await,
            Case::Tokenize => fixture.send_of_customer(tokenize(REQUEST)).await,
            Case::DeleteCard => {
                let (customer, card) = stored_card(fixture).await;
                fixture.send_of_customer(DeleteCard { request_id, customer, card }).await
            }
            Case::SetDefaultCard => {
                let (customer, card) = stored_card(fixture).await;
                fixture.send_of_customer(SetDefaultCard { request_id, customer, card }).await
            }
            Case::PutCustomer { asynchronous } => {
                let put = PutCustomer { asynchronous, ..put_customer() };
                fixture.send_of_customer(put).await
            }
            Case::DeactivateCustomer => {
                let customer = CustomerId::parse(CUSTOMER).unwrap();
                fixture.send_of_customer(DeactivateCustomer { request_id, customer }).await
            }
        }
    }

    /// Whether the operation of the command has begun, read past the injected errors.
    pub(super) async fn has_begun(self, fixture: &Fixture) -> bool {
        let request_id = if self == Case::RenewHold {
            format!("causeway/renew/{}/0", fixture.payment().await.id)
        } else {
            REQUEST.to_owned()
        };
        fixture.operation(RequestId::kept(request_id)).await.is_some()
    }
}

impl Fixture {
    async fn hold(&self, method: &str) {
        let held = self.send(authorize("hold", method)).await;
        assert!(matches!(held, Ok(Outcome::Approved | Outcome::ActionRequired)), "{held:?}");
    }

    async fn take(&self) {
        self.hold("pm_card").await;
        let (request_id, payment) = (request_id("take"), self.payment().await.id);
        let capture = Capture { request_id, payment, amount: None, asynchronous: false };
        assert_eq!(self.send(capture).await, Ok(Outcome::Approved));
    }
}

fn request_id(text: &str) -> RequestId {
    RequestId::parse(text).unwrap()
}

/// With a Stripe customer, so that the hold can be renewed.
fn authorize(request_id: &str, method: &str) -> Authorize {
    Authorize::read(&v1::AuthorizeRequest {
        request_id: request_id.to_owned(),
        amount: Some(usd(1250).to_wire()),
        instrument: Some(v1::authorize_request::Instrument::PaymentMethod(method.to_owned())),
        processor_customer: "cus_other".to_owned(),
        ..Default::default()
    })
    .unwrap()
}

async fn refund(fixture: &Fixture, id: &str, asynchronous: bool) -> Refund {
    let (request_id, payment) = (request_id(id), fixture.payment().await.id);
    let requested_by = Some(PersonName::parse("Ann").unwrap());
    let (amount, reason, note) = (Some(usd(500)), None, None);
    Refund { request_id, payment, amount, reason, note, requested_by, asynchronous }
}

/// Runs the jobs that renew holds and inspect open payments. A failed step is left for the next
/// run.
async fn renew(fixture: &Fixture) -> Reply {
    for job in [Job::Holds, Job::Open] {
        drop(fixture.engine.run_job(job, None, None).await);
    }
    let renewed = fixture.payment().await.former_intents.len() == 1;
    Ok(if renewed { Outcome::Approved } else { Outcome::Unknown })
}

fn customer() -> v1::Customer {
    v1::Customer { id: CUSTOMER.to_owned(), email: "ann@example.com".to_owned(), ..Default::default() }
}

fn tokenize(request_id: &str) -> Tokenize {
    Tokenize::read(&v1::TokenizeRequest {
        request_id: request_id.to_owned(),
        customer: Some(customer()),
        instrument: Some(v1::tokenize_request::Instrument::PaymentMethod("pm_card".to_owned())),
        ..Default::default()
    })
    .unwrap()
}

fn put_customer() -> PutCustomer {
    PutCustomer::read(&v1::PutCustomerRequest {
        request_id: REQUEST.to_owned(),
        customer: Some(customer()),
        ..Default::default()
    })
    .unwrap()
}

async fn stored_card(fixture: &Fixture) -> (CustomerId, causeway::text::CardToken) {
    let customer = fixture.customer(CUSTOMER).await;
    (customer.reference.clone(), customer.cards[0].token.clone())
}
