//! `POST /v1/payment_intents/{id}`: changes the terms while the PaymentIntent is open.

use crate::changes::{Change, ShippingChange};
use crate::currency;
use crate::endpoints::intents::conditions::{check_way, unexpected_state};
use crate::endpoints::intents::confirmation::read_usage;
use crate::endpoints::intents::options::OptionsChange;
use crate::endpoints::intents::ways::read_ways;
use crate::endpoints::payment_intents::terms::{read_amount, read_descriptor};
use crate::endpoints::payment_methods::chosen::Chosen;
use crate::endpoints::{Plan, Request};
use crate::error::{Answer, StripeError};
use crate::expand::Kind;
use crate::metadata::MetadataChange;
use crate::objects::Object;
use crate::objects::intents::{FutureUsage, Intent, Ways};
use crate::objects::payment_intent::{CaptureMethod, PaymentIntent, Stage};
use crate::state::WorkContext;
use crate::texts::descriptor_suffix;

/// The changes of the terms in a call.
#[derive(Debug)]
struct Changes {
    amount: Option<u64>,
    currency: Option<String>,
    capture_method: Option<CaptureMethod>,
    customer: Option<String>,
    description: Change,
    metadata: MetadataChange,
    method: Option<Chosen>,
    options: Option<OptionsChange>,
    receipt_email: Change,
    setup_future_usage: Option<Option<FutureUsage>>,
    shipping: ShippingChange,
    descriptor: Option<String>,
    suffix: Option<String>,
    transfer_group: Change,
    ways: Option<Ways>,
}

/// Parses the call. `payment_method_data` makes a new PaymentMethod.
pub(crate) fn read(call: &Request<'_>) -> Answer<Plan> {
    let (form, id) = (call.form, call.id().to_owned());
    let lists = form.has("payment_method_types") || form.has("allowed_payment_method_types");
    let ways = lists.then(|| read_ways(form, call.rules)).transpose()?;
    let any = Ways::Listed(vec![]);
    let says_options = form.has("payment_method_options");
    let changes = Changes {
        amount: read_amount(form)?,
        currency: form.text("currency")?.map(currency::parse).transpose()?,
        capture_method: form.choice("capture_method")?,
        customer: form.text("customer")?.map(str::to_owned),
        description: Change::read(form, "description", 1000)?,
        metadata: MetadataChange::read(form)?,
        method: Chosen::read(form, call.rules)?,
        options: says_options.then(|| OptionsChange::read(form)).transpose()?,
        receipt_email: Change::read_email(form, "receipt_email")?,
        setup_future_usage: read_usage(form)?,
        shipping: ShippingChange::read(form)?,
        descriptor: read_descriptor(form, ways.as_ref().unwrap_or(&any))?,
        suffix: descriptor_suffix(form, call.rules.prefix)?,
        transfer_group: Change::read(form, "transfer_group", 500)?,
        ways,
    };
    Plan::one(form, Kind::PaymentIntent, move |work| {
        let mut intent = work.payment_intent(&id, "intent")?;
        changes.check(work, &intent)?;
        changes.apply(work, &mut intent)?;
        Ok(work.keep(intent).show(work.seen()))
    })
}

impl Changes {
    /// Refuses a change that the state of the PaymentIntent no longer allows.
    fn check(&self, work: &WorkContext<'_>, intent: &PaymentIntent) -> Answer<()> {
        let closed = |what: &str| {
            let message = format!(
                "This PaymentIntent's {what} could not be updated because it has a status of {}. You may only \
                 update the {what} of a PaymentIntent with one of the following statuses: \
                 requires_payment_method, requires_confirmation, requires_action.",
                intent.stage.word()
            );
            unexpected_state(work, intent, message).param(what)
        };
        let changed = [
            ("amount", self.amount.is_some_and(|amount| amount != intent.terms.amount)),
            ("currency", self.currency.as_ref().is_some_and(|currency| *currency != intent.terms.currency)),
            ("capture_method", self.capture_method.is_some()),
            ("customer", self.customer.is_some()),
            ("payment_method", self.method.is_some()),
            ("payment_method_options", self.options.is_some()),
            ("payment_method_types", self.ways.is_some()),
            ("setup_future_usage", self.setup_future_usage.is_some()),
            ("statement_descriptor", self.descriptor.is_some()),
            ("statement_descriptor_suffix", self.suffix.is_some()),
        ];
        match changed.into_iter().find(|(_, changed)| *changed && !intent.stage.is_open()) {
            Some((what, _)) => Err(closed(what)),
            None => Ok(()),
        }
    }

    fn apply(self, work: &mut WorkContext<'_>, intent: &mut PaymentIntent) -> Answer<()> {
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
        let card = terms.ways.types(Some(terms)).iter().any(|kind| kind == "card");
        let most = if card { currency::MAX_BY_CARD } else { currency::MAX };
        currency::check_charge(terms.amount, &terms.currency, most)?;
        terms.capture_method = self.capture_method.unwrap_or(terms.capture_method);
        terms.ways = self.ways.unwrap_or_else(|| terms.ways.clone());
        if let Some(options) = self.options {
            options.over(&mut terms.options);
        }
        terms.descriptor = self.descriptor.or(terms.descriptor.take());
        terms.suffix = self.suffix.or(terms.suffix.take());
        terms.shipping = self.shipping.after(terms.shipping.take());
        terms.setup_future_usage = self.setup_future_usage.unwrap_or(terms.setup_future_usage);
        self.description.apply(&mut terms.description);
        self.receipt_email.apply(&mut terms.receipt_email);
        self.transfer_group.apply(&mut terms.transfer_group);
        match self.method {
            Some(chosen) => change_method(work, intent, chosen),
            None => Ok(()),
        }
    }
}

/// Sets another PaymentMethod. A new PaymentMethod always needs a confirmation.
fn change_method(work: &mut WorkContext<'_>, intent: &mut PaymentIntent, chosen: Chosen) -> Answer<()> {
    let method = work.choose(chosen, intent.terms.customer.as_deref(), Intent::Payment)?;
    check_way(&intent.terms, &method)?;
    intent.payment_method = Some(method.id);
    intent.stage = Stage::RequiresConfirmation { authenticated: false };
    Ok(())
}
