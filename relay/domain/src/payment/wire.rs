//! The payment in the messages of the contract.

use std::cmp::Ordering;

use causeway::{
    bounds,
    card::Brand,
    money::{PositiveMoney, SumError},
    request::lookup::moment_to_wire,
    text::CardToken,
    v1,
};

use super::{
    Abandoned, Action, Card, Dispute, DisputeState, Facts, Origin, Payment, Refund, RefundState, State,
    failure::Failure,
};
use crate::transition::Outcome;

impl Payment {
    /// The payment as a message of the contract, with the client secret of an open action, and
    /// never larger than an answer may be.
    pub fn to_wire(&self) -> Result<v1::Payment, SumError> {
        let order = &self.order;
        let pending = |state: &RefundState| state.counts() && *state != RefundState::Succeeded;
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        let mut wire = v1::Payment {
            id: self.id.to_string(),
            status: self.status().into(),
            amount: Some(order.amount.to_wire()),
            captured: self.captured().map(PositiveMoney::to_wire),
            refunded: self.refunded(|state| *state == RefundState::Succeeded)?.to_wire_unless_zero(),
            refund_pending: self.refunded(pending)?.to_wire_unless_zero(),
            disputed: self.disputed(|state| !state.is_closed() && state.holds_money())?.to_wire_unless_zero(),
            capture_mode: self.capture_mode.to_wire().into(),
            billing_reference: text(order.reference.as_ref().map(|reference| reference.as_str())),
            request_id: order.request_id.to_string(),
            payment_system: self.payment_system.clone(),
            test_mode: self.test_mode,
            processing_mode: self.origin.to_wire().into(),
            created: Some(moment_to_wire(self.created)),
            updated: Some(moment_to_wire(self.updated)),
            hold_expires: self.hold_expires().map(moment_to_wire),
            card: self.facts.card_to_wire(),
            checks: self.facts.checks_to_wire(),
            processor_ids: self.facts.ids_to_wire(self.test_mode),
            action: self.action().map(Action::to_wire),
            failure: self.failure().map(Failure::to_wire),
            refunds: self.refunds.iter().map(Refund::to_wire).collect(),
            metadata: order
                .metadata
                .iter()
                .map(|(key, value)| (key.to_string(), value.to_string()))
                .collect(),
            description: text(order.description.as_ref().map(|description| description.as_str())),
            customer_id: text(order.payer.as_ref().map(|payer| payer.as_str())),
            card_token: text(self.card_token().map(|token| token.as_str())),
            off_session: order.off_session,
            disputes: self.disputes.iter().map(Dispute::to_wire).collect(),
            charged_back: self.disputed(|state| state == DisputeState::Lost)?.to_wire_unless_zero(),
            amount_due: order.amount_due.map(PositiveMoney::to_wire),
            overpaid_by: self.overpaid()?.to_wire_unless_zero(),
            given_up: self.given_up.as_ref().map(Abandoned::to_wire),
            contradictions: self.contradictions.iter().map(|said| said.what.clone()).collect(),
            former_payment_intents: self.former_intents.clone(),
            fully_refunded: self.is_fully_refunded()?,
            accepted_rules: self.accepted_rules.iter().map(ToString::to_string).collect(),
            records_left_out: 0,
        };
        bounds::fit(&mut wire);
        Ok(wire)
    }

    /// Whether succeeded refunds cover the whole captured amount.
    fn is_fully_refunded(&self) -> Result<bool, SumError> {
        let Some(captured) = self.captured() else { return Ok(false) };
        let refunded = self.refunded(|state| *state == RefundState::Succeeded)?;
        refunded.compare(captured).map(Ordering::is_ge)
    }

    /// The payment for an event: without the client secret, which is for the payer's browser alone.
    pub fn to_event(&self) -> Result<v1::Payment, SumError> {
        let wire = self.to_wire()?;
        let action = wire.action.map(|action| v1::Action { client_secret: String::new(), ..action });
        Ok(v1::Payment { action, ..wire })
    }

    /// Token of the stored card that paid, or that this payment has stored.
    fn card_token(&self) -> Option<&CardToken> {
        let made = self.order.store_card.is_none() || self.keeps_card();
        self.order.card_token.as_ref().filter(|_| made)
    }

    /// Time at which the current hold lapses, or at which the expired hold lapsed; `None` in other states.
    pub fn hold_expires(&self) -> Option<jiff::Timestamp> {
        match &self.state {
            State::Authorized { hold_expires } => *hold_expires,
            State::Expired { at } => *at,
            State::Started
            | State::ActionRequired { .. }
            | State::Pending
            | State::Captured { .. }
            | State::Declined { .. }
            | State::Unknown { .. }
            | State::Released
            | State::NotCharged
            | State::Canceled => None,
        }
    }

    fn action(&self) -> Option<&Action> {
        if let State::ActionRequired { action, .. } = &self.state { Some(action) } else { None }
    }

    fn failure(&self) -> Option<&Failure> {
        match &self.state {
            State::Declined { failure } | State::Unknown { failure } => Some(failure),
            State::ActionRequired { failure, .. } => failure.as_ref(),
            State::Started
            | State::Pending
            | State::Authorized { .. }
            | State::Captured { .. }
            | State::Released
            | State::Expired { .. }
            | State::NotCharged
            | State::Canceled => None,
        }
    }
}

impl Facts {
    fn card_to_wire(&self) -> Option<v1::Card> {
        self.card.as_ref().map(Card::to_wire)
    }

    fn checks_to_wire(&self) -> Option<v1::Checks> {
        self.charge.as_ref()?;
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        Some(v1::Checks {
            authorization_code: text(&self.authorization_code),
            avs_line1: text(&self.avs_line1),
            avs_postal_code: text(&self.avs_postal_code),
            cvc: text(&self.cvc),
            network_transaction_id: text(&self.network_transaction_id),
        })
    }

    fn ids_to_wire(&self, test_mode: bool) -> Option<v1::ProcessorIds> {
        let intent = self.payment_intent.as_ref()?;
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let test = if test_mode { "test/" } else { "" };
        Some(v1::ProcessorIds {
            payment_intent: intent.clone(),
            charge: text(&self.charge),
            balance_transaction: text(&self.balance_transaction),
            dashboard_url: format!("https://dashboard.stripe.com/{test}payments/{intent}"),
            request: text(&self.request),
        })
    }
}

impl Card {
    /// The card as a message of the contract.
    pub fn to_wire(&self) -> v1::Card {
        v1::Card {
            brand: self.brand.clone(),
            last4: self.last4.clone(),
            exp_month: self.exp_month,
            exp_year: self.exp_year,
        }
    }

    /// Name of the card for lists: "Visa ****4242 12/2034".
    pub fn display_name(&self) -> String {
        let known = Brand::parse(&self.brand).map(Brand::spoken);
        let brand = known.unwrap_or(self.brand.as_str());
        format!("{brand} ****{} {:02}/{}", self.last4, self.exp_month, self.exp_year)
    }
}

impl Action {
    /// The action as a message of the contract, with the client secret.
    pub fn to_wire(&self) -> v1::Action {
        v1::Action {
            r#type: self.kind.clone(),
            client_secret: self.client_secret.clone(),
            redirect_url: self.redirect_url.clone(),
        }
    }
}

impl Origin {
    /// The processing mode in the contract.
    pub fn to_wire(self) -> v1::ProcessingMode {
        match self {
            Origin::Internal => v1::ProcessingMode::Internal,
            Origin::External => v1::ProcessingMode::External,
        }
    }
}

impl Abandoned {
    /// The record as a message of the contract.
    fn to_wire(&self) -> v1::GivenUp {
        v1::GivenUp {
            reason: self.reason.to_wire().into(),
            note: self.note.as_ref().map(ToString::to_string).unwrap_or_default(),
            at: Some(moment_to_wire(self.at)),
            request_id: self.request_id.to_string(),
        }
    }
}

impl Dispute {
    /// The dispute as a message of the contract.
    pub fn to_wire(&self) -> v1::DisputeRecord {
        v1::DisputeRecord {
            id: self.id.clone(),
            status: self.state.to_wire().into(),
            amount: Some(self.amount.to_wire()),
            reason: self.reason.clone(),
            opened: Some(moment_to_wire(self.opened)),
            due_by: self.due_by.map(moment_to_wire),
            submissions: i32::try_from(self.submissions).unwrap_or(i32::MAX),
            balance_transactions: self.balance_transactions.clone(),
        }
    }
}

impl Refund {
    /// The refund as a message of the contract; the failure only with a failed, declined or unknown refund.
    pub fn to_wire(&self) -> v1::RefundRecord {
        let (status, failure) = match &self.state {
            RefundState::Submitted => (v1::RefundStatus::Submitted, None),
            RefundState::Rejected => (v1::RefundStatus::Rejected, None),
            RefundState::Started => (v1::RefundStatus::Started, None),
            RefundState::Pending => (v1::RefundStatus::Pending, None),
            RefundState::Succeeded => (v1::RefundStatus::Succeeded, None),
            RefundState::Failed { failure } => (v1::RefundStatus::Failed, Some(failure)),
            RefundState::Canceled => (v1::RefundStatus::Canceled, None),
            RefundState::Declined { failure } => (v1::RefundStatus::Declined, Some(failure)),
            RefundState::Unknown { failure } => (v1::RefundStatus::Unknown, Some(failure)),
        };
        v1::RefundRecord {
            id: self.id.to_string(),
            status: status.into(),
            amount: Some(self.amount.to_wire()),
            reason: self.reason.map_or(v1::RefundReason::Unspecified, |reason| reason.to_wire()).into(),
            note: self.note.as_ref().map(ToString::to_string).unwrap_or_default(),
            processor_id: self.processor_id.clone().unwrap_or_default(),
            balance_transaction: self.balance_transaction.clone().unwrap_or_default(),
            created: Some(moment_to_wire(self.created)),
            request_id: self.request_id.as_ref().map(ToString::to_string).unwrap_or_default(),
            failure: failure.map(Failure::to_wire),
            source: if self.is_foreign() { "dashboard" } else { "api" }.to_owned(),
            failure_balance_transaction: self.failure_balance_transaction.clone().unwrap_or_default(),
            requested_by: self.requested_by.as_ref().map(ToString::to_string).unwrap_or_default(),
            decided_by: self.decision.as_ref().map(|decision| decision.by.to_string()).unwrap_or_default(),
        }
    }
}

impl Outcome {
    /// The result of an operation, with the payment after the operation.
    /// The engine sets `duplicate` and `stored_card`.
    pub fn to_wire(&self, payment: &Payment) -> Result<v1::OperationResult, SumError> {
        let (outcome, failure) = self.parts();
        Ok(v1::OperationResult {
            payment: Some(payment.to_wire()?),
            outcome: outcome.into(),
            duplicate: false,
            failure: failure.map(Failure::to_wire),
            stored_card: None,
        })
    }

    /// Name of the outcome in the contract, and the failure that belongs to the outcome.
    pub fn parts(&self) -> (v1::Outcome, Option<&Failure>) {
        match self {
            Outcome::Approved => (v1::Outcome::Approved, None),
            Outcome::Declined(failure) => (v1::Outcome::Declined, Some(failure)),
            Outcome::ActionRequired(failure) => (v1::Outcome::ActionRequired, failure.as_ref()),
            Outcome::Pending => (v1::Outcome::Pending, None),
            Outcome::Unknown(failure) => (v1::Outcome::Unknown, Some(failure)),
        }
    }
}
