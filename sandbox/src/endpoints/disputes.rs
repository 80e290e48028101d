//! `/v1/disputes`: evidence for a dispute, or the acceptance of a dispute.

use serde_json::Value;

use crate::endpoints::Plan;
use crate::error::{StripeError, StripeResult};
use crate::events::types::EventType;
use crate::expand::Kind;
use crate::form::Form;
use crate::metadata::MetadataChange;
use crate::objects::Object;
use crate::objects::dispute::{Dispute, DisputeStatus, EVIDENCE};
use crate::state::WorkContext;

/// The evidence and the metadata that a caller sends for a dispute.
#[derive(Debug)]
pub(crate) struct DisputeAnswer {
    evidence: Vec<(String, String)>,
    metadata: MetadataChange,
    submit: bool,
}

/// Parses `POST /v1/disputes/{id}`, which updates the evidence.
pub(crate) fn update(form: &Form, id: &str) -> StripeResult<Plan> {
    let (id, response) = (id.to_owned(), DisputeAnswer::read(form)?);
    Plan::object(form, Kind::Dispute, move |work| response.apply(work, &id))
}

/// Parses `POST /v1/disputes/{id}/close`, which accepts the dispute.
pub(crate) fn close(form: &Form, id: &str) -> StripeResult<Plan> {
    let id = id.to_owned();
    Plan::object(form, Kind::Dispute, move |work| accept(work, &id))
}

impl DisputeAnswer {
    /// Parses the evidence. Evidence is submitted unless `submit=false`.
    pub(crate) fn read(form: &Form) -> StripeResult<Self> {
        let evidence =
            |name: &&str| Some(((*name).to_owned(), form.last(&format!("evidence[{name}]"))?.to_owned()));
        Ok(Self {
            evidence: EVIDENCE.iter().filter_map(evidence).collect(),
            metadata: MetadataChange::read(form)?,
            submit: form.flag("submit")?.unwrap_or_else(|| form.has("evidence")),
        })
    }

    /// Updates the dispute, submits the evidence if requested, and shows the dispute.
    pub(crate) fn apply(self, work: &mut WorkContext<'_>, id: &str) -> StripeResult<Value> {
        let before = work.account.disputes.snapshot(id).ok_or_else(|| missing(id))?;
        if self.submit || !self.evidence.is_empty() {
            check_open(&before)?;
        }
        let mut dispute = Dispute { metadata: self.metadata.applied(&before.metadata)?, ..(*before).clone() };
        let has_evidence = self.evidence.iter().any(|(_, text)| !text.is_empty());
        for (name, text) in self.evidence {
            if text.is_empty() {
                dispute.evidence.remove(&name);
            } else {
                dispute.evidence.insert(name, text);
            }
        }
        dispute.answered = dispute.answered || has_evidence;
        let submitted = self.submit && dispute.answered;
        if submitted {
            work.submit(&mut dispute);
        }
        let after = work.account.disputes.put(dispute);
        let shown = after.show(work.render_context());
        let charge = work.account.charges.snapshot(&after.charge).filter(|_| submitted);
        work.emit_change(EventType::DisputeUpdated, before, after);
        if let Some(charge) = charge {
            work.emit(EventType::ChargeUpdated, charge);
        }
        Ok(shown)
    }
}

/// Accepts the loss of a dispute or closes an inquiry, and shows the dispute.
pub(crate) fn accept(work: &mut WorkContext<'_>, id: &str) -> StripeResult<Value> {
    let dispute = find(work, id)?;
    check_open(dispute)?;
    let status = if dispute.is_inquiry() { DisputeStatus::WarningClosed } else { DisputeStatus::Lost };
    work.close_dispute(id, status);
    Ok(find(work, id)?.show(work.render_context()))
}

fn check_open(dispute: &Dispute) -> StripeResult<()> {
    if dispute.is_closed() { Err(StripeError::invalid("This dispute is already closed")) } else { Ok(()) }
}

fn find<'a>(work: &'a WorkContext<'_>, id: &str) -> StripeResult<&'a Dispute> {
    work.account.disputes.get(id).ok_or_else(|| missing(id))
}

fn missing(id: &str) -> StripeError {
    StripeError::missing("dispute", id, "dispute")
}
