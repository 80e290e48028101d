//! `POST /v1/payment_intents/{id}`: changes the terms while the PaymentIntent is open.

use crate::changes::{Change, ShippingChange};
use crate::currency;
use crate::endpoints::intents::conditions::{check_method, unexpected_state};
use crate::endpoints::intents::confirmation::read_usage;
use crate::endpoints::intents::method_types::{read_changed_types, refuse_no_types};
use crate::endpoints::intents::options::OptionsChange;
use crate::endpoints::payment_intents::terms::{read_amount, read_descriptor};
use crate::endpoints::payment_methods::selected::SelectedMethod;
use crate::endpoints::{Plan, Request};
use crate::error::{StripeError, StripeResult};
use crate::expand::Kind;
use crate::metadata::MetadataChange;
use crate::objects::Object;
use crate::objects::intents::{FutureUsage, Intent, MethodTypes};
use crate::objects::payment_intent::{CaptureMethod, PaymentIntent, PaymentIntentStatus};
use crate::state::WorkContext;
use crate::text_checks::descriptor_suffix;

/// The changes of the terms in a call.
#[derive(Debug)]
struct Changes {
    amount: Option<u64>,
    currency: Option<String>,
    capture_method: Option<CaptureMethod>,
    customer: Option<String>,
    description: Change,
    metadata: MetadataChange,
    method: Option<SelectedMethod>,
    options: Option<OptionsChange>,
    receipt_email: Change,
    setup_future_usage: Option<Option<FutureUsage>>,
    shipping: ShippingChange,
    descriptor: Option<String>,
    suffix: Option<String>,
    transfer_group: Change,
    method_types: Option<MethodTypes>,
}

/// Parses the call. `payment_method_data` makes a new PaymentMethod.
pub(crate) fn read(call: &Request<'_>) -> StripeResult<Plan> {
    let (form, id) = (call.form, call.id().to_owned());
    let method_types = read_changed_types(form, call.settings)?;
    let no_types = MethodTypes::Listed(vec![]);
    let has_options = form.has("payment_method_options");
    let changes = Changes {
        amount: read_amount(form)?,
        currency: form.text("currency")?.map(currency::parse).transpose()?,
        capture_method: form.choice("capture_method")?,
        customer: form.text("customer")?.map(str::to_owned),
        description: Change::read(form, "description", 1000)?,
        metadata: MetadataChange::read(form)?,
        method: SelectedMethod::read(form, call.settings)?,
        options: has_options.then(|| OptionsChange::read(form)).transpose()?,
        receipt_email: Change::read_email(form, "receipt_email")?,
        setup_future_usage: read_usage(form)?,
        shipping: ShippingChange::read(form)?,
        descriptor: read_descriptor(form, method_types.as_ref().unwrap_or(&no_types))?,
        suffix: descriptor_suffix(form, call.settings.prefix)?,
        transfer_group: Change::read(form, "transfer_group", 500)?,
        method_types,
    };
    Plan::object(form, Kind::PaymentIntent, move |work| {
        let mut intent = work.payment_intent(&id, "intent")?;
        changes.check(work, &intent)?;
        changes.apply(work, &mut intent)?;
        Ok(work.store_intent(intent).show(work.render_context()))
    })
}

impl Changes {
    /// Refuses a change that the state of the PaymentIntent no longer allows.
    fn check(&self, work: &WorkContext<'_>, intent: &PaymentIntent) -> StripeResult<()> {
        let not_open = |field: &str| {
            let message = format!(
                "This PaymentIntent's {field} could not be updated because it has a status of {}. You may only \
                 update the {field} of a PaymentIntent with one of the following statuses: \
                 requires_payment_method, requires_confirmation, requires_action.",
                intent.status.as_str()
            );
            unexpected_state(work, intent, message).param(field)
        };
        let changed = [
            ("amount", self.amount.is_some_and(|amount| amount != intent.terms.amount)),
            ("currency", self.currency.as_ref().is_some_and(|currency| *currency != intent.terms.currency)),
            ("capture_method", self.capture_method.is_some()),
            ("customer", self.customer.is_some()),
            ("payment_method", self.method.is_some()),
            ("payment_method_options", self.options.is_some()),
            ("payment_method_types", self.method_types.is_some()),
            ("setup_future_usage", self.setup_future_usage.is_some()),
            ("statement_descriptor", self.descriptor.is_some()),
            ("statement_descriptor_suffix", self.suffix.is_some()),
        ];
        match changed.into_iter().find(|(_, changed)| *changed && !intent.status.is_open()) {
            Some((field, _)) => Err(not_open(field)),
            None => Ok(()),
        }
    }

    fn apply(self, work: &mut WorkContext<'_>, intent: &mut PaymentIntent) -> StripeResult<()> {
        if let Some(customer) = &self.customer {
            work.require_customer(customer)?;
            let same = intent.terms.customer.as_ref().is_none_or(|before| before == customer);
            if !same {
                return Err(StripeError::invalid(
                    "You cannot modify `customer` on a PaymentIntent once it already has been set.",
                )
                .param("customer"));
            }
        }
        let terms = &mut intent.terms;
        terms.customer = self.customer.or(terms.customer.take());
        terms.metadata = self.metadata.applied(&terms.metadata)?;
        terms.amount = self.amount.unwrap_or(terms.amount);
        terms.currency = self.currency.unwrap_or_else(|| terms.currency.clone());
        let card = terms.method_types.types(Some(terms)).iter().any(|kind| kind == "card");
        let max = currency::max_amount(&terms.currency, card);
        currency::check_charge(terms.amount, &terms.currency, max)?;
        terms.capture_method = self.capture_method.unwrap_or(terms.capture_method);
        terms.method_types = self.method_types.unwrap_or_else(|| terms.method_types.clone());
        refuse_no_types(&terms.method_types.types(Some(terms)), Intent::Payment)?;
        if let Some(options) = self.options {
            options.merge_into(&mut terms.options);
        }
        terms.descriptor = self.descriptor.or(terms.descriptor.take());
        terms.suffix = self.suffix.or(terms.suffix.take());
        terms.shipping = self.shipping.after(terms.shipping.take());
        terms.setup_future_usage = self.setup_future_usage.unwrap_or(terms.setup_future_usage);
        self.description.apply(&mut terms.description);
        self.receipt_email.apply(&mut terms.receipt_email);
        self.transfer_group.apply(&mut terms.transfer_group);
        match self.method {
            Some(selected) => change_method(work, intent, selected),
            None => Ok(()),
        }
    }
}

/// Sets another PaymentMethod. A new PaymentMethod always needs a confirmation.
fn change_method(
    work: &mut WorkContext<'_>,
    intent: &mut PaymentIntent,
    selected: SelectedMethod,
) -> StripeResult<()> {
    let method = work.select_method(selected, intent.terms.customer.as_deref(), Intent::Payment)?;
    check_method(&intent.terms, &method)?;
    intent.payment_method = Some(method.id);
    intent.status = PaymentIntentStatus::RequiresConfirmation { authenticated: false };
    Ok(())
}
