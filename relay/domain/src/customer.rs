//! A customer of a tenant at one payment system, and the cards that are kept there.
//! Pure: no clock, disk or network.

use causeway::{
    order::{self, Reuse, customer::Details},
    refusal::Refusal,
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

/// Which events a card makes, and which it has made.
mod event_projection;
/// How what Stripe says moves them.
pub mod observe;
/// A customer and the cards as billing sees them.
pub mod wire;

pub use event_projection::CardTold;

/// Failed cards of a customer that are remembered.
const MOST_FAILED: usize = 20;

/// A customer at one payment system.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Customer {
    /// Ours.
    pub id: uuid::Uuid,
    /// Whose.
    pub tenant: TenantName,
    /// Name of the payment system.
    pub payment_system: String,
    /// The Stripe account, where the operator told it; otherwise empty.
    pub account: String,
    /// True when no real money moves.
    pub test_mode: bool,
    /// Billing's own id.
    pub reference: CustomerId,
    /// What billing told last.
    pub profile: Profile,
    /// Whether Stripe knows them.
    pub registration: Registration,
    /// Cards, oldest first, also those that are gone.
    pub cards: Vec<StoredCard>,
    /// Which one pays when none is named.
    pub default_card: Option<CardToken>,
    /// When that was chosen; `None` where nobody chose. With several payment systems the
    /// latest choice counts.
    #[serde(default)]
    pub default_since: Option<Timestamp>,
    /// What the hourly run is to do.
    #[serde(default)]
    pub wish: Option<Wish>,
    /// When they were first heard of.
    pub created: Timestamp,
    /// When anything last changed.
    pub updated: Timestamp,
}

/// What the hourly run is to do with a customer.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Wish {
    /// Make them at Stripe, or tell what has changed.
    Register {
        /// What billing told.
        told: Box<Profile>,
    },
    /// Delete them at Stripe, and their cards with them.
    Delete,
}

impl Wish {
    /// Its name in the journal.
    pub fn as_str(&self) -> &'static str {
        match self {
            Wish::Register { .. } => "REGISTER",
            Wish::Delete => "DELETE",
        }
    }
}

/// What is known of a customer.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Profile {
    /// A valid email.
    #[serde(default)]
    pub email: Option<Email>,
    /// Everything else.
    #[serde(flatten)]
    pub details: Details,
}

impl Profile {
    /// With what was told now laid over it; what was not told stays.
    pub fn with(&self, told: &order::Customer) -> Profile {
        let (before, now) = (self.details.clone(), told.details.clone());
        Profile {
            email: told.email.valid().cloned().or_else(|| self.email.clone()),
            details: Details {
                name: now.name.or(before.name),
                phone: now.phone.or(before.phone),
                address: now.address.or(before.address),
                language: now.language.or(before.language),
            },
        }
    }
}

/// Whether Stripe knows a customer.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Registration {
    /// It was never told.
    Nowhere,
    /// It was asked to make one, and the answer is not there yet. The same bytes under
    /// the same key make no second one.
    Asked {
        /// What it was asked.
        request: ProcessorRequest,
        /// What that told.
        told: Profile,
        /// Under which key.
        key: IdempotencyKey,
        /// When first.
        at: Timestamp,
    },
    /// It does.
    Known {
        /// "cus_…"
        id: String,
        /// What it was told last.
        told: Profile,
    },
}

/// A card that is kept, or was.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct StoredCard {
    /// Ours.
    pub token: CardToken,
    /// The request that gave it.
    pub request_id: RequestId,
    /// Stripe's.
    pub payment_method: PaymentMethodId,
    /// "seti_…" of its verification; none where a payment verified it.
    pub setup_intent: Option<String>,
    /// As Stripe showed it.
    pub card: Card,
    /// Which type of payment method it counts as: "card", "apple_pay", …
    pub kind: String,
    /// How it may be used.
    pub reuse: Reuse,
    /// Whether it is to become the default card.
    pub wants_default: bool,
    /// When it was given.
    pub created: Timestamp,
    /// Where it stands.
    pub state: CardState,
    /// Whether its PaymentMethod is this customer's at Stripe, or was.
    #[serde(default)]
    pub attached: bool,
    /// Which events there were of it.
    #[serde(default)]
    pub told: CardTold,
}

/// Where a kept card stands.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum CardState {
    /// Being verified.
    Verifying,
    /// The payer has to act.
    ActionRequired {
        /// What.
        action: Action,
    },
    /// It can pay.
    Active,
    /// It is not kept.
    Failed {
        /// Why.
        failure: Failure,
    },
    /// Nobody knows yet.
    Unknown {
        /// Why not.
        failure: Failure,
    },
    /// Stripe was asked to forget it.
    Deleting {
        /// Where it stood, should Stripe say no.
        before: Box<CardState>,
    },
    /// Forgotten.
    Deleted,
}

impl Customer {
    /// A customer that nobody has heard of.
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
            registration: Registration::Nowhere,
            cards: vec![],
            default_card: None,
            default_since: None,
            wish: None,
            created: now,
            updated: now,
        }
    }

    /// Stripe's id, once it is known.
    pub fn processor_id(&self) -> Option<&str> {
        match &self.registration {
            Registration::Known { id, .. } => Some(id),
            Registration::Nowhere | Registration::Asked { .. } => None,
        }
    }

    /// A card, also one that is gone.
    pub fn card(&self, token: &CardToken) -> Option<&StoredCard> {
        self.cards.iter().find(|card| card.token == *token)
    }

    /// As [`Customer::card`], to change it.
    pub fn card_mut(&mut self, token: &CardToken) -> Option<&mut StoredCard> {
        self.cards.iter_mut().find(|card| card.token == *token)
    }

    /// A card that can pay.
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

    /// The card that pays when none is named: the one that was chosen, or else the newest,
    /// of those that can pay.
    pub fn default_card(&self) -> Option<&StoredCard> {
        let active = |card: &&StoredCard| card.state == CardState::Active;
        let chosen = self.default_card.as_ref().and_then(|token| self.card(token)).filter(active);
        chosen.or_else(|| self.cards.iter().rfind(active))
    }

    /// The card that was chosen and can pay, and when that was.
    fn chosen(&self) -> Option<(Timestamp, &StoredCard)> {
        let card = self.card(self.default_card.as_ref()?)?;
        self.default_since.zip((card.state == CardState::Active).then_some(card))
    }

    /// The attached card that is a PaymentMethod of Stripe's.
    pub fn card_of_method(&self, method: &str) -> Option<&StoredCard> {
        self.cards.iter().rfind(|card| card.attached && card.payment_method.as_str() == method)
    }

    /// Keeps a card. One that is kept already stays as it is.
    pub fn keep(&mut self, card: StoredCard, now: Timestamp) {
        if self.card(&card.token).is_none() {
            self.cards.push(card);
        }
        self.settle_default(now);
    }

    /// Chooses the card that pays when none is named.
    pub fn choose(&mut self, token: &CardToken, now: Timestamp) {
        self.default_card = Some(token.clone());
        self.default_since = Some(now);
    }

    /// A card that wanted to be the default one is, as soon as it can pay. The first card
    /// is without having been chosen.
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

    /// Cards that failed are remembered for a while only: whoever tries a thousand stolen
    /// ones must not make a customer larger and larger.
    pub fn forget_failed(&mut self) {
        let failed = |card: &StoredCard| matches!(card.state, CardState::Failed { .. });
        let mut too_many = self.cards.iter().filter(|card| failed(card)).count().saturating_sub(MOST_FAILED);
        self.cards.retain(|card| {
            let goes = too_many > 0 && failed(card);
            too_many = too_many.saturating_sub(usize::from(goes));
            !goes
        });
    }

    /// Stripe does not know the customer any more, and has forgotten the cards with them.
    pub fn forgotten(&mut self) {
        self.registration = Registration::Nowhere;
        for card in &mut self.cards {
            card.state = CardState::Deleted;
        }
    }

    /// Lays Stripe's list of the customer's cards over ours: what is not on it was
    /// removed there.
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

/// The one card of a customer that pays when none is named: of those that were chosen and
/// can pay, the latest choice; where nobody chose, the first payment system's.
pub fn default_among<'a>(
    customers: impl Iterator<Item = &'a Customer> + Clone,
) -> Option<(&'a Customer, &'a StoredCard)> {
    let chosen = customers.clone().filter_map(|customer| Some((customer.chosen()?, customer)));
    let latest = chosen.max_by_key(|((since, _), _)| *since);
    let latest = latest.map(|((_, card), customer)| (customer, card));
    latest.or_else(|| customers.clone().find_map(|customer| Some((customer, customer.default_card()?))))
}

impl CardState {
    /// Where it stands, for a refusal.
    pub fn spoken(&self) -> &'static str {
        match self {
            CardState::Verifying => "being verified",
            CardState::ActionRequired { .. } => "waiting for the payer",
            CardState::Active => "active",
            CardState::Failed { .. } => "not kept, because its verification failed",
            CardState::Unknown { .. } => "being verified, and nobody knows the outcome yet",
            CardState::Deleting { .. } => "being deleted",
            CardState::Deleted => "deleted",
        }
    }
}
