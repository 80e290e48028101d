//! `POST /v1/setup_intents` and `/v1/setup_intents/{id}`: creates or updates a SetupIntent, and confirms
//! the SetupIntent at once with `confirm=true`.

use crate::attempt::Confirmation;
use crate::attempt::wallet::needs_page;
use crate::changes::Change;
use crate::endpoints::intents::conditions::{
    check_type, needs_return_url, no_payment_method, only_with_confirm,
};
use crate::endpoints::intents::confirmation::read_confirmation;
use crate::endpoints::intents::method_types::{read_method_types, refuse_no_types};
use crate::endpoints::intents::options::OptionsChange;
use crate::endpoints::payment_methods::selected::SelectedMethod;
use crate::endpoints::setup_intents::confirm::check_open;
use crate::endpoints::{Plan, Request};
use crate::error::StripeResult;
use crate::events::types::EventType;
use crate::expand::Kind;
use crate::metadata::{Metadata, MetadataChange};
use crate::objects::Object;
use crate::objects::intents::{FutureUsage, Intent, MethodTypes};
use crate::objects::options::Options;
use crate::objects::setup_intent::{SetupIntent, SetupIntentStatus};
use crate::state::WorkContext;

/// The parameters that are allowed only with `confirm=true`.
const WITH_CONFIRM: &[&str] = &["confirmation_token", "mandate_data", "return_url"];

/// The parameters of a new SetupIntent.
#[derive(Debug)]
struct NewSetupIntent {
    customer: Option<String>,
    description: Option<String>,
    metadata: Metadata,
    method: Option<SelectedMethod>,
    options: Options,
    usage: FutureUsage,
    method_types: MethodTypes,
}

/// Parses `POST /v1/setup_intents`. The checks of a confirmation apply only with `confirm=true`.
pub(crate) fn create(call: &Request<'_>) -> StripeResult<Plan> {
    let form = call.form;
    let new = NewSetupIntent {
        customer: form.text("customer")?.map(str::to_owned),
        description: form.text_up_to("description", 1000)?,
        metadata: MetadataChange::read(form)?.fresh(),
        method: SelectedMethod::read(form, call.settings)?,
        options: OptionsChange::read(form)?.fresh(),
        usage: form.choice("usage")?.unwrap_or(FutureUsage::OffSession),
        method_types: read_method_types(form, call.settings)?,
    };
    refuse_no_types(&new.method_types.types(None), Intent::Setup)?;
    let confirmation = read_confirmation(form)?;
    let confirm = form.flag("confirm")?.unwrap_or(false);
    if confirm && confirmation.token.is_none() {
        needs_return_url(&new.method_types, &confirmation, Intent::Setup)?;
        if new.method.is_none() {
            return Err(no_payment_method(Intent::Setup, new.customer.as_deref()));
        }
    } else if !confirm && let Some(name) = WITH_CONFIRM.iter().find(|name| form.has(name)) {
        return Err(only_with_confirm(name, Intent::Setup));
    }
    let confirmation = confirm.then_some(confirmation);
    Plan::object(form, Kind::SetupIntent, move |work| {
        Ok(create_intent(work, new, confirmation)?.show(work.render_context()))
    })
}

fn create_intent(
    work: &mut WorkContext<'_>,
    mut new: NewSetupIntent,
    mut confirmation: Option<Confirmation>,
) -> StripeResult<SetupIntent> {
    if let Some(confirmation) = &mut confirmation
        && let Some(token) = work.token_of(confirmation)?
    {
        token.complete(confirmation);
        new.method = new.method.or_else(|| Some(token.selected()));
        needs_return_url(&new.method_types, confirmation, Intent::Setup)?;
    }
    if let Some(customer) = &new.customer {
        work.require_customer(customer)?;
    }
    let owner = new.customer.as_deref();
    let method = new.method.map(|selected| work.select_method(selected, owner, Intent::Setup)).transpose()?;
    if let Some(method) = &method {
        check_type(&new.method_types.types(None), method, Intent::Setup)?;
        confirmation.as_ref().map_or(Ok(()), |confirmation| needs_page(method, confirmation))?;
    }
    let id = work.ids.fresh("seti");
    let intent = SetupIntent {
        created: work.unix_seconds(),
        client_secret: format!("{id}_secret_{}", work.ids.letters(31)),
        customer: new.customer,
        description: new.description,
        metadata: new.metadata,
        method_types: new.method_types,
        usage: new.usage,
        status: match method {
            Some(_) => SetupIntentStatus::RequiresConfirmation,
            None => SetupIntentStatus::RequiresPaymentMethod,
        },
        payment_method: method.as_ref().map(|method| method.id.clone()),
        latest_attempt: None,
        last_error: None,
        options: new.options,
        mandate: None,
        id,
    };
    let shown = work.store_setup_intent(intent.clone());
    work.emit(EventType::SetupIntentCreated, shown);
    match (method, confirmation) {
        (Some(method), Some(confirmation)) => work.attempt_to_set_up(intent, &method, &confirmation),
        (_, _) => Ok(intent),
    }
}

/// Parses `POST /v1/setup_intents/{id}`. Metadata and description can be updated in every state.
pub(crate) fn update(call: &Request<'_>) -> StripeResult<Plan> {
    let (form, id) = (call.form, call.id().to_owned());
    let customer = form.text("customer")?.map(str::to_owned);
    let method = SelectedMethod::read(form, call.settings)?;
    let description = Change::read(form, "description", 1000)?;
    let metadata = MetadataChange::read(form)?;
    Plan::object(form, Kind::SetupIntent, move |work| {
        let mut intent = work.setup_intent(&id)?;
        intent.metadata = metadata.applied(&intent.metadata)?;
        description.apply(&mut intent.description);
        if customer.is_some() || method.is_some() {
            change_method(work, &mut intent, customer, method)?;
        }
        Ok(work.store_setup_intent(intent).show(work.render_context()))
    })
}

/// Changes the customer and the PaymentMethod while the SetupIntent is open.
fn change_method(
    work: &mut WorkContext<'_>,
    intent: &mut SetupIntent,
    customer: Option<String>,
    method: Option<SelectedMethod>,
) -> StripeResult<()> {
    check_open(work, intent, "update")?;
    if let Some(customer) = &customer {
        work.require_customer(customer)?;
    }
    intent.customer = customer.or(intent.customer.take());
    if let Some(selected) = method.or_else(|| intent.payment_method.clone().map(SelectedMethod::Id)) {
        let method = work.select_method(selected, intent.customer.as_deref(), Intent::Setup)?;
        check_type(&intent.method_types.types(None), &method, Intent::Setup)?;
        if intent.payment_method.as_ref() != Some(&method.id) {
            intent.status = SetupIntentStatus::RequiresConfirmation;
            intent.payment_method = Some(method.id);
        }
    }
    Ok(())
}
