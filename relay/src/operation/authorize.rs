//! Hold an amount, or take it at once.

use async_trait::async_trait;
use causeway::{
    order::{Authorize, PaymentId},
    refusal::Refusal,
    text::RequestId,
};

use super::{Caller, Desk, Order};
use crate::{
    journal::{Begin, Kind, Source, Step},
    payment::Payment,
    policy,
    stripe::request::{Marks, StripeRequest},
};

#[async_trait]
impl Order for Authorize {
    const KIND: Kind = Kind::Authorize;

    fn request_id(&self) -> &RequestId {
        &self.request_id
    }

    async fn prepare(&self, desk: &Desk, caller: &Caller) -> Result<Begin, Refusal> {
        let admitted = policy::admit(desk.tenant(&caller.tenant)?, self.clone())?;
        let now = desk.surroundings.now();
        let (id, operation_id) = (PaymentId(desk.surroundings.uuid()), desk.surroundings.uuid());
        let order = admitted.order().clone();
        let payment = Payment::start(id, &caller.tenant, admitted.system(), order, now);
        let marks = Marks { operation: &operation_id.to_string(), payment: &id.to_string() };
        let amount = payment.order.amount;
        let request = StripeRequest::create_intent(&payment.order, payment.capture_mode, &marks)
            .map_err(|refused| Refusal::AmountNotChargeable { amount, why: refused.0 })?;
        let step = Step {
            at: now,
            from: None,
            to: payment.status(),
            kind: Self::KIND,
            request_id: self.request_id.clone(),
            source: Source::Billing,
            note: format!("{amount} was asked for"),
        };
        let operation = desk.operation(caller, self, operation_id, &payment, request);
        Ok(Begin { operation, payment, basis: None, step, nonce: caller.nonce.clone() })
    }
}
