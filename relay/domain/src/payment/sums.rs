//! Sums over the amounts of a payment. Refunds and disputes are in the payment's currency, because
//! others are not believed, so no sum fails; an error of a sum means a damaged row.

use causeway::{
    currency::Currency,
    money::{Money, PositiveMoney, SumError},
};

use super::{DisputeState, Payment, Refund, RefundState, State};

impl Payment {
    /// The currency of the payment and of all its refunds and disputes.
    pub fn currency(&self) -> Currency {
        self.order.amount.currency()
    }

    /// Sum of the refunds with a state that `which` selects.
    pub fn refunded(&self, which: impl Fn(&RefundState) -> bool) -> Result<Money, SumError> {
        let refunds = self.refunds.iter().filter(|refund| which(&refund.state));
        Money::sum(self.currency(), refunds.map(|refund| refund.amount))
    }

    /// Sum of the disputes with a state that `which` selects.
    pub fn disputed(&self, which: impl Fn(DisputeState) -> bool) -> Result<Money, SumError> {
        let disputes = self.disputes.iter().filter(|dispute| which(dispute.state));
        Money::sum(self.currency(), disputes.map(|dispute| dispute.amount))
    }

    /// The refundable rest: captured less counting refunds and disputed money. Refunds and disputes
    /// together may take more than was captured, and then nothing is left.
    pub fn left(&self) -> Result<Money, SumError> {
        let captured = self.captured().map_or(Money::zero(self.currency()), PositiveMoney::money);
        // Stripe refunds no amount under dispute, and a lost dispute has taken the amount.
        let disputed = self.disputed(DisputeState::holds_money)?;
        captured.excess_over(self.refunded(RefundState::counts)?.checked_add(disputed)?)
    }

    /// By how much the held or captured amount exceeds the amount due; zero without an amount due.
    pub fn overpaid(&self) -> Result<Money, SumError> {
        let nothing = Money::zero(self.currency());
        let Some(due) = self.order.amount_due else { return Ok(nothing) };
        let paid = match &self.state {
            State::Captured { captured } => *captured,
            State::Authorized { .. } => self.order.amount,
            State::Started
            | State::ActionRequired { .. }
            | State::Pending
            | State::Declined { .. }
            | State::Unknown { .. }
            | State::Released
            | State::Expired { .. }
            | State::NotCharged
            | State::Canceled => return Ok(nothing),
        };
        paid.money().excess_over(due)
    }

    /// Whether money is held, or captured and neither refunded nor in a pending refund nor disputed.
    pub fn holds_money(&self) -> Result<bool, SumError> {
        Ok(matches!(self.state, State::Authorized { .. }) || !self.left()?.is_zero())
    }

    /// Whether the payment was given up and the money still has to go back. A refund that failed is not
    /// repeated automatically: the repetition would fail too.
    pub fn must_compensate(&self) -> Result<bool, SumError> {
        let Some(given) = &self.given_up else { return Ok(false) };
        let tried = |refund: &&Refund| !refund.is_foreign() && refund.created >= given.at;
        let may_be_tried = self.refunds.iter().filter(tried).all(|refund| refund.state.counts());
        Ok(may_be_tried && self.holds_money()?)
    }
}
