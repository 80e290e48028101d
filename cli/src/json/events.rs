//! Events and jobs as JSON.

use causeway::v1;
use serde_json::{Map, Value};

use super::{
    Object,
    cards::stored_card,
    payment::{dispute, payment, refund},
};

/// One answer of WatchEvents.
pub(crate) fn event(event: &v1::Event) -> Value {
    let event = Object::default()
        .text("id", &event.id)
        .with("sequence", event.sequence)
        .moment("at", event.at.as_ref())
        .word("kind", event.kind, v1::EventKind::as_str_name)
        .word("source", event.source, v1::EventSource::as_str_name)
        .message("payment", event.payment.as_ref(), payment)
        .message("refund", event.refund.as_ref(), refund)
        .message("dispute", event.dispute.as_ref(), dispute)
        .message("card", event.card.as_ref(), stored_card)
        .message("alarm", event.alarm.as_ref(), alarm)
        .text("processor_reference", &event.processor_reference);
    Object::default().with("event", event.done()).done()
}

fn alarm(alarm: &v1::Alarm) -> Value {
    Object::default()
        .text("code", &alarm.code)
        .text("message", &alarm.message)
        .text("payment_system", &alarm.payment_system)
        .text("processor_id", &alarm.processor_id)
        .done()
}

/// The answer to RunJob.
pub(crate) fn job(response: &v1::RunJobResponse) -> Value {
    let counts: Map<_, _> =
        response.counts.iter().map(|(name, count)| (name.clone(), Value::from(*count))).collect();
    Object::default().with("counts", counts).done()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_event_keeps_the_contracts_words() {
        let lost = v1::Event {
            id: "01997b1c-8f4e-7d3a-9c55-6f1d2a3b4c5d".to_owned(),
            sequence: 18_446_744_073_709_551_615,
            at: Some(prost_types::Timestamp { seconds: 1_795_238_400, nanos: 5_000_000 }),
            kind: v1::EventKind::Alarm.into(),
            source: v1::EventSource::Recovery.into(),
            alarm: Some(v1::Alarm {
                code: "ORPHAN".to_owned(),
                processor_id: "pi_1".to_owned(),
                ..Default::default()
            }),
            processor_reference: "evt_1".to_owned(),
            ..Default::default()
        };
        let expected = json!({"event": {
            "id": "01997b1c-8f4e-7d3a-9c55-6f1d2a3b4c5d",
            "sequence": 18_446_744_073_709_551_615_u64,
            "at": "2026-11-21T05:20:00.005Z",
            "kind": "EVENT_KIND_ALARM",
            "source": "EVENT_SOURCE_RECOVERY",
            "alarm": {"code": "ORPHAN", "processor_id": "pi_1"},
            "processor_reference": "evt_1",
        }});
        assert_eq!(event(&lost), expected);
        assert!(!event(&lost).to_string().contains('\n'), "an event is one line");
    }

    #[test]
    fn a_job_tells_what_it_counted() {
        let counts = [("events".to_owned(), 2)].into();
        assert_eq!(job(&v1::RunJobResponse { counts }), json!({"counts": {"events": 2}}));
    }
}
