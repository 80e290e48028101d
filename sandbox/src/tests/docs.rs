//! Comparison of the sandbox's documentation page with the code.

use crate::endpoints::routes::ROUTES;
use crate::events::types::EventType;
use crate::stripe_enum::StripeEnum;

const PAGE: &str = include_str!("../../../docs/sandbox.md");

/// The table of calls that the page has to contain.
fn calls() -> String {
    let row = |route: &crate::endpoints::routes::Route| {
        let key = if route.by_page { "secret, publishable" } else { "secret" };
        format!("| `{} {}` | {key} |\n", route.method, route.path)
    };
    ROUTES.iter().map(row).collect()
}

/// Compares the derived files with Stripe's OpenAPI description, if the description is present.
#[test]
fn derived_files_match_stripes_description() {
    let root = env!("CARGO_MANIFEST_DIR");
    let descriptions =
        ["reduced", "more"].map(|part| format!("{root}/../../shared/stripe/openapi.{part}.json"));
    if let Some(missing) = descriptions.iter().find(|file| !std::path::Path::new(file).exists()) {
        assert!(std::env::var_os("CAUSEWAY_REQUIRE_ALL").is_none(), "{missing} is not there");
        return eprintln!("skipped: {missing} is not there, so nothing was derived from it");
    }
    let folder = tempfile::tempdir().unwrap();
    let script = format!("{root}/description/derive.py");
    let derived =
        std::process::Command::new("python3").arg(script).args(descriptions).arg(folder.path()).status();
    assert!(derived.unwrap().success());
    for name in ["parameters.txt", "answers.json"] {
        let stored = std::fs::read_to_string(format!("{root}/description/{name}")).unwrap();
        assert_eq!(
            std::fs::read_to_string(folder.path().join(name)).unwrap(),
            stored,
            "{name} is derived by derive.py"
        );
    }
}

#[test]
fn the_documentation_lists_every_call() {
    assert!(PAGE.contains(&calls()), "the table of docs/sandbox.md has to be\n{}", calls());
}

#[test]
fn the_documentation_lists_every_event_type() {
    let all: Vec<String> = EventType::ALL.iter().map(|kind| format!("`{}`", kind.as_str())).collect();
    let all = all.join(", ");
    let page = PAGE.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(page.contains(&all), "the events of docs/sandbox.md have to be\n{all}");
}
