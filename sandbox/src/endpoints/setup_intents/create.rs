//! `POST /v1/setup_intents` and `/v1/setup_intents/{id}`: agreeing on what is set up, and confirming it at once
//! if the caller says so.

use crate::attempt::Confirmation;
use crate::changes::Change;
use crate::endpoints::Plan;
use crate::endpoints::conditions::{needs_return_url, no_payment_method, only_with_confirm, takes_a_card};
use crate::endpoints::confirm::read_confirmation;
use crate::endpoints::setup_confirm::{MANDATE, unexpected_state};
use crate::endpoints::terms::read_ways;
use crate::error::Answer;
use crate::expand::Kind;
use crate::form::Form;
use crate::metadata::{Metadata, MetadataChange};
use crate::objects::Object;
use crate::objects::intents::{FutureUsage, Intent, Ways};
use crate::objects::setup_intent::{SetupIntent, SetupStage};
use crate::state::Desk;

const PARAMETERS: &[&str] = &[
    "automatic_payment_methods[allow_redirects]",
    "automatic_payment_methods[enabled]",
    "confirm",
    "customer",
    "description",
    "expand[]",
    "metadata",
    "metadata[*]",
    "payment_method",
    "payment_method_types[]",
    "return_url",
    "usage",
    "use_stripe_sdk",
];

/// What may be said only by a caller who confirms.
const WITH_CONFIRM: &[&str] = &["mandate_data", "return_url"];

/// What can be changed.
const CHANGES: &[&str] =
    &["customer", "description", "expand[]", "metadata", "metadata[*]", "payment_method"];

/// What a caller wants to set up.
#[derive(Debug)]
struct Wish {
    customer: Option<String>,
    description: Option<String>,
    metadata: Metadata,
    method: Option<String>,
    usage: FutureUsage,
    ways: Ways,
}

/// Reads `POST /v1/setup_intents`.
pub(crate) fn create(form: &Form) -> Answer<Plan> {
    form.only(&[PARAMETERS, MANDATE].concat())?;
    let wish = Wish {
        customer: form.text("customer")?.map(str::to_owned),
        description: form.text_up_to("description", 1000)?,
        metadata: MetadataChange::read(form)?.fresh(),
        method: form.text("payment_method")?.map(str::to_owned),
        usage: form.choice("usage")?.unwrap_or(FutureUsage::OffSession),
        ways: read_ways(form)?,
    };
    let confirmation = read_confirmation(form)?;
    let confirm = form.flag("confirm")?.unwrap_or(false);
    if confirm {
        if wish.method.is_none() {
            return Err(no_payment_method(Intent::Setup));
        }
        needs_return_url(&wish.ways, &confirmation, Intent::Setup)?;
    } else if let Some(name) = WITH_CONFIRM.iter().find(|name| form.has(name)) {
        return Err(only_with_confirm(name, Intent::Setup));
    }
    let confirmation = confirm.then_some(confirmation);
    Plan::one(form, Kind::SetupIntent, move |desk| {
        Ok(begin(desk, wish, confirmation.as_ref())?.show(desk.seen()))
    })
}

fn begin(desk: &mut Desk<'_>, wish: Wish, confirmation: Option<&Confirmation>) -> Answer<SetupIntent> {
    if let Some(customer) = &wish.customer {
        desk.require_customer(customer)?;
    }
    let owner = wish.customer.as_deref();
    let method = wish.method.map(|id| desk.payment_method_for(&id, owner, Intent::Setup)).transpose()?;
    if method.is_some() {
        takes_a_card(&wish.ways, Intent::Setup)?;
    }
    let id = desk.ids.fresh("seti");
    let intent = SetupIntent {
        created: desk.second(),
        client_secret: format!("{id}_secret_{}", desk.ids.letters(25)),
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
        id,
    };
    desk.keep_setup_intent(intent.clone());
    match (method, confirmation) {
        (Some(method), Some(confirmation)) => desk.attempt_to_set_up(intent, &method, confirmation),
        (_, _) => Ok(intent),
    }
}

/// Reads `POST /v1/setup_intents/{id}`.
pub(crate) fn update(form: &Form, id: &str) -> Answer<Plan> {
    form.only(CHANGES)?;
    let id = id.to_owned();
    let customer = form.text("customer")?.map(str::to_owned);
    let method = form.text("payment_method")?.map(str::to_owned);
    let description = Change::read(form, "description", 1000)?;
    let metadata = MetadataChange::read(form)?;
    Plan::one(form, Kind::SetupIntent, move |desk| {
        let mut intent = desk.setup_intent(&id)?;
        intent.metadata = metadata.applied(&intent.metadata)?;
        description.apply(&mut intent.description);
        if customer.is_some() || method.is_some() {
            change_card(desk, &mut intent, customer, method)?;
        }
        desk.keep_setup_intent(intent.clone());
        Ok(intent.show(desk.seen()))
    })
}

/// Changes whose card is set up, and which, as long as that is open.
fn change_card(
    desk: &mut Desk<'_>,
    intent: &mut SetupIntent,
    customer: Option<String>,
    method: Option<String>,
) -> Answer<()> {
    if !intent.stage.is_open() {
        let allowed = "requires_payment_method, requires_confirmation, requires_action";
        return Err(unexpected_state(desk, intent, "updated", allowed));
    }
    if let Some(customer) = &customer {
        desk.require_customer(customer)?;
    }
    intent.customer = customer.or(intent.customer.take());
    if let Some(wanted) = method.or(intent.payment_method.clone()) {
        let method = desk.payment_method_for(&wanted, intent.customer.as_deref(), Intent::Setup)?;
        takes_a_card(&intent.ways, Intent::Setup)?;
        if intent.payment_method.as_ref() != Some(&method.id) {
            intent.stage = SetupStage::RequiresConfirmation;
            intent.payment_method = Some(method.id);
        }
    }
    Ok(())
}
