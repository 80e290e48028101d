//! The PaymentMethods of an account: finding the one with which a customer may pay, keeping it for a customer,
//! and letting it go.

use crate::bank::cards;
use crate::bank::{Verdict, ask_to_attach};
use crate::error::{Answer, StripeError};
use crate::metadata::Metadata;
use crate::objects::billing_details::BillingDetails;
use crate::objects::card::Card;
use crate::objects::intents::{FutureUsage, Intent};
use crate::objects::payment_method::{AllowRedisplay, PaymentMethod, Standing};
use crate::state::Desk;

impl Desk<'_> {
    /// The PaymentMethod of an id. The id of a test card makes a fresh one.
    pub(crate) fn payment_method(&mut self, id: &str) -> Answer<PaymentMethod> {
        if let Some(card) = cards::find(id) {
            return Ok(self.fresh_payment_method(card.issued(&self.account.id)));
        }
        let found = self.account.payment_methods.get(id).cloned();
        found.ok_or_else(|| StripeError::missing("PaymentMethod", id, "payment_method"))
    }

    /// A PaymentMethod with which this customer may pay, or that it may set up.
    pub(crate) fn payment_method_for(
        &mut self,
        id: &str,
        customer: Option<&str>,
        of: Intent,
    ) -> Answer<PaymentMethod> {
        let method = self.payment_method(id)?;
        check_not_over(&method)?;
        match method.customer() {
            Some(owner) if Some(owner) != customer => Err(StripeError::invalid(format!(
                "The provided PaymentMethod ({}) belongs to the Customer {owner}. Please include the \
                 Customer in the `customer` parameter on the {}.",
                method.id,
                of.name()
            ))
            .param("payment_method")),
            Some(_) | None => Ok(method),
        }
    }

    /// Keeps a PaymentMethod for a customer, unless its bank or its past is against it.
    pub(crate) fn attach(&mut self, method: &mut PaymentMethod, customer: &str) -> Answer<()> {
        match method.customer() {
            Some(owner) if owner != customer => {
                return Err(StripeError::invalid(
                    "The payment method you provided has already been attached to a customer.",
                ));
            }
            Some(_) => return Ok(()),
            None => check_not_over(method)?,
        }
        match ask_to_attach(method.card.bank) {
            Verdict::Declined(decline) => return Err(decline.error()),
            Verdict::Approved | Verdict::WantsAuthentication => {}
        }
        method.standing = Standing::Attached(customer.to_owned());
        self.keep_payment_method(method.clone());
        Ok(())
    }

    /// Takes a PaymentMethod away from its customer, for good.
    pub(crate) fn detach(&mut self, method: &mut PaymentMethod) -> Answer<()> {
        let Some(customer) = method.customer() else {
            return Err(StripeError::invalid(
                "The payment method you provided is not attached to a customer so detachment is impossible.",
            ));
        };
        if let Some(customer) = self.account.customers.get_mut(customer)
            && customer.default_payment_method.as_ref() == Some(&method.id)
        {
            customer.default_payment_method = None;
        }
        method.standing = Standing::Over;
        self.keep_payment_method(method.clone());
        Ok(())
    }

    /// Keeps a PaymentMethod that was used or set up for the customer, unless that was deleted meanwhile, and
    /// for charges without the customer if that is wanted.
    pub(crate) fn keep_for_later(&mut self, id: &str, customer: Option<&str>, usage: FutureUsage) {
        let customer = customer.filter(|id| self.require_customer(id).is_ok()).map(str::to_owned);
        let Some(method) = self.account.payment_methods.get_mut(id) else {
            return;
        };
        if let (Standing::Free, Some(customer)) = (&method.standing, customer) {
            method.standing = Standing::Attached(customer);
        }
        method.set_up = method.set_up || usage == FutureUsage::OffSession;
    }

    /// Takes a PaymentMethod that belongs to nobody out of use.
    pub(crate) fn use_up(&mut self, id: &str) {
        let method = self.account.payment_methods.get_mut(id);
        if let Some(method) = method.filter(|method| method.standing == Standing::Free) {
            method.standing = Standing::Over;
        }
    }

    /// A PaymentMethod that nobody has yet.
    pub(crate) fn fresh_payment_method(&mut self, card: Card) -> PaymentMethod {
        let method = PaymentMethod {
            id: self.ids.fresh("pm"),
            created: self.second(),
            card,
            billing: BillingDetails::default(),
            allow_redisplay: AllowRedisplay::Unspecified,
            standing: Standing::Free,
            set_up: false,
            metadata: Metadata::new(),
        };
        self.account.payment_methods.put(method.clone());
        method
    }

    /// Puts a PaymentMethod back in its place.
    pub(crate) fn keep_payment_method(&mut self, method: PaymentMethod) {
        if let Some(place) = self.account.payment_methods.get_mut(&method.id) {
            *place = method;
        }
    }
}

fn check_not_over(method: &PaymentMethod) -> Answer<()> {
    if method.standing != Standing::Over {
        return Ok(());
    }
    Err(StripeError::invalid(
        "The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, \
         shared with a connected account without Customer attachment, or was detached from a Customer. It \
         may not be used again. To use a PaymentMethod multiple times, you must attach it to a Customer \
         first.",
    ))
}
