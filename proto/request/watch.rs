//! Requests for an order, for the synchronization of a payment and for the jobs of the relay.

use super::{
    Form, Lookup,
    lookup::{MAX_PAGE, PageToken, page_size},
};
use crate::{money::PositiveMoney, refusal::Refusal, text::BillingReference, v1};

/// The order that a caller looks up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderView {
    /// The billing platform's reference of the order.
    pub reference: BillingReference,
    /// Expected total of the order.
    pub expected_total: Option<PositiveMoney>,
    /// Maximum number of payments on the page; `None`: the whole order in one answer.
    pub page_size: Option<u32>,
    /// The token of the page before; `None` for the first page.
    pub token: Option<PageToken>,
}

impl OrderView {
    /// Reads the message, or refuses the message with every mistake.
    pub fn read(message: &v1::GetOrderRequest) -> Result<OrderView, Refusal> {
        let mut form = Form::default();
        let reference = form.field("billing_reference", BillingReference::parse(&message.billing_reference));
        let expected_total = form.optional_money("expected_total", message.expected_total.as_ref());
        let page_size = page_size(&mut form, message.page_size, MAX_PAGE);
        let token = PageToken::optional(&mut form, &message.page_token);
        if (page_size, token.is_some_and(|token| token.is_some())) == (Some(None), true) {
            form.wrong(
                "page_size",
                "it is missing beside page_token; give the one of the page before".to_owned(),
            );
        }
        let parts = (|| {
            Some(OrderView {
                reference: reference?,
                expected_total: expected_total?,
                page_size: page_size?,
                token: token?,
            })
        })();
        form.finish(parts)
    }
}

/// Reads the payment to synchronize with Stripe, or refuses the message with the mistake.
pub fn read_sync(message: &v1::SyncPaymentRequest) -> Result<Lookup, Refusal> {
    use v1::{get_payment_request::By, sync_payment_request::By as Wire};
    let by = message.by.clone().map(|by| match by {
        Wire::PaymentId(id) => By::PaymentId(id),
        Wire::BillingReference(reference) => By::BillingReference(reference),
        Wire::ProcessorId(id) => By::ProcessorId(id),
        Wire::RequestId(id) => By::RequestId(id),
    });
    Lookup::read(&v1::GetPaymentRequest { by, timeline_after: 0 })
}

/// Background jobs that the relay runs periodically.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[strum(serialize_all = "snake_case")]
pub enum Job {
    /// Works on the events in the inbox.
    Inbox,
    /// Resolves operations that were interrupted.
    Recovery,
    /// Polls Stripe for new events.
    Poll,
    /// Reconciles recent payments and refunds with Stripe, in both directions.
    Sweep,
    /// Inspects payments that are still open.
    Open,
    /// Creates and deletes customers at Stripe.
    Customers,
    /// Inspects card set-ups, and gives up abandoned set-ups.
    Setups,
    /// Warns of holds that expire, records expired holds, and renews holds if renewal is enabled.
    Holds,
}

impl Job {
    /// Every job, in the order of a run of all jobs.
    pub const ALL: &'static [Job] = <Job as strum::VariantArray>::VARIANTS;

    /// Name of the job in requests and settings.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Reads which jobs to run, or refuses the message with the mistake.
    pub fn read(message: &v1::RunJobRequest) -> Result<Vec<Job>, Refusal> {
        if message.job.is_empty() {
            return Ok(Job::ALL.to_vec());
        }
        let mut form = Form::default();
        let found = message.job.parse::<Job>().ok();
        let named = found.ok_or_else(|| {
            let all: Vec<_> = Job::ALL.iter().map(|job| job.as_str()).collect();
            format!("there is no such job; there are: {}", all.join(", "))
        });
        let parts = form.field("job", named).map(|job| vec![job]);
        form.finish(parts)
    }
}
