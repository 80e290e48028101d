//! `POST /v1/setup_intents` and `/v1/setup_intents/{id}`: creates or updates a SetupIntent, and confirms
//! the SetupIntent at once with `confirm=true`.

use crate::attempt::Confirmation;
use crate::changes::Change;
use crate::endpoints::intents::conditions::{
    check_type, needs_return_url, no_payment_method, only_with_confirm,
};
use crate::endpoints::intents::confirmation::read_confirmation;
use crate::endpoints::intents::options::OptionsChange;
use crate::endpoints::intents::ways::read_ways;
use crate::endpoints::payment_methods::chosen::Chosen;
use crate::endpoints::setup_intents::confirm::check_open;
use crate::endpoints::{Plan, Request};
use crate::error::Answer;
use crate::events::types::EventType;
use crate::expand::Kind;
use crate::metadata::{Metadata, MetadataChange};
use crate::objects::Object;
use crate::objects::intents::{FutureUsage, Intent, Ways};
use crate::objects::options::Options;
use crate::objects::setup_intent::{SetupIntent, SetupStage};
use crate::state::WorkContext;

/// The parameters that are allowed only with `confirm=true`.
const WITH_CONFIRM: &[&str] = &["mandate_data", "return_url"];

/// The parameters of a new SetupIntent.
#[derive(Debug)]
struct Wish {
    customer: Option<String>,
    description: Option<String>,
    metadata: Metadata,
    method: Option<Chosen>,
    options: Options,
    usage: FutureUsage,
    ways: Ways,
}

/// Parses `POST /v1/setup_intents`. The checks of a confirmation apply only with `confirm=true`.
pub(crate) fn create(call: &Request<'_>) -> Answer<Plan> {
    let form = call.form;
    let wish = Wish {
        customer: form.text("customer")?.map(str::to_owned),
        description: form.text_up_to("description", 1000)?,
        metadata: MetadataChange::read(form)?.fresh(),
        method: Chosen::read(form, call.rules)?,
        options: OptionsChange::read(form)?.fresh(),
        usage: form.choice("usage")?.unwrap_or(FutureUsage::OffSession),
        ways: read_ways(form, call.rules)?,
    };
    let confirmation = read_confirmation(form)?;
    let confirm = form.flag("confirm")?.unwrap_or(false);
    if confirm {
        needs_return_url(&wish.ways, &confirmation, Intent::Setup)?;
        if wish.method.is_none() {
            return Err(no_payment_method(Intent::Setup, wish.customer.as_deref()));
        }
    } else if let Some(name) = WITH_CONFIRM.iter().find(|name| form.has(name)) {
        return Err(only_with_confirm(name, Intent::Setup));
    }
    let confirmation = confirm.then_some(confirmation);
    Plan::one(form, Kind::SetupIntent, move |work| {
        Ok(begin(work, wish, confirmation.as_ref())?.show(work.seen()))
    })
}

fn begin(work: &mut WorkContext<'_>, wish: Wish, confirmation: Option<&Confirmation>) -> Answer<SetupIntent> {
    if let Some(customer) = &wish.customer {
        work.require_customer(customer)?;
    }
    let owner = wish.customer.as_deref();
    let method = wish.method.map(|chosen| work.choose(chosen, owner, Intent::Setup)).transpose()?;
    if let Some(method) = &method {
        check_type(&wish.ways.types(None), method, Intent::Setup)?;
    }
    let id = work.ids.fresh("seti");
    let intent = SetupIntent {
        created: work.second(),
        client_secret: format!("{id}_secret_{}", work.ids.letters(31)),
        customer: wish.customer,
        description: wish.description,
        metadata: wish.metadata,
        ways: wish.ways,
        usage: wish.usage,
        stage: match method {
            Some(_) => SetupStage::RequiresConfirmation,
            None => SetupStage::RequiresPaymentMethod,
        },
        payment_method: method.as_ref().map(|method| method.id.clone()),
        latest_attempt: None,
        last_error: None,
        options: wish.options,
        mandate: None,
        id,
    };
    let shown = work.keep_setup_intent(intent.clone());
    work.announce(EventType::SetupIntentCreated, shown);
    match (method, confirmation) {
        (Some(method), Some(confirmation)) => work.attempt_to_set_up(intent, &method, confirmation),
        (_, _) => Ok(intent),
    }
}

/// Parses `POST /v1/setup_intents/{id}`. Metadata and description can be updated in every state.
pub(crate) fn update(call: &Request<'_>) -> Answer<Plan> {
    let (form, id) = (call.form, call.id().to_owned());
    let customer = form.text("customer")?.map(str::to_owned);
    let method = Chosen::read(form, call.rules)?;
    let description = Change::read(form, "description", 1000)?;
    let metadata = MetadataChange::read(form)?;
    Plan::one(form, Kind::SetupIntent, move |work| {
        let mut intent = work.setup_intent(&id)?;
        intent.metadata = metadata.applied(&intent.metadata)?;
        description.apply(&mut intent.description);
        if customer.is_some() || method.is_some() {
            change_method(work, &mut intent, customer, method)?;
        }
        Ok(work.keep_setup_intent(intent).show(work.seen()))
    })
}

/// Changes the customer and the PaymentMethod while the SetupIntent is open.
fn change_method(
    work: &mut WorkContext<'_>,
    intent: &mut SetupIntent,
    customer: Option<String>,
    method: Option<Chosen>,
) -> Answer<()> {
    check_open(work, intent, "update")?;
    if let Some(customer) = &customer {
        work.require_customer(customer)?;
    }
    intent.customer = customer.or(intent.customer.take());
    if let Some(chosen) = method.or_else(|| intent.payment_method.clone().map(Chosen::Id)) {
        let method = work.choose(chosen, intent.customer.as_deref(), Intent::Setup)?;
        check_type(&intent.ways.types(None), &method, Intent::Setup)?;
        if intent.payment_method.as_ref() != Some(&method.id) {
            intent.stage = SetupStage::RequiresConfirmation;
            intent.payment_method = Some(method.id);
        }
    }
    Ok(())
}
