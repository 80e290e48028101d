//! The course of a mandate: the owner of an account revokes the agreement, or renews the agreement.

use crate::events::types::EventType;
use crate::objects::mandate::MandateStatus;
use crate::objects::payment_method::PaymentMethod;
use crate::state::WorkContext;

impl WorkContext<'_> {
    /// Changes the status of a mandate, and emits `mandate.updated` if the status is another one. Returns
    /// none if there is no such mandate.
    pub(crate) fn change_mandate(&mut self, id: &str, status: MandateStatus) -> Option<()> {
        let before = self.account.mandates.snapshot(id)?;
        if before.status != status {
            self.account.mandates.get_mut(id)?.status = status;
            let after = self.account.mandates.snapshot(id)?;
            self.emit_change(EventType::MandateUpdated, before, after);
        }
        Some(())
    }

    /// Ends the mandates of a PaymentMethod that cannot be debited any more.
    pub(crate) fn end_mandates_of(&mut self, method: &PaymentMethod) {
        let mandates = self.account.mandates.newest_first();
        let active: Vec<String> = mandates
            .filter(|mandate| mandate.payment_method == method.id && mandate.status == MandateStatus::Active)
            .map(|mandate| mandate.id.clone())
            .collect();
        for id in active {
            self.change_mandate(&id, MandateStatus::Inactive);
        }
    }
}
