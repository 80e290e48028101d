//! The number of cases in each class: at least as many as planned, and no case is lost unseen.

/// A class, the least number of refused and of accepted cases, and the planned number.
const CLASSES: [(&str, usize, usize, usize); 10] = [
    ("protobuf wire", 1777, 9, 600),
    ("framing", 150, 0, 150),
    ("amounts and currencies", 1170, 6, 200),
    ("cards", 1366, 3, 250),
    ("keys and texts", 4930, 10, 300),
    ("link", 831, 10, 600),
    ("JSON in answers", 150, 12, 150),
    // 150 of them are JSON.
    ("webhooks", 400, 30, 400),
    ("hostile Stripe", 440, 25, 250),
    ("settings and secrets", 60, 1, 60),
];

/// The planned number of cases in all.
const PLANNED: usize = 3000;

/// Compares a class that was played with the row of that class.
pub(super) fn check(name: &str, (refused, accepted): (usize, usize)) {
    let row = CLASSES.iter().find(|(class, ..)| *class == name);
    let (_, least_refused, least_let_in, _) = row.unwrap_or_else(|| panic!("{name} is in no row"));
    assert!(refused >= *least_refused, "{name}: {refused} to be refused instead of {least_refused}");
    assert!(accepted >= *least_let_in, "{name}: {accepted} to be let in instead of {least_let_in}");
}

#[test]
fn each_class_has_at_least_its_planned_number_of_cases() {
    for (name, refused, accepted, planned) in CLASSES {
        assert!(refused + accepted >= planned, "{name}: {refused} + {accepted} of {planned}");
    }
    let all: usize = CLASSES.iter().map(|(_, refused, accepted, _)| refused + accepted).sum();
    eprintln!("corpus: {all} cases in {} classes at least", CLASSES.len());
    assert!(all >= PLANNED, "{all} of {PLANNED}");
}
