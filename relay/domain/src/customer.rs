//! A customer of a tenant at one payment system, and the customer's stored cards. Pure: no
//! clock, disk or network.

use causeway::{
    refusal::Refusal,
    request::{self, Reuse, customer::Details},
    tenant::TenantName,
    text::{CardToken, CustomerId, Email, PaymentMethodId, RequestId},
};
use jiff::Timestamp;

use crate::{
    idempotency::IdempotencyKey,
    observation::MethodSnapshot,
    payment::{Action, Card, failure::Failure},
    request::ProcessorRequest,
    tenant::PaymentSystem,
};

/// The events that follow from a card, and the events emitted so far.
mod event_projection;
/// Transitions: how an observation moves a card of a customer.
pub mod observe;
/// The customer and the cards in the messages of the contract.
pub mod wire;

pub use event_projection::EmittedCardEvents;

/// Maximum number of failed cards that a customer keeps; the oldest are removed first.
const MAX_FAILED_CARDS: usize = 20;

/// A customer at one payment system. The same customer at another payment system is another value.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Customer {
    /// Id of the customer in the relay.
    pub id: uuid::Uuid,
    /// Name of the tenant that owns the customer.
    pub tenant: TenantName,
    /// Name of the payment system that stores the cards.
    pub payment_system: String,
    /// Id of the Stripe account, "acct_…", where the settings name one; otherwise empty.
    pub account: String,
    /// True for a customer in the processor's test mode: no real money moves.
    pub test_mode: bool,
    /// The billing platform's id of the customer.
    pub reference: CustomerId,
    /// The profile, as the caller gave the profile last.
    pub profile: Profile,
    /// Whether the customer exists at Stripe.
    pub registration: Registration,
    /// Cards of the customer, oldest first, with the deleted cards.
    pub cards: Vec<StoredCard>,
    /// Token of the card that pays when a request names no card.
    pub default_card: Option<CardToken>,
    /// Time at which the caller chose the default card; `None`: never chosen. With several payment systems
    /// the latest choice counts.
    #[serde(default)]
    pub default_since: Option<Timestamp>,
    /// The change that the hourly job has still to make at Stripe.
    #[serde(default, rename = "wish")]
    pub pending_sync: Option<PendingSync>,
    /// Time of the first record of the customer.
    pub created: Timestamp,
    /// Time of the latest change of the customer or of a card.
    pub updated: Timestamp,
}

/// A change of a customer that the hourly job makes at Stripe.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum PendingSync {
    /// Create the customer at Stripe, or update the profile there.
    Register {
        /// The profile to send to Stripe.
        #[serde(rename = "told")]
        profile: Box<Profile>,
    },
    /// Delete the customer at Stripe, and the cards with the customer.
    Delete,
}

impl PendingSync {
    /// Name in the journal's rows.
    pub fn as_str(&self) -> &'static str {
        match self {
            PendingSync::Register { .. } => "REGISTER",
            PendingSync::Delete => "DELETE",
        }
    }
}

/// Personal data of a customer, as far as the caller gave the data.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Profile {
    /// Email address; only a valid address is kept.
    #[serde(default)]
    pub email: Option<Email>,
    /// Name, phone number, address and language.
    #[serde(flatten)]
    pub details: Details,
}

impl Profile {
    /// The profile after an update: given fields replace known fields, and fields that were not given stay.
    pub fn with(&self, given: &request::Customer) -> Profile {
        let (before, now) = (self.details.clone(), given.details.clone());
        Profile {
            email: given.email.valid().cloned().or_else(|| self.email.clone()),
            details: Details {
                name: now.name.or(before.name),
                phone: now.phone.or(before.phone),
                address: now.address.or(before.address),
                language: now.language.or(before.language),
            },
        }
    }
}

/// Whether a customer exists at Stripe.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Registration {
    /// Stripe was never asked to create the customer.
    #[serde(rename = "Nowhere")]
    Unregistered,
    /// A creation is in flight: no answer of Stripe yet. The same bytes under the same idempotency key
    /// create no second customer.
    #[serde(rename = "Asked")]
    Requested {
        /// The request, byte for byte as sent.
        request: ProcessorRequest,
        /// The profile that the request carries.
        #[serde(rename = "told")]
        sent_profile: Profile,
        /// Idempotency key of the creation request.
        key: IdempotencyKey,
        /// Time of the first attempt to send the request.
        at: Timestamp,
    },
    /// The customer exists at Stripe.
    Known {
        /// Id of the customer at Stripe, "cus_…"
        id: String,
        /// The profile that Stripe received last.
        #[serde(rename = "told")]
        sent_profile: Profile,
    },
}

/// A stored card of a customer; deleted and failed cards stay in the journal.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct StoredCard {
    /// Token of the card in the relay.
    pub token: CardToken,
    /// Request id of the command that stored the card.
    pub request_id: RequestId,
    /// Id of the PaymentMethod at Stripe, "pm_…"
    pub payment_method: PaymentMethodId,
    /// Id "seti_…" of the SetupIntent that verifies the card; `None` where a payment verified the card.
    pub setup_intent: Option<String>,
    /// Brand, last four digits and expiry, as Stripe shows the card.
    pub card: Card,
    /// Type in the tenant's allowlist of payment methods: "card", "apple_pay", …
    pub kind: String,
    /// Whether the card may be used only with the payer present, or also without.
    pub reuse: Reuse,
    /// Whether the card becomes the default card once the card is active.
    pub wants_default: bool,
    /// Time at which the card was given to the relay.
    pub created: Timestamp,
    /// State of the card: verification, use, deletion.
    pub state: CardState,
    /// Whether the PaymentMethod is or was attached to the customer at Stripe.
    #[serde(default)]
    pub attached: bool,
    /// Latest event emitted about the card.
    #[serde(default, rename = "told")]
    pub emitted: EmittedCardEvents,
}

/// State of a stored card.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum CardState {
    /// The verification of the card is in flight.
    Verifying,
    /// The payer has to act, for example authenticate with 3-D Secure.
    ActionRequired {
        /// The step that the payer has to take.
        action: Action,
    },
    /// The card is verified and can pay.
    Active,
    /// The verification failed, and the card is not stored.
    Failed {
        /// Reason of the failure, with advice.
        failure: Failure,
    },
    /// The outcome of the verification is unknown.
    Unknown {
        /// Reason why the outcome is unknown.
        failure: Failure,
    },
    /// The deletion is in flight: Stripe was asked to detach the PaymentMethod.
    Deleting {
        /// The state to restore when Stripe refuses the deletion.
        before: Box<CardState>,
    },
    /// The card is deleted and can no longer pay.
    Deleted,
}

impl Customer {
    /// A new customer without profile, registration and cards.
    pub fn new(
        id: uuid::Uuid,
        tenant: &TenantName,
        system: &PaymentSystem,
        reference: &CustomerId,
        now: Timestamp,
    ) -> Customer {
        Customer {
            id,
            tenant: tenant.clone(),
            payment_system: system.name.clone(),
            account: system.account.clone(),
            test_mode: system.test_mode,
            reference: reference.clone(),
            profile: Profile::default(),
            registration: Registration::Unregistered,
            cards: vec![],
            default_card: None,
            default_since: None,
            pending_sync: None,
            created: now,
            updated: now,
        }
    }

    /// Id of the customer at Stripe; `None` before the registration.
    pub fn processor_id(&self) -> Option<&str> {
        match &self.registration {
            Registration::Known { id, .. } => Some(id),
            Registration::Unregistered | Registration::Requested { .. } => None,
        }
    }

    /// The card with the token, also a deleted card.
    pub fn card(&self, token: &CardToken) -> Option<&StoredCard> {
        self.cards.iter().find(|card| card.token == *token)
    }

    /// As [`Customer::card`], with mutable access.
    pub fn card_mut(&mut self, token: &CardToken) -> Option<&mut StoredCard> {
        self.cards.iter_mut().find(|card| card.token == *token)
    }

    /// The card with the token, if the card can pay; otherwise a refusal with the state of the card.
    pub fn payable(&self, token: &CardToken) -> Result<&StoredCard, Refusal> {
        let card = self.card(token).ok_or(Refusal::CardNotFound)?;
        match &card.state {
            CardState::Active => Ok(card),
            CardState::Deleting { .. } | CardState::Deleted => {
                Err(Refusal::CardDeleted { card: token.to_string() })
            }
            CardState::Verifying
            | CardState::ActionRequired { .. }
            | CardState::Failed { .. }
            | CardState::Unknown { .. } => {
                Err(Refusal::CardNotUsable { card: token.to_string(), status: card.state.spoken() })
            }
        }
    }

    /// The card that pays when a request names no card: the chosen card, or else the newest card;
    /// only an active card.
    pub fn default_card(&self) -> Option<&StoredCard> {
        let active = |card: &&StoredCard| card.state == CardState::Active;
        let chosen = self.default_card.as_ref().and_then(|token| self.card(token)).filter(active);
        chosen.or_else(|| self.cards.iter().rfind(active))
    }

    /// The chosen default card and the time of the choice, if the card is active.
    fn chosen(&self) -> Option<(Timestamp, &StoredCard)> {
        let card = self.card(self.default_card.as_ref()?)?;
        self.default_since.zip((card.state == CardState::Active).then_some(card))
    }

    /// The newest attached card with the PaymentMethod id.
    pub fn card_of_method(&self, method: &str) -> Option<&StoredCard> {
        self.cards.iter().rfind(|card| card.attached && card.payment_method.as_str() == method)
    }

    /// Stores a card. A card with the same token stays unchanged.
    pub fn keep(&mut self, card: StoredCard, now: Timestamp) {
        if self.card(&card.token).is_none() {
            self.cards.push(card);
        }
        self.settle_default(now);
    }

    /// Chooses the card that pays when a request names no card.
    pub fn choose(&mut self, token: &CardToken, now: Timestamp) {
        self.default_card = Some(token.clone());
        self.default_since = Some(now);
    }

    /// Makes a card with `wants_default` the default card once the card is active. Without any default
    /// card, the newest active card becomes the default card without a time of choice.
    pub fn settle_default(&mut self, now: Timestamp) {
        let wanting = |card: &&mut StoredCard| card.wants_default && card.state == CardState::Active;
        let chosen = self.cards.iter_mut().filter(wanting).map(|card| {
            card.wants_default = false;
            card.token.clone()
        });
        if let Some(token) = chosen.last() {
            self.choose(&token, now);
        }
        if self.default_card.is_none() {
            self.default_card = self.default_card().map(|card| card.token.clone());
        }
    }

    /// Removes the oldest failed cards above the maximum: the card testing of a thousand stolen numbers
    /// must not grow the customer's row without limit.
    pub fn forget_failed(&mut self) {
        let failed = |card: &StoredCard| matches!(card.state, CardState::Failed { .. });
        let mut too_many =
            self.cards.iter().filter(|card| failed(card)).count().saturating_sub(MAX_FAILED_CARDS);
        self.cards.retain(|card| {
            let goes = too_many > 0 && failed(card);
            too_many = too_many.saturating_sub(usize::from(goes));
            !goes
        });
    }

    /// Resets a customer that Stripe does not know any more: Stripe has deleted the
    /// cards with the customer.
    pub fn forgotten(&mut self) {
        self.registration = Registration::Unregistered;
        for card in &mut self.cards {
            card.state = CardState::Deleted;
        }
    }

    /// Updates the active cards from Stripe's list. An active card that is missing in the list
    /// was removed at Stripe.
    pub fn compare(&mut self, at_stripe: &[MethodSnapshot]) {
        for card in self.cards.iter_mut().filter(|card| card.state == CardState::Active) {
            let there = at_stripe.iter().find(|method| method.id == card.payment_method.as_str());
            match there {
                None => card.state = CardState::Deleted,
                Some(method) => {
                    if let Some(shown) = &method.card {
                        card.card = shown.clone();
                    }
                }
            }
        }
    }
}

/// The default card of a customer across payment systems: the active card with the latest choice; without
/// any choice, the default card at the first payment system that has one.
pub fn default_among<'a>(
    customers: impl Iterator<Item = &'a Customer> + Clone,
) -> Option<(&'a Customer, &'a StoredCard)> {
    let chosen = customers.clone().filter_map(|customer| Some((customer.chosen()?, customer)));
    let latest = chosen.max_by_key(|((since, _), _)| *since);
    let latest = latest.map(|((_, card), customer)| (customer, card));
    latest.or_else(|| customers.clone().find_map(|customer| Some((customer, customer.default_card()?))))
}

impl CardState {
    /// Description of the state for a refusal.
    pub fn spoken(&self) -> &'static str {
        match self {
            CardState::Verifying => "being verified",
            CardState::ActionRequired { .. } => "waiting for the payer",
            CardState::Active => "active",
            CardState::Failed { .. } => "not kept, because its verification failed",
            CardState::Unknown { .. } => "being verified, and the outcome is not known yet",
            CardState::Deleting { .. } => "being deleted",
            CardState::Deleted => "deleted",
        }
    }
}
