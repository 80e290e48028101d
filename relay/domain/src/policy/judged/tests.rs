//! Tests of the judgement of instruments, and of payments that were begun before.

use std::collections::BTreeSet;

use causeway::{card::Brand, request::ImportRule};

use super::*;
use crate::{
    payment::Card,
    policy::{
        JudgedOperation, OF_PAYMENT,
        tests::{money, now, system, tenant},
    },
};

fn snapshot(kind: &str, allowlisted_as: &str, brand: Option<&str>) -> MethodSnapshot {
    let card = brand.map(|brand| Card { brand: brand.to_owned(), ..Card::default() });
    MethodSnapshot {
        id: "pm_1".to_owned(),
        kind: kind.to_owned(),
        allowlisted_as: allowlisted_as.to_owned(),
        card,
        customer: None,
    }
}

fn id() -> PaymentMethodId {
    PaymentMethodId::parse("pm_1").unwrap()
}

/// The reason of the refusal, or "admitted".
fn verdict<T>(judged: Result<T, Refusal>) -> String {
    judged.map_or_else(|refusal| refusal.reason().to_owned(), |_| "admitted".to_owned())
}

#[test]
fn a_card_is_judged_by_its_brand_in_every_method_type() {
    let tenant = tenant(true, true);
    let types = [MethodType::Card, MethodType::Link, MethodType::ApplePay];
    let system = system("main", &[Brand::Visa], &types);
    let check = |kind: &str, wallet: &str, brand: Option<&str>, expected: &str| {
        let shown = snapshot(kind, wallet, brand);
        let judged = admit(PolicyInput::of_card(&tenant, &system, now()), &Shown::Method(id(), &shown));
        assert_eq!(verdict(judged), expected, "{kind} {wallet} {brand:?}");
    };
    for carrier in ["card", "link", "apple_pay"] {
        check("card", carrier, Some("visa"), "admitted");
        check("card", carrier, Some("amex"), "CARD_BRAND_REFUSED");
        check("card", carrier, None, "CARD_BRAND_REFUSED");
    }
    check("link", "link", Some("amex"), "CARD_BRAND_REFUSED");
    check("link", "link", Some("visa"), "admitted");
    // Link with a bank account, or with a card that only the charge shows.
    check("link", "link", None, "admitted");
    check("card", "google_pay", Some("visa"), "METHOD_TYPE_REFUSED");
    check("card", "wallet_of_tomorrow", Some("visa"), "METHOD_TYPE_REFUSED");
    check("sepa_debit", "sepa_debit", Some("visa"), "METHOD_TYPE_REFUSED");
}

#[test]
fn a_judged_instrument_has_the_processor_s_type_and_the_limits() {
    let tenant = tenant(true, true);
    let system = &tenant.payment_systems["main"];
    let shown = snapshot("card", "card", Some("visa"));
    let input = import_of(&tenant, "2.00", &[]);
    let judged = admit(input, &Shown::Method(id(), &shown)).unwrap();
    assert_eq!((judged.method(), judged.stripe_type()), (&id(), "card"));
    assert_eq!(judged.capture_mode(), Some(CaptureMode::Manual));
    assert_eq!(judged.limits().minimum, Some(money("1.00", "USD")));
    assert_eq!(judged.limits().brands, Some(system.brands.clone()));
}

fn import_of<'a>(
    tenant: &'a crate::tenant::Tenant,
    amount: &str,
    accepted: &[ImportRule],
) -> PolicyInput<'a> {
    let system = &tenant.payment_systems["main"];
    let accepted = accepted.iter().copied().collect::<BTreeSet<_>>();
    PolicyInput::of_import(tenant, system, money(amount, "USD"), CaptureMode::Manual, accepted, now())
}

#[test]
fn every_rule_of_an_import_can_be_set_aside_by_its_id() {
    let ids: Vec<_> = ImportRule::ALL.iter().map(|rule| rule.id()).collect();
    assert_eq!(ids, OF_PAYMENT.iter().map(|rule| rule.id).collect::<Vec<_>>());
    let rules = JudgedOperation::ImportPayment.rules();
    assert_eq!(ids, rules.iter().map(|rule| rule.id).collect::<Vec<_>>());
}

#[test]
fn an_import_breaks_each_rule_until_the_rule_is_set_aside() {
    let tenant = tenant(true, true);
    let amex = || Method::Card { kind: MethodType::Card, brand: "amex".to_owned() };
    let judged = |accepted: &[ImportRule]| judge_import(import_of(&tenant, "50.01", accepted), amex());
    let Err(Refusal::Rule(broken)) = judged(&[]) else { panic!("it is admitted") };
    assert_eq!(broken.rule, "amount.maximum");
    assert!(broken.problem.ends_with("accept_rules: amount.maximum, card.brand"), "{}", broken.problem);
    let (maximum, brand) = (ImportRule::AmountMaximum, ImportRule::CardBrand);
    assert_eq!(verdict(judged(&[maximum])), "CARD_BRAND_REFUSED");
    assert_eq!(verdict(judged(&[brand])), "AMOUNT_ABOVE_MAXIMUM");
    let limits = judged(&[maximum, brand]).unwrap();
    assert_eq!((limits.minimum, limits.brands), (Some(money("1.00", "USD")), None));
    let small = judge_import(import_of(&tenant, "0.99", &[ImportRule::AmountMinimum, brand]), amex());
    assert_eq!(small.unwrap(), Limits::default(), "a minimum that was set aside does not judge captures");
}

#[test]
fn a_hidden_instrument_breaks_the_rules_about_instruments() {
    let tenant = tenant(true, true);
    let judged =
        |accepted: &[ImportRule]| judge_import(import_of(&tenant, "2.00", accepted), Method::Unknown);
    let Err(Refusal::Rule(broken)) = judged(&[]) else { panic!("it is admitted") };
    assert!(
        broken.problem.ends_with("accept_rules: card.brand, method.type, method.hold"),
        "{}",
        broken.problem
    );
    let instrument = [ImportRule::CardBrand, ImportRule::MethodType, ImportRule::MethodHold];
    assert_eq!(verdict(judged(&instrument)), "admitted");
}

#[test]
fn a_part_is_captured_down_to_the_minimum_that_admitted_the_payment() {
    let captured = |amount: &str, minimum: Option<&str>| {
        verdict(crate::policy::judge_capture(money(amount, "USD"), minimum.map(|least| money(least, "USD"))))
    };
    assert_eq!(captured("0.49", Some("0.50")), "AMOUNT_BELOW_MINIMUM");
    assert_eq!(captured("0.50", Some("0.50")), "admitted");
    assert_eq!(captured("0.01", None), "admitted", "a row of an earlier version has no minimum");
}
