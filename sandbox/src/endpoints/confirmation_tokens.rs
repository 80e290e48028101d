//! `/v1/confirmation_tokens`: the details of a payment, collected by a page or made by the test helper.

use std::sync::Arc;

use crate::changes::ShippingChange;
use crate::endpoints::intents::confirmation::{read_acceptance, read_return_url};
use crate::endpoints::payment_methods::selected::SelectedMethod;
use crate::endpoints::{Plan, Request};
use crate::error::{StripeError, StripeResult};
use crate::expand::Kind;
use crate::form::Form;
use crate::objects::Object;
use crate::objects::confirmation_token::{ConfirmationToken, ElementsContext, MethodPreview};
use crate::objects::intents::FutureUsage;
use crate::objects::mandate::Acceptance;
use crate::objects::shipping::Shipping;
use crate::state::WorkContext;
use crate::stripe_enum::stripe_enum;

stripe_enum! {
    /// The use of the Elements on a page.
    ElementsMode {
        /// The page collects a payment.
        Payment = "payment",
        /// The page saves a PaymentMethod.
        Setup = "setup",
        /// The page collects the first payment of a subscription.
        Subscription = "subscription",
    }
}

/// The parameters of a new ConfirmationToken.
#[derive(Debug)]
struct NewToken {
    method: SelectedMethod,
    acceptance: Option<Acceptance>,
    return_url: Option<String>,
    setup_future_usage: Option<FutureUsage>,
    shipping: Option<Arc<Shipping>>,
    elements: Option<ElementsContext>,
}

/// Parses `POST /v1/confirmation_tokens`, which the script of a page calls with the data of the Elements.
pub(crate) fn create(call: &Request<'_>) -> StripeResult<Plan> {
    let elements = read_elements(call.form)?;
    let mut new = NewToken::read(call)?;
    new.setup_future_usage =
        new.setup_future_usage.or(elements.as_ref().and_then(|elements| elements.setup_future_usage));
    new.acceptance = read_acceptance(call.form)?;
    new.elements = elements;
    Plan::object(call.form, Kind::ConfirmationToken, move |work| {
        Ok(work.create_confirmation_token(new)?.show(work.render_context()))
    })
}

/// Parses `POST /v1/test_helpers/confirmation_tokens`, which Stripe offers in test mode only.
pub(crate) fn create_by_test_helper(call: &Request<'_>) -> StripeResult<Plan> {
    let new = NewToken::read(call)?;
    call.form.mark_read("payment_method_options");
    Plan::object(call.form, Kind::ConfirmationToken, move |work| {
        if work.account.mode.livemode {
            return Err(StripeError::invalid(
                "This endpoint is only available in testmode. Try using your test keys instead.",
            ));
        }
        Ok(work.create_confirmation_token(new)?.show(work.render_context()))
    })
}

impl NewToken {
    fn read(call: &Request<'_>) -> StripeResult<Self> {
        let form = call.form;
        let method = SelectedMethod::read(form, call.settings)?.ok_or_else(|| {
            StripeError::invalid(
                "You must provide one of `payment_method` or `payment_method_data` to create a ConfirmationToken.",
            )
            .code("parameter_missing")
            .param("payment_method_data")
        })?;
        Ok(Self {
            method,
            acceptance: None,
            return_url: read_return_url(form)?,
            setup_future_usage: form.choice("setup_future_usage")?,
            shipping: ShippingChange::read(form)?.after(None),
            elements: None,
        })
    }
}

/// Reads the settings of the Elements, `client_context`.
fn read_elements(form: &Form) -> StripeResult<Option<ElementsContext>> {
    let part = |name: &str| format!("client_context[{name}]");
    if form.choice::<ElementsMode>(&part("mode"))?.is_none() {
        return Ok(None);
    }
    let types = form.list(&part("payment_method_types")).into_iter().map(str::to_owned);
    Ok(Some(ElementsContext {
        method_types: types.collect(),
        currency: form.text(&part("currency"))?.map(str::to_ascii_lowercase),
        setup_future_usage: form.choice(&part("setup_future_usage"))?,
        capture_method: form.choice(&part("capture_method"))?,
    }))
}

impl WorkContext<'_> {
    fn create_confirmation_token(&mut self, new: NewToken) -> StripeResult<Arc<ConfirmationToken>> {
        let preview = match new.method {
            SelectedMethod::Id(id) => self.preview_of(&id)?,
            SelectedMethod::New(new) => self.preview_of_new(*new)?,
            SelectedMethod::Preview(preview) => *preview,
        };
        let token = ConfirmationToken {
            id: self.ids.fresh("ctoken"),
            created: self.unix_seconds(),
            preview,
            acceptance: new.acceptance,
            return_url: new.return_url,
            setup_future_usage: new.setup_future_usage,
            shipping: new.shipping,
            elements: new.elements,
            used_for: None,
        };
        Ok(self.account.confirmation_tokens.put(token))
    }

    /// The preview of an existing PaymentMethod, or of a test card.
    fn preview_of(&mut self, id: &str) -> StripeResult<MethodPreview> {
        let method = self.payment_method(id).map_err(|error| error.status(400))?;
        Ok(MethodPreview {
            customer: method.customer().map(str::to_owned),
            method: Some(method.id),
            instrument: method.instrument,
            billing: method.billing,
            allow_redisplay: method.allow_redisplay,
        })
    }
}
