//! Tests of the parser: the command lines that are accepted and refused.

use clap::CommandFactory;

use super::*;

#[test]
fn the_command_line_definition_is_valid() {
    Arguments::command().debug_assert();
}

#[track_caller]
fn check(line: &str, accepted: bool) {
    let parsed = Arguments::try_parse_from(line.split(' '));
    assert_eq!(parsed.is_ok(), accepted, "{line}: {parsed:?}");
}

#[test]
fn calls_are_parsed() {
    check("causeway authorize 12.50 USD --payment-method pm_card_visa", true);
    check("causeway authorize 12.50 USD", false);
    check("causeway authorize -1 USD --payment-method pm_card_visa", true);
    check("causeway authorize 1 USD --payment-method pm_1 --capture later", false);
    check("causeway authorize 1 USD --payment-method pm_1 --metadata novalue", false);
    check("causeway authorize 1 USD --card card.toml", true);
    check("causeway authorize 1 USD --card -", true);
    check("causeway authorize 1 USD --card-token ct_1 --customer c", true);
    check("causeway authorize 1 USD --customer c --email a@example.com --address-state BE", true);
    check("causeway authorize 1 USD --payment-method pm_1 --card -", false);
    check("causeway authorize 1 USD --payment-method pm_1 --card-token ct_1", false);
    check("causeway authorize 1 USD --payment-method pm_1 --email a@example.com", false);
    check("causeway authorize 1 USD --payment-method pm_1 --store-card none", false);
    check("causeway authorize 1 USD --customer c --store-card always", false);
    check("causeway authorize 1 USD --customer c --expected-total 1", false);
    check("causeway capture ID", true);
    check("causeway capture ID 10.00 USD --json", true);
    check("causeway capture ID 10.00", false);
    check("causeway capture ID 10.00 USD --async", true);
    check("causeway refund ID --reason requested-by-customer", true);
    check("causeway refund ID --async", true);
    check("causeway authorize 1 USD --payment-method pm_1 --async", true);
    check("causeway authorize 1 USD --payment-method pm_1 --amount-due 1", false);
    check("causeway tokenize --customer c --payment-method pm_1 --reuse on-session", true);
    check("causeway tokenize --customer c --card - --default", true);
    check("causeway tokenize --customer c", false);
    check("causeway tokenize --payment-method pm_1", false);
    check("causeway tokenize --customer c --payment-method pm_1 --reuse none", false);
    check("causeway cards c --payment-system main", true);
    check("causeway cards", false);
    check("causeway delete-card c ct_1 --request-id r", true);
    check("causeway delete-card c", false);
    check("causeway default-card c ct_1", true);
    check("causeway customer c --email a@example.com --country DE", true);
    check("causeway customer --email a@example.com", false);
    check("causeway check 1 USD --payment-method pm_1 --operation tokenize", true);
    check("causeway check 1 USD --payment-method pm_1 --operation GetPayment", false);
    check("causeway check 1 USD", false);
    check("causeway options --currency USD --customer c", true);
    check("causeway currencies --assigned --json", true);
    check("causeway payment", false);
    check("causeway payment ID --reference R", false);
    check("causeway payment --by-request-id R", true);
    check("causeway payments --status authorized --from 2026-11-21T00:00:00Z", true);
    check("causeway payments --status paid", false);
    check("causeway payments --from yesterday", false);
    check("causeway capabilities --timeout 0", false);
}

#[test]
fn later_steps_are_parsed() {
    check("causeway confirm ID", true);
    check("causeway confirm ID --payment-method pm_1 --return-url https://a.example --request-id r", true);
    check("causeway confirm", false);
    check("causeway release ID", true);
    check("causeway release ID --reason abandoned", true);
    check("causeway release ID --reason bored", false);
    check("causeway order-failed ID --reason not-fully-paid --note late", true);
    check("causeway order-failed ID --reason shipping_invalid", true);
    check("causeway order-failed ID", false);
    check("causeway import pi_1 --payment-system main --reference R --customer c", true);
    check("causeway import pi_1 --amount-due 12.50", false);
    check("causeway import", false);
    check("causeway sync ID", true);
    check("causeway sync --processor-id du_1 --json", true);
    check("causeway sync ID --reference R", false);
    check("causeway sync", false);
    check("causeway order R", true);
    check("causeway order R --expected-total 1", false);
    check("causeway order", false);
    check("causeway deactivate-customer c --request-id r", true);
    check("causeway deactivate-customer", false);
    check("causeway customer c --async", true);
}

#[test]
fn events_and_jobs_are_parsed() {
    check("causeway events", true);
    check("causeway events --from 18 --follow --json", true);
    check("causeway events --from 0", false);
    check("causeway events 18", false);
    check("causeway job", true);
    check("causeway job sweep", true);
    check("causeway job nothing", false);
}

#[test]
fn the_sandbox_command_is_parsed() {
    check("causeway sandbox", true);
    check("causeway sandbox --port 0 --listen 0.0.0.0 --allow-raw-cards --seed 7", true);
    check("causeway sandbox --listen ::1", true);
    check("causeway sandbox --port 70000", false);
    check("causeway sandbox --listen localhost", false);
    check("causeway sandbox 12111", false);
}
