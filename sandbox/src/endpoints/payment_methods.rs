//! `/v1/payment_methods`: the test cards by their ids, attaching them, and refusing the numbers of real ones.

use crate::bank::cards::{self, Card};
use crate::bank::{Verdict, ask_to_attach};
use crate::endpoints::Plan;
use crate::error::{Answer, StripeError};
use crate::expand::Kind;
use crate::form::Form;
use crate::metadata::Metadata;
use crate::objects::Object;
use crate::objects::payment_method::PaymentMethod;
use crate::state::Desk;

/// The parameters that carry the number of a card.
const NUMBERS: &[&str] = &["card[number]", "payment_method_data[card][number]", "source[number]"];

/// Refuses the numbers of cards, as Stripe does for every account that was not allowed to send them.
pub(crate) fn refuse_card_numbers(form: &Form) -> Answer<()> {
    if NUMBERS.iter().all(|name| form.last(name).is_none()) {
        return Ok(());
    }
    Err(StripeError::invalid(
        "Sending credit card numbers directly to the Stripe API is generally unsafe. We suggest you use test \
         tokens that map to the test card you are using, see https://stripe.com/docs/testing. To enable \
         testing raw card data APIs, see \
         https://support.stripe.com/questions/enabling-access-to-raw-card-data-apis.",
    )
    .status(402))
}

/// Reads `GET /v1/payment_methods/{id}`.
pub(crate) fn show(form: &Form, id: &str) -> Answer<Plan> {
    form.only(&["expand[]"])?;
    let id = id.to_owned();
    Plan::one(form, Kind::PaymentMethod, move |desk| Ok(desk.payment_method(&id)?.show(desk.seen())))
}

/// Reads `POST /v1/payment_methods/{id}/attach`.
pub(crate) fn attach(form: &Form, id: &str) -> Answer<Plan> {
    form.only(&["customer", "expand[]"])?;
    let id = id.to_owned();
    let customer = form.required("customer")?.to_owned();
    Plan::one(form, Kind::PaymentMethod, move |desk| {
        desk.require_customer(&customer)?;
        let mut method = desk.payment_method(&id)?;
        check_attachable(&method, &customer)?;
        method.customer = Some(customer);
        let shown = method.show(desk.seen());
        if let Some(place) = desk.account.payment_methods.get_mut(&method.id) {
            *place = method;
        }
        Ok(shown)
    })
}

fn check_attachable(method: &PaymentMethod, customer: &str) -> Answer<()> {
    match &method.customer {
        Some(owner) if owner != customer => {
            return Err(StripeError::invalid(
                "The payment method you provided has already been attached to a customer.",
            ));
        }
        Some(_) => return Ok(()),
        None => check_not_used_up(method)?,
    }
    match ask_to_attach(method.card) {
        Verdict::Declined(decline) => Err(decline.error()),
        Verdict::Approved | Verdict::WantsAuthentication => Ok(()),
    }
}

fn check_not_used_up(method: &PaymentMethod) -> Answer<()> {
    if !method.used_up {
        return Ok(());
    }
    Err(StripeError::invalid(
        "The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, \
         shared with a connected account without Customer attachment, or was detached from a Customer. It \
         may not be used again. To use a PaymentMethod multiple times, you must attach it to a Customer \
         first.",
    ))
}

impl Desk<'_> {
    /// The PaymentMethod of an id. The id of a test card makes a fresh one.
    pub(crate) fn payment_method(&mut self, id: &str) -> Answer<PaymentMethod> {
        if let Some(card) = cards::find(id) {
            return Ok(self.fresh_payment_method(card));
        }
        let found = self.account.payment_methods.get(id).cloned();
        found.ok_or_else(|| StripeError::missing("PaymentMethod", id, "payment_method"))
    }

    /// A PaymentMethod with which this customer may pay.
    pub(crate) fn payment_method_for(&mut self, id: &str, customer: Option<&str>) -> Answer<PaymentMethod> {
        let method = self.payment_method(id)?;
        check_not_used_up(&method)?;
        match &method.customer {
            Some(owner) if Some(owner.as_str()) != customer => Err(StripeError::invalid(format!(
                "The provided PaymentMethod ({}) belongs to the Customer {owner}. Please include the \
                 Customer in the `customer` parameter on the PaymentIntent.",
                method.id
            ))
            .param("payment_method")),
            Some(_) | None => Ok(method),
        }
    }

    fn fresh_payment_method(&mut self, card: &'static Card) -> PaymentMethod {
        let method = PaymentMethod {
            id: self.ids.fresh("pm"),
            created: self.second(),
            card,
            customer: None,
            set_up: false,
            used_up: false,
            metadata: Metadata::new(),
        };
        self.account.payment_methods.put(method.clone());
        method
    }
}
