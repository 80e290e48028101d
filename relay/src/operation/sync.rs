//! Look at a payment at Stripe with all that hangs on it, and write down what is new:
//! where webhooks, polls, jobs and people end.

use causeway::{order::PaymentId, refusal::Refusal, tenant::TenantName};
use jiff::Timestamp;

use super::{Desk, unwritable};
use crate::{
    journal::{Changes, JournalError, Kind, PaymentChange, Source, Step, Versioned, Written},
    payment::{
        AlarmKind, Payment,
        observation::{Observation, Pulled, Way},
        observe::{self, Asked, Moved, Outcome},
        subject::customer_after,
    },
    processor::Processor,
    stripe::{
        client::Asked as Heard,
        idempotency::IdempotencyKey,
        lists, paths,
        view::{ChargeOrId, Dispute, Intent, Refund},
    },
};

/// Pages of a hundred refunds that are read of one payment.
const MOST_PAGES: usize = 20;
/// How much earlier or later than by our clock Stripe may have made something, seconds.
pub(super) const CLOCKS: i64 = 600;

impl Desk {
    /// Looks at a payment at Stripe and folds what is seen into it. Gives the payment as it
    /// is now, and whether anything was new.
    pub(crate) async fn sync(
        &self,
        tenant: &TenantName,
        id: PaymentId,
        way: &Way,
    ) -> Result<(Payment, bool), Refusal> {
        let found = self.journal.payment(tenant, id).await.map_err(unwritable)?;
        let payment = found.ok_or(Refusal::PaymentNotFound)?.it;
        let processor = self.processor(&payment)?;
        let (sent, key) = self.last_asked(&payment).await?;
        let mut found = find(processor, &payment, sent).await?;
        if let Some(key) = key.filter(|_| found.is_none() && payment.has_reused_key()) {
            found = self.adopt(&payment, (&key, sent)).await?;
        }
        let Some(intent) = found else { return self.missed(payment, sent).await };
        let seen = Observation::Pulled(Box::new(pull(processor, &payment, intent).await?));
        self.observe(tenant, id, &seen, way).await.map_err(unwritable)
    }

    /// Folds news into a payment, whatever else moves it meanwhile. What brings nothing new
    /// writes nothing.
    pub(crate) async fn observe(
        &self,
        tenant: &TenantName,
        id: PaymentId,
        seen: &Observation,
        way: &Way,
    ) -> Result<(Payment, bool), JournalError> {
        loop {
            let Some(Versioned { it: before, version }) = self.journal.payment(tenant, id).await? else {
                return Err(JournalError::Corrupt(format!("payment {id} has gone")));
            };
            let now = self.surroundings.now();
            let Moved { mut payment, outcome, note, foreign } =
                observe::fold(before.clone(), Asked::Nothing, seen.clone(), now);
            if payment == before {
                return Ok((payment, false));
            }
            payment.updated = now;
            let customer = customer_of(self, &payment, &outcome).await?;
            let source = if foreign { Source::Dashboard } else { way.source };
            let step = Step {
                at: now,
                from: Some(before.status()),
                to: payment.status(),
                operation: None,
                source,
                note,
                reference: way.reference.clone(),
            };
            let change = PaymentChange { payment: payment.clone(), basis: Some(version), step };
            let changes = Changes { payment: Some(change), customer };
            causeway_runtime::failpoint!("relay.news.before_write");
            if self.journal.change(changes).await? == Written::Done {
                causeway_runtime::failpoint!("relay.news.written");
                tracing::info!(payment = %id, source = source.as_str(), "news of a payment was written down");
                return Ok((payment, true));
            }
        }
    }

    /// When Stripe was last asked for it, and under which key.
    async fn last_asked(&self, payment: &Payment) -> Result<(Timestamp, Option<IdempotencyKey>), Refusal> {
        let asked = self.journal.operation(&payment.tenant, &payment.order.request_id).await;
        let asked = asked.map_err(unwritable)?;
        Ok(asked.map_or((payment.created, None), |asked| (asked.sent, Some(asked.idempotency_key))))
    }

    /// Stripe knows no PaymentIntent of it. What was never begun there can be closed after
    /// a day; what was is for somebody to look at.
    async fn missed(&self, payment: Payment, sent: Timestamp) -> Result<(Payment, bool), Refusal> {
        let Some(intent) = payment.facts.payment_intent.clone() else {
            return self.never_there(payment, sent).await;
        };
        let what = format!(
            "Stripe does not know {intent} of this payment; compare the payment system's key and account with those it was made with"
        );
        let id = payment.id;
        let tenant = payment.tenant.clone();
        let note = |payment: &mut Payment, _| {
            payment.contradict(AlarmKind::MissingAtProcessor, what.clone());
            what.clone()
        };
        self.amend(&tenant, id, Source::Recovery, None, note).await.map_err(unwritable)
    }

    /// Changes a payment by something other than what Stripe shows of it.
    pub(crate) async fn amend(
        &self,
        tenant: &TenantName,
        id: PaymentId,
        source: Source,
        operation: Option<(Kind, causeway::text::RequestId)>,
        change: impl Fn(&mut Payment, Timestamp) -> String,
    ) -> Result<(Payment, bool), JournalError> {
        loop {
            let Some(Versioned { it: before, version }) = self.journal.payment(tenant, id).await? else {
                return Err(JournalError::Corrupt(format!("payment {id} has gone")));
            };
            let now = self.surroundings.now();
            let mut payment = before.clone();
            let note = change(&mut payment, now);
            if payment == before {
                return Ok((payment, false));
            }
            payment.updated = now;
            let step = Step {
                at: now,
                from: Some(before.status()),
                to: payment.status(),
                operation: operation.clone(),
                source,
                note,
                reference: None,
            };
            let change = PaymentChange { payment: payment.clone(), basis: Some(version), step };
            if self.journal.change(Changes::of_payment(change)).await? == Written::Done {
                return Ok((payment, true));
            }
        }
    }
}

async fn customer_of(
    desk: &Desk,
    payment: &Payment,
    outcome: &Outcome,
) -> Result<Option<crate::journal::CustomerChange>, JournalError> {
    if !payment.keeps_card() {
        return Ok(None);
    }
    customer_after(desk.journal.as_ref(), payment, outcome, desk.surroundings.now()).await
}

/// The PaymentIntent of a payment: by its id, or by our marks among those that were made
/// around the moment at which it was asked for. `None`: Stripe says that there is none.
async fn find(
    processor: &dyn Processor,
    payment: &Payment,
    sent: Timestamp,
) -> Result<Option<Intent>, Refusal> {
    let Some(id) = &payment.facts.payment_intent else { return find_by_mark(processor, payment, sent).await };
    match processor.examine(&paths::intent(id)).await {
        Heard::Done { object, .. } => serde_json::from_value(object)
            .map(Some)
            .map_err(|error| Refusal::ProcessorSilent { why: format!("not a PaymentIntent: {error}") }),
        Heard::Refused { error, .. } if error.body.code() == "resource_missing" => Ok(None),
        Heard::Refused { error, .. } => {
            Err(Refusal::ProcessorSilent { why: format!("HTTP {} to a look-up", error.status) })
        }
        Heard::Unknown { why } | Heard::Kept { why } | Heard::KeyReused { why } => {
            Err(Refusal::ProcessorSilent { why })
        }
    }
}

async fn find_by_mark(
    processor: &dyn Processor,
    payment: &Payment,
    sent: Timestamp,
) -> Result<Option<Intent>, Refusal> {
    // Clocks differ, and a try lasts some minutes with its repetitions.
    let (from, to) = (payment.created.as_second(), sent.as_second());
    let path = paths::intents(from.saturating_sub(CLOCKS), to.max(from).saturating_add(CLOCKS));
    let silent = || Refusal::ProcessorSilent { why: "the list of PaymentIntents".to_owned() };
    let listed: Vec<Intent> = lists::all(processor, &path, 100).await.ok_or_else(silent)?;
    let mark = payment.id.to_string();
    let ours = |intent: &&Intent| intent.metadata.get("causeway_payment") == Some(&mark);
    match listed.iter().find(ours) {
        Some(found) => whole(processor, &found.id).await.map(Some),
        None => Ok(None),
    }
}

/// A PaymentIntent with what hangs on it.
pub(super) async fn whole(processor: &dyn Processor, id: &str) -> Result<Intent, Refusal> {
    let silent = || Refusal::ProcessorSilent { why: format!("the look at {id}") };
    let Heard::Done { object, .. } = processor.look(&paths::intent(id)).await else {
        return Err(silent());
    };
    serde_json::from_value(object).map_err(|_| silent())
}

/// What hangs on a PaymentIntent. Nothing hangs on one that took no money.
pub(crate) async fn pull(
    processor: &dyn Processor,
    payment: &Payment,
    intent: Intent,
) -> Result<Pulled, Refusal> {
    let mut pulled = Pulled { intent, refunds: vec![], disputes: vec![] };
    if pulled.intent.status != "succeeded" || !processor.keeps_lists() {
        return Ok(pulled);
    }
    let silent = |what: &str| Refusal::ProcessorSilent { why: format!("the list of {what}") };
    let path = paths::refunds_of(&pulled.intent.id);
    let refunds: Option<Vec<Refund>> = lists::all(processor, &path, MOST_PAGES).await;
    pulled.refunds = refunds.ok_or_else(|| silent("refunds"))?;
    pulled.refunds.reverse();
    let disputed = match &pulled.intent.latest_charge {
        Some(ChargeOrId::Charge(charge)) => charge.disputed,
        Some(ChargeOrId::Id(_)) | None => true,
    };
    if disputed || !payment.disputes.is_empty() {
        let path = paths::disputes_of(&pulled.intent.id);
        let disputes: Option<Vec<Dispute>> = lists::all(processor, &path, MOST_PAGES).await;
        pulled.disputes = disputes.ok_or_else(|| silent("disputes"))?;
        pulled.disputes.reverse();
    }
    Ok(pulled)
}
