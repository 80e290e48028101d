//! Radar: reviews of payments, and the early fraud warnings of banks.

use std::sync::Arc;

use crate::bank::cards::TestBehaviour;
use crate::events::types::EventType;
use crate::objects::card::Card;
use crate::objects::charge::Charge;
use crate::objects::early_fraud_warning::{EarlyFraudWarning, FraudType};
use crate::objects::payment_intent::PaymentIntent;
use crate::objects::review::{ClosedReason, OpenedReason, Review};
use crate::state::WorkContext;

impl WorkContext<'_> {
    /// Places the payment under review if Radar rates the card as elevated risk. The event about the review
    /// follows with `announce_review`.
    pub(crate) fn review_by_behaviour(
        &mut self,
        intent: &mut PaymentIntent,
        charge: Arc<Charge>,
        card: &Card,
    ) -> Arc<Charge> {
        if card.behaviour != TestBehaviour::ElevatedRisk {
            return charge;
        }
        intent.review = Some(self.add_review(&charge, OpenedReason::Rule).id.clone());
        self.account.charges.snapshot(&charge.id).unwrap_or(charge)
    }

    /// Emits `review.opened` for a payment that is under review.
    pub(crate) fn announce_review(&mut self, intent: &PaymentIntent) {
        let review = intent.review.as_deref().and_then(|id| self.account.reviews.snapshot(id));
        if let Some(review) = review {
            self.emit(EventType::ReviewOpened, review);
        }
    }

    /// Opens the review of a PaymentIntent by a person, unless an open review exists.
    pub(crate) fn open_review(&mut self, intent: &str) -> Option<Arc<Review>> {
        let charge = self.account.payment_intents.get(intent)?.latest_charge.clone()?;
        let charge = self.account.charges.snapshot(&charge)?;
        if charge.review.as_deref().is_some_and(|id| self.is_open(id)) {
            return None;
        }
        let review = self.add_review(&charge, OpenedReason::Manual);
        self.account.payment_intents.get_mut(intent)?.review = Some(review.id.clone());
        self.emit(EventType::ReviewOpened, Arc::<Review>::clone(&review));
        Some(review)
    }

    fn add_review(&mut self, charge: &Charge, opened: OpenedReason) -> Arc<Review> {
        let review = self.account.reviews.put(Review {
            id: self.ids.fresh("prv"),
            created: self.now.as_second(),
            payment_intent: charge.payment_intent.clone(),
            billing_zip: charge.billing.address.postal_code.clone(),
            opened,
            closed: None,
        });
        if let Some(charge) = self.account.charges.get_mut(&charge.id) {
            charge.review = Some(review.id.clone());
        }
        review
    }

    fn is_open(&self, review: &str) -> bool {
        self.account.reviews.get(review).is_some_and(|review| review.closed.is_none())
    }

    /// Closes an open review, and emits `review.closed`.
    pub(crate) fn close_review(&mut self, id: &str, reason: ClosedReason) -> Option<Arc<Review>> {
        if !self.is_open(id) {
            return None;
        }
        self.account.reviews.get_mut(id)?.closed = Some(reason);
        let review = self.account.reviews.snapshot(id)?;
        self.emit(EventType::ReviewClosed, Arc::<Review>::clone(&review));
        Some(review)
    }

    /// Applies the end of a charge to Radar, because the charge was refunded in full, disputed or canceled:
    /// an open review is closed, and no early fraud warning is actionable any more.
    pub(crate) fn settle_radar(&mut self, charge: &str, reason: ClosedReason) {
        if let Some(review) = self.account.charges.get(charge).and_then(|charge| charge.review.clone()) {
            self.close_review(&review, reason);
        }
        let warnings = self.account.early_fraud_warnings.newest_first();
        let actionable: Vec<String> = warnings
            .filter(|warning| warning.charge == charge && warning.actionable)
            .map(|warning| warning.id.clone())
            .collect();
        for id in actionable {
            self.end_warning(&id);
        }
    }

    fn end_warning(&mut self, id: &str) -> Option<()> {
        let before = self.account.early_fraud_warnings.snapshot(id)?;
        self.account.early_fraud_warnings.get_mut(id)?.actionable = false;
        let after = self.account.early_fraud_warnings.snapshot(id)?;
        self.emit_change(EventType::EarlyFraudWarningUpdated, before, after);
        Some(())
    }

    /// Makes the early fraud warning that the test card always causes.
    pub(crate) fn warn_by_behaviour(&mut self, charge: &Charge, card: &Card) {
        if card.behaviour == TestBehaviour::FraudWarning {
            self.warn_of_fraud(charge, FraudType::MadeWithStolenCard);
        }
    }

    /// Makes an early fraud warning about a charge, and emits `radar.early_fraud_warning.created`.
    pub(crate) fn warn_of_fraud(&mut self, charge: &Charge, fraud_type: FraudType) -> Arc<EarlyFraudWarning> {
        let warning = self.account.early_fraud_warnings.put(EarlyFraudWarning {
            id: self.ids.fresh("issfr"),
            created: self.now.as_second(),
            charge: charge.id.clone(),
            payment_intent: charge.payment_intent.clone(),
            fraud_type,
            actionable: charge.disputes.is_empty() && charge.refunded < charge.amount,
        });
        self.emit(EventType::EarlyFraudWarningCreated, Arc::<EarlyFraudWarning>::clone(&warning));
        warning
    }
}
