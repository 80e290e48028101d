//! Every type has a fixture, and the reader finds the subject of each fixture.

use std::{collections::BTreeSet, path::PathBuf};

use super::{
    subject::Subject,
    types::{SubjectKind, TYPES, named},
};
use crate::view::Event;

const PAYMENT: &str = "01997b1c-8f4e-7d3a-9c55-6f1d2a3b4c5d";
const CARD: &str = "ct_abcdefghijklmnopabcdefghijklmnop";

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/events"))
}

fn fixture(name: &str) -> Event {
    let text = std::fs::read_to_string(folder().join(format!("{name}.json")));
    let text = text.unwrap_or_else(|error| panic!("{name} has no fixture: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn every_type_has_a_fixture_and_every_fixture_a_type() {
    let names: BTreeSet<_> = TYPES.iter().map(|known| known.name.to_owned()).collect();
    assert_eq!(names.len(), TYPES.len(), "a type is there twice");
    let files = std::fs::read_dir(folder()).unwrap().map(|file| file.unwrap().path());
    let fixtures: BTreeSet<_> =
        files.map(|file| file.file_stem().unwrap().to_string_lossy().into_owned()).collect();
    assert_eq!(names, fixtures);
    for name in &names {
        let event = fixture(name);
        assert_eq!((event.kind.as_str(), event.livemode), (name.as_str(), false));
        assert!(event.id.as_str().starts_with("evt_"), "{name}: {:?}", event.id);
    }
}

/// The ids and the correlation metadata of a fixture, by the type of the object.
fn expected(object: &str) -> (&'static [&'static str], Option<&'static str>, Option<&'static str>) {
    match object {
        "payment_intent" => (&["pi_fixture"], Some(PAYMENT), None),
        "charge" => (&["pi_fixture", "ch_fixture"], Some(PAYMENT), None),
        "refund" => (&["pi_fixture", "re_fixture", "ch_fixture"], Some(PAYMENT), None),
        "dispute" => (&["pi_fixture", "du_fixture", "ch_fixture"], None, None),
        "review" => (&["pi_fixture", "prv_fixture", "ch_fixture"], None, None),
        "radar.early_fraud_warning" => (&["pi_fixture", "issfr_fixture", "ch_fixture"], None, None),
        "setup_intent" => (&["seti_fixture"], None, Some(CARD)),
        "payment_method" => (&["pm_fixture"], None, None),
        "customer" => (&["cus_fixture"], None, None),
        "mandate" => (&["mandate_fixture"], None, None),
        "source" => (&["src_fixture"], None, None),
        other => panic!("{other} is not expected"),
    }
}

#[test]
fn each_fixture_is_parsed_with_its_subject() {
    for known in TYPES {
        let event = fixture(known.name);
        let object = event.data.object.value().clone();
        let kind = object["object"].as_str().unwrap();
        let (ids, payment, card) = expected(kind);
        let subject = Subject::of(&object);
        let read: Vec<_> = subject.ids.iter().map(|id| id.replace("py_", "ch_")).collect();
        assert_eq!(read, ids, "{}", known.name);
        assert_eq!((subject.payment.as_deref(), subject.card.as_deref()), (payment, card), "{}", known.name);
        let about = match kind {
            "setup_intent" => SubjectKind::Setup,
            "payment_method" if known.name.ends_with("attached") => SubjectKind::Nothing,
            "payment_method" => SubjectKind::Method,
            "customer" if known.name.ends_with("deleted") => SubjectKind::Customer,
            "customer" | "mandate" | "source" => SubjectKind::Nothing,
            _ => SubjectKind::Payment,
        };
        assert_eq!(known.about, about, "{}", known.name);
    }
}

#[test]
fn an_object_that_is_written_out_has_the_same_names() {
    let object = serde_json::json!({
        "id": "re_1", "payment_intent": {"id": "pi_1", "object": "payment_intent"}, "charge": {"id": "ch_1"},
        "metadata": {"causeway_payment": PAYMENT, "causeway_card": CARD},
    });
    let subject = Subject::of(&object);
    assert_eq!(subject.ids, ["pi_1", "re_1", "ch_1"]);
    assert_eq!((subject.payment.as_deref(), subject.card.as_deref()), (Some(PAYMENT), Some(CARD)));
    assert_eq!(Subject::own_id(&object), "re_1");
    for nothing in
        [serde_json::json!({}), serde_json::json!(null), serde_json::json!({"id": 5, "metadata": []})]
    {
        assert_eq!(Subject::of(&nothing), Subject::default());
        assert_eq!(Subject::own_id(&nothing), "");
    }
}

#[test]
fn a_type_of_tomorrow_is_not_known() {
    for name in ["", "payment_intent", "payment_intent.of_tomorrow", "Charge.refunded", "charge.refunded "] {
        assert!(named(name).is_none(), "{name}");
    }
}
