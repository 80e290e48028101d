//! A ConfirmationToken: the details of a payment that a page collected, for one confirmation of an intent.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::clock::DAY;
use crate::objects::billing_details::BillingDetails;
use crate::objects::instrument::Instrument;
use crate::objects::intents::{FutureUsage, Intent};
use crate::objects::mandate::Acceptance;
use crate::objects::payment_intent::CaptureMethod;
use crate::objects::payment_method::AllowRedisplay;
use crate::objects::shipping::Shipping;
use crate::objects::{Object, RenderContext};
use crate::stripe_enum::StripeEnum;

/// The time during which a ConfirmationToken can be used, in seconds.
const LIFETIME: i64 = DAY / 2;

/// The state of a ConfirmationToken.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ConfirmationToken {
    /// Id of the ConfirmationToken, `ctoken_…`.
    pub(crate) id: String,
    /// The moment of creation, in unix seconds.
    pub(crate) created: i64,
    /// The PaymentMethod that a confirmation creates or uses.
    pub(crate) preview: MethodPreview,
    /// The owner's consent to debits of the account.
    pub(crate) acceptance: Option<Acceptance>,
    /// The URL to which the customer returns after a redirect.
    pub(crate) return_url: Option<String>,
    /// Whether the PaymentMethod is saved for later payments.
    pub(crate) setup_future_usage: Option<FutureUsage>,
    /// The address for the goods.
    pub(crate) shipping: Option<Arc<Shipping>>,
    /// The settings of the Elements on the page; a ConfirmationToken of the test helper has none.
    pub(crate) elements: Option<ElementsContext>,
    /// The intent that was confirmed with the ConfirmationToken: the kind and the id.
    pub(crate) used_for: Option<(Intent, String)>,
}

/// The PaymentMethod inside a ConfirmationToken.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct MethodPreview {
    /// Id of an existing PaymentMethod; without an id, the confirmation creates the PaymentMethod.
    pub(crate) method: Option<String>,
    /// Id of the customer of an existing PaymentMethod.
    pub(crate) customer: Option<String>,
    /// The card or the account of the PaymentMethod.
    pub(crate) instrument: Arc<Instrument>,
    /// The data of the owner.
    pub(crate) billing: Arc<BillingDetails>,
    /// Whether the card can be shown to the owner again.
    pub(crate) allow_redisplay: AllowRedisplay,
}

/// The settings of the Elements of a page that have to match the intent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ElementsContext {
    /// The currency of the Elements.
    pub(crate) currency: Option<String>,
    /// Whether the Elements save the PaymentMethod for later payments.
    pub(crate) setup_future_usage: Option<FutureUsage>,
    /// The time of the capture.
    pub(crate) capture_method: Option<CaptureMethod>,
    /// The listed types of PaymentMethods; an empty list stands for the dashboard's types.
    pub(crate) method_types: Vec<String>,
}

impl ConfirmationToken {
    /// The moment after which the ConfirmationToken can no longer be used, in unix seconds.
    pub(crate) fn expires_at(&self) -> i64 {
        self.created.saturating_add(LIFETIME)
    }

    fn used_for(&self, kind: Intent) -> Option<&str> {
        self.used_for.as_ref().filter(|(of, _)| *of == kind).map(|(_, id)| id.as_str())
    }
}

impl MethodPreview {
    /// The field `payment_method_preview`. The checks of a card are unknown before the confirmation.
    fn show(&self) -> Value {
        let name = self.instrument.type_name();
        let mut details = self.instrument.in_method(&self.billing, false);
        if let Some(checks) = details.get_mut("checks").and_then(Value::as_object_mut) {
            checks.values_mut().for_each(|check| *check = Value::Null);
        }
        let mut shown = json!({
            "allow_redisplay": self.allow_redisplay.as_str(),
            "billing_details": self.billing.show(),
            "customer": self.customer,
            "customer_account": null,
            "type": name,
        });
        if let Some(fields) = shown.as_object_mut() {
            fields.insert(name.to_owned(), details);
        }
        shown
    }
}

impl Object for ConfirmationToken {
    fn id(&self) -> &str {
        &self.id
    }

    fn created(&self) -> i64 {
        self.created
    }

    fn show(&self, context: RenderContext) -> Value {
        json!({
            "id": self.id,
            "object": "confirmation_token",
            "created": self.created,
            "expires_at": self.expires_at(),
            "livemode": context.livemode,
            "mandate_data": self.acceptance.as_ref().map(mandate_data),
            "metadata": {},
            "payment_intent": self.used_for(Intent::Payment),
            "payment_method_options": null,
            "payment_method_preview": self.preview.show(),
            "return_url": self.return_url,
            "setup_future_usage": self.setup_future_usage.map(FutureUsage::as_str),
            "setup_intent": self.used_for(Intent::Setup),
            "shipping": self.shipping.as_deref().map(shipping),
            "use_stripe_sdk": true,
        })
    }
}

/// The field `mandate_data`: the owner's consent.
fn mandate_data(acceptance: &Acceptance) -> Value {
    let online = acceptance.online.as_ref();
    json!({
        "customer_acceptance": {
            "online": online.map(|(address, agent)| json!({ "ip_address": address, "user_agent": agent })),
            "type": if online.is_some() { "online" } else { "offline" },
        },
    })
}

/// The field `shipping`, without a carrier and a tracking number.
fn shipping(details: &Shipping) -> Value {
    json!({ "address": details.address.show(), "name": details.name, "phone": details.phone })
}
