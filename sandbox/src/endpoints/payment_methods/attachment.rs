//! The PaymentMethods of an account: the look-up for a payment, and attaching to or
//! detaching from a customer.

use std::sync::Arc;

use crate::bank::cards;
use crate::bank::debits::american_by_id;
use crate::bank::{BankAnswer, answer_to_attach};
use crate::endpoints::payment_methods::accounts::us_account;
use crate::error::{StripeError, StripeResult};
use crate::events::types::EventType;
use crate::metadata::Metadata;
use crate::objects::customer::Customer;
use crate::objects::instrument::Instrument;
use crate::objects::intents::{FutureUsage, Intent};
use crate::objects::payment_method::{AllowRedisplay, Attachment, PaymentMethod};
use crate::state::WorkContext;

/// The routing number of the test accounts in the United States.
const ROUTING: &str = "110000000";

impl WorkContext<'_> {
    /// The PaymentMethod with this id. The id of a test card or test account makes a new PaymentMethod.
    pub(crate) fn payment_method(&mut self, id: &str) -> StripeResult<PaymentMethod> {
        let account = &self.account.mode.account;
        if let Some(card) = cards::find(id) {
            let card = card.issued(account);
            return Ok(self.new_payment_method(Arc::new(Instrument::Card(card))));
        }
        if let Some(number) = american_by_id(id) {
            let found = us_account(account, ROUTING, number, ("individual", "checking"), true);
            return Ok(self.new_payment_method(Arc::new(Instrument::UsBankAccount(found))));
        }
        let found = self.account.payment_methods.get(id).cloned();
        found.ok_or_else(|| StripeError::missing("PaymentMethod", id, "payment_method"))
    }

    /// The PaymentMethod with this id, if the customer may pay with the PaymentMethod or
    /// set the PaymentMethod up.
    pub(crate) fn payment_method_for(
        &mut self,
        id: &str,
        customer: Option<&str>,
        of: Intent,
    ) -> StripeResult<PaymentMethod> {
        let method = self.payment_method(id).map_err(|error| error.status(400))?;
        check_usable(&method)?;
        match (method.customer(), customer) {
            (Some(owner), None) if of == Intent::Payment => Err(StripeError::invalid(format!(
                "The `payment_method` parameter supplied {} belongs to the Customer {owner}. Please include the \
                 Customer in the `customer` parameter on the PaymentIntent.",
                method.id
            ))
            .code("parameter_missing")
            .param("source")),
            (Some(owner), None) => Err(StripeError::invalid(format!(
                "The payment method supplied ({}) belongs to the Customer {owner}. Please include the Customer \
                 in the `customer` parameter on the SetupIntent.",
                method.id
            ))
            .param("payment_method")),
            (Some(owner), Some(customer)) if owner != customer => Err(StripeError::invalid(format!(
                "The PaymentMethod {} does not belong to the Customer you supplied {customer}. Please use this \
                 PaymentMethod with the Customer that it belongs to instead.",
                method.id
            ))
            .param("payment_method")),
            (_, _) => Ok(method),
        }
    }

    /// Attaches a PaymentMethod to a customer, unless the bank declines or the PaymentMethod is used up.
    pub(crate) fn attach(&mut self, method: &mut PaymentMethod, customer: &str) -> StripeResult<()> {
        self.check_attachable(method, customer)?;
        if method.customer().is_none() {
            method.checked = method.checked || method.instrument.card().is_some();
            self.attach_to(method, customer);
        }
        Ok(())
    }

    /// Refuses a PaymentMethod that cannot be attached to the customer.
    pub(crate) fn check_attachable(&self, method: &PaymentMethod, customer: &str) -> StripeResult<()> {
        match method.customer() {
            Some(owner) if owner != customer => {
                return Err(StripeError::invalid(
                    "The payment method you provided has already been attached to a customer.",
                ));
            }
            Some(_) => return Ok(()),
            None => check_usable(method)?,
        }
        match method.instrument.card().map(|card| answer_to_attach(card.bank)) {
            Some(BankAnswer::Declined(decline)) => {
                let error = decline.error();
                Err(if decline.error_fields().param.is_none() { error.param("") } else { error })
            }
            Some(BankAnswer::Approved | BankAnswer::RequiresAuthentication) | None => Ok(()),
        }
    }

    /// Attaches a PaymentMethod to a customer and emits `payment_method.attached`.
    fn attach_to(&mut self, method: &mut PaymentMethod, customer: &str) {
        method.attachment = Attachment::Attached(customer.to_owned());
        let attached = self.account.payment_methods.put(method.clone());
        self.emit(EventType::PaymentMethodAttached, attached);
    }

    /// Detaches a PaymentMethod from the customer, permanently.
    pub(crate) fn detach(&mut self, method: &mut PaymentMethod) -> StripeResult<()> {
        let Some(customer) = method.customer() else {
            return Err(StripeError::invalid(
                "The payment method you provided is not attached to a customer so detachment is impossible.",
            ));
        };
        let is_default = |customer: &Customer| customer.default_payment_method.as_ref() == Some(&method.id);
        if self.account.customers.get(customer).is_some_and(is_default)
            && let Some(customer) = self.account.customers.get_mut(customer)
        {
            customer.default_payment_method = None;
        }
        method.attachment = Attachment::Unusable;
        self.account.payment_methods.put(method.clone());
        self.end_mandates_of(method);
        Ok(())
    }

    /// Saves a PaymentMethod after a payment or a setup. The PaymentMethod is attached, unless the customer
    /// was deleted meanwhile, and marked for charges without the customer if the usage is off session.
    pub(crate) fn save_for_later(&mut self, id: &str, customer: Option<&str>, usage: FutureUsage) {
        let customer = customer.filter(|id| self.require_customer(id).is_ok());
        let Some(mut method) = self.account.payment_methods.get(id).cloned() else {
            return;
        };
        method.set_up = method.set_up || usage == FutureUsage::OffSession;
        match (&method.attachment, customer) {
            (Attachment::Unattached, Some(customer)) => self.attach_to(&mut method, customer),
            (_, _) => drop(self.account.payment_methods.put(method)),
        }
    }

    /// Marks a PaymentMethod without a customer as used up.
    pub(crate) fn mark_used(&mut self, id: &str) {
        let is_unattached = |method: &PaymentMethod| method.attachment == Attachment::Unattached;
        if self.account.payment_methods.get(id).is_some_and(is_unattached)
            && let Some(method) = self.account.payment_methods.get_mut(id)
        {
            method.attachment = Attachment::Unusable;
        }
    }

    /// A new PaymentMethod that is not attached to a customer.
    pub(crate) fn new_payment_method(&mut self, instrument: Arc<Instrument>) -> PaymentMethod {
        let method = PaymentMethod {
            id: self.ids.fresh("pm"),
            created: self.unix_seconds(),
            instrument,
            billing: Arc::default(),
            allow_redisplay: AllowRedisplay::Unspecified,
            attachment: Attachment::Unattached,
            set_up: false,
            mandate: None,
            checked: false,
            metadata: Metadata::default(),
        };
        self.account.payment_methods.put(method.clone());
        method
    }
}

fn check_usable(method: &PaymentMethod) -> StripeResult<()> {
    if method.attachment != Attachment::Unusable {
        return Ok(());
    }
    Err(StripeError::invalid(
        "The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, \
         shared with a connected account without Customer attachment, or was detached from a Customer. It \
         may not be used again. To use a PaymentMethod multiple times, you must attach it to a Customer \
         first.",
    ))
}
