//! Tests of the order of precedence, and of each rule alone.

use std::{collections::BTreeMap, time::Duration};

use causeway::{
    card::Brand,
    currency::Currency,
    money::PositiveMoney,
    request::{Authorize, Tokenize, authorize::CaptureMode},
    tenant::TenantName,
    v1,
};

use super::*;
use crate::tenant::{
    AmountStep, Assignment, CardDataMode, MethodType, PaymentSystem, ProcessorKind, WithoutHold,
};

pub(super) fn system(name: &str, brands: &[Brand], types: &[MethodType]) -> PaymentSystem {
    PaymentSystem {
        name: name.to_owned(),
        processor: ProcessorKind::Dummy,
        login: "login".to_owned(),
        account: String::new(),
        publishable_key: None,
        test_mode: true,
        capture_mode: CaptureMode::Manual,
        active: true,
        brands: brands.iter().copied().collect(),
        method_types: types.iter().copied().collect(),
        card_data_mode: CardDataMode::TokenOnly,
        cvc_required: false,
        method_without_hold: WithoutHold::Refuse,
        card_list_lives: Duration::ZERO,
        release_hold: false,
        refund_approval: false,
        warn_of_hold: None,
        renew_hold: None,
    }
}

fn assigned(system: &str, minimum: &str, maximum: &str, currency: &str, step: u64) -> Assignment {
    Assignment {
        payment_system: system.to_owned(),
        minimum: money(minimum, currency),
        maximum: money(maximum, currency),
        step: AmountStep {
            least: PositiveMoney::of_minor(step, Currency::parse(currency).unwrap()).unwrap(),
            rule: "the last decimal has to be 0",
        },
    }
}

pub(super) fn tenant(active: bool, system_active: bool) -> Tenant {
    let main = PaymentSystem {
        active: system_active,
        ..system("main", &[Brand::Visa, Brand::Mastercard], &[MethodType::Card, MethodType::SepaDebit])
    };
    let strict = PaymentSystem {
        capture_mode: CaptureMode::Automatic,
        card_data_mode: CardDataMode::FullCard,
        cvc_required: true,
        ..system("strict", &[Brand::Amex], &[MethodType::Card])
    };
    let assignments = [
        assigned("main", "1.00", "50.00", "USD", 1),
        assigned("main", "0.46", "999999.99", "CHF", 1),
        assigned("main", "0.150", "300000.000", "KWD", 10),
        assigned("main", "0.50", "999999.99", "EUR", 1),
        assigned("strict", "5.00", "999999.99", "EUR", 1),
    ];
    let mut currencies: BTreeMap<Currency, Vec<Assignment>> = BTreeMap::new();
    for assignment in assignments {
        currencies.entry(assignment.minimum.currency()).or_default().push(assignment);
    }
    let payment_systems = [main, strict].map(|system| (system.name.clone(), system)).into();
    Tenant { name: TenantName::parse("acme").unwrap(), active, payment_systems, currencies }
}

pub(super) fn now() -> jiff::Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

fn number(number: &str, cvc: &str) -> v1::authorize_request::Instrument {
    v1::authorize_request::Instrument::Card(v1::CardData {
        number: number.to_owned(),
        exp_month: 12,
        exp_year: 2034,
        cvc: cvc.to_owned(),
        holder_name: String::new(),
    })
}

/// A card that expired in 2020.
fn expired(number: &str) -> v1::authorize_request::Instrument {
    let card = v1::CardData {
        number: number.to_owned(),
        exp_month: 12,
        exp_year: 2020,
        cvc: String::new(),
        holder_name: String::new(),
    };
    v1::authorize_request::Instrument::Card(card)
}

fn asked(amount: &str, currency: &str) -> v1::AuthorizeRequest {
    v1::AuthorizeRequest {
        request_id: "r".to_owned(),
        amount: Some(v1::Money { amount: amount.to_owned(), currency: currency.to_owned() }),
        instrument: Some(v1::authorize_request::Instrument::PaymentMethod("pm_1".to_owned())),
        ..Default::default()
    }
}

/// The reason of the refusal, or the payment system that takes the order.
fn verdict(tenant: &Tenant, message: &v1::AuthorizeRequest, looked_up: Option<Method>) -> String {
    verdict_on(JudgedOperation::Authorize, tenant, message, looked_up)
}

fn verdict_on(
    operation: JudgedOperation,
    tenant: &Tenant,
    message: &v1::AuthorizeRequest,
    looked_up: Option<Method>,
) -> String {
    let order = Authorize::read(message).unwrap();
    let input = match PolicyInput::of_authorize(tenant, operation, &order, (&[], None), now()) {
        Ok(input) => input,
        Err(refusal) => return refusal.reason().to_owned(),
    };
    let input = match looked_up {
        Some(method) => input.with(method),
        None => input,
    };
    match first_broken(&input, Undecided::Later) {
        Ok(()) => format!("admitted to {}", input.system.unwrap().name),
        Err(refusal) => refusal.reason().to_owned(),
    }
}

#[track_caller]
fn check(tenant: &Tenant, amount: &str, currency: &str, expected: &str) {
    assert_eq!(verdict(tenant, &asked(amount, currency), None), expected, "{amount} {currency}");
}

/// A payment that breaks every rule of the walk, with the corrections applied so far.
struct Walk {
    tenant: Tenant,
    operation: JudgedOperation,
    message: v1::AuthorizeRequest,
    looked_up: Option<Method>,
}

impl Walk {
    fn begin() -> Walk {
        let mut tenant = tenant(false, false);
        tenant.payment_systems.get_mut("main").unwrap().cvc_required = true;
        // Minimum and maximum are both 1, so that each other amount breaks one of the two rules.
        for taken in tenant.currencies.values_mut().flatten() {
            taken.minimum = money("1", taken.minimum.currency().code());
            taken.maximum = taken.minimum;
        }
        let nobody = v1::Customer { id: "c".to_owned(), email: "nobody".to_owned(), ..Default::default() };
        let message = v1::AuthorizeRequest {
            instrument: Some(expired("3566002020360505")),
            payment_system: "main".to_owned(),
            customer: Some(nobody),
            expected_total: asked("7.00", "USD").amount,
            metadata: [("a[b]".to_owned(), "v".to_owned())].into(),
            ..asked("0.999", "XXY")
        };
        Walk { tenant, operation: JudgedOperation::Void, message, looked_up: None }
    }

    fn amount(&mut self, amount: &str, currency: &str) {
        self.message.amount = asked(amount, currency).amount;
    }
}

pub(super) fn money(amount: &str, currency: &str) -> PositiveMoney {
    PositiveMoney::parse(amount, currency).unwrap()
}

/// A reason, and the correction of the cause that refused the line above.
type Step = (&'static str, fn(&mut Walk));

/// The whole order of precedence: each line breaks one rule more than the line below it.
const WALK: &[Step] = &[
    ("TENANT_INACTIVE", |_| ()),
    ("PAYMENT_SYSTEM_INACTIVE", |walk| walk.tenant.active = true),
    ("VOID_UNSUPPORTED", |walk| walk.tenant.payment_systems.get_mut("main").unwrap().active = true),
    ("CURRENCY_UNKNOWN", |walk| walk.operation = JudgedOperation::Authorize),
    ("CURRENCY_UNASSIGNED", |walk| walk.amount("0.999", "BHD")),
    ("AMOUNT_BELOW_MINIMUM", |walk| walk.amount("0.999", "KWD")),
    ("AMOUNT_ABOVE_MAXIMUM", |walk| walk.amount("2.001", "KWD")),
    ("AMOUNT_NOT_CHARGEABLE", |walk| {
        let taken = walk.tenant.currencies.values_mut().flatten();
        taken.filter(|taken| taken.minimum.currency().code() == "KWD").for_each(|kwd| {
            kwd.maximum = money("90", "KWD");
        });
    }),
    ("AMOUNT_NOT_EXPECTED", |walk| walk.amount("2.010", "KWD")),
    ("CARD_DATA_MODE", |walk| walk.message.expected_total = walk.message.amount.clone()),
    ("CARD_EXPIRED", |walk| walk.message.store_card = v1::CardReuse::OffSession.into()),
    ("CVC_REQUIRED", |walk| walk.message.instrument = Some(number("3566002020360505", ""))),
    ("CARD_BRAND_REFUSED", |walk| walk.message.instrument = Some(number("3566002020360505", "737"))),
    ("METHOD_TYPE_REFUSED", |walk| {
        walk.message.instrument = asked("1", "USD").instrument;
        walk.looked_up = Some(Method::Other("klarna".to_owned()));
    }),
    ("METHOD_WITHOUT_HOLD", |walk| walk.looked_up = Some(Method::Other("sepa_debit".to_owned()))),
    ("EMAIL_REQUIRED", |walk| walk.message.capture_mode = v1::CaptureMode::Automatic.into()),
    ("TEXTS_BEYOND_LIMITS", |walk| {
        walk.message.customer.as_mut().unwrap().email = "ann@example.com".to_owned();
    }),
    ("admitted to main", |walk| walk.message.metadata.clear()),
];

#[test]
fn the_refusal_names_the_first_broken_rule() {
    let mut walk = Walk::begin();
    for (expected, mend) in WALK {
        mend(&mut walk);
        assert_eq!(
            verdict_on(walk.operation, &walk.tenant, &walk.message, walk.looked_up.clone()),
            *expected
        );
    }
    // The walk covers every rule in the order of the list. `OPERATION_UNSUPPORTED` has a refusal with
    // another reason, and `CARD_REUSE` is about a stored card, which has no number and no method to look up.
    let listed = RULES.iter().map(|rule| rule.reason).filter(|reason| *reason != "CARD_REUSE");
    let refusal = |reason| if reason == "OPERATION_UNSUPPORTED" { "VOID_UNSUPPORTED" } else { reason };
    let walked = WALK.iter().map(|(reason, _)| *reason).filter(|reason| *reason != "admitted to main");
    assert_eq!(walked.collect::<Vec<_>>(), listed.map(refusal).collect::<Vec<_>>());
}

#[test]
fn a_refusal_of_its_own_says_the_same_as_its_rule() {
    let tenant = tenant(true, true);
    let mut broken = 0;
    for message in [
        asked("1.00", "XXY"),
        asked("1.001", "KWD"),
        v1::AuthorizeRequest {
            metadata: [("a[b]".to_owned(), "v".to_owned())].into(),
            ..asked("1.00", "USD")
        },
    ] {
        let order = Authorize::read(&message).unwrap();
        let input =
            PolicyInput::of_authorize(&tenant, JudgedOperation::Authorize, &order, (&[], None), now())
                .unwrap();
        for (rule, finding) in findings(&input) {
            if let Judgement::Refused(refusal) = finding.judgement {
                assert_eq!(
                    (refusal.reason(), refusal.rule(), refusal.fix()),
                    (rule.reason, rule.id, rule.fix)
                );
                broken += 1;
            }
        }
    }
    assert_eq!(broken, 3);
}

#[test]
fn limits_are_included() {
    let tenant = tenant(true, true);
    check(&tenant, "1.00", "USD", "admitted to main");
    check(&tenant, "0.99", "USD", "AMOUNT_BELOW_MINIMUM");
    check(&tenant, "50.00", "USD", "admitted to main");
    check(&tenant, "50.01", "USD", "AMOUNT_ABOVE_MAXIMUM");
    check(&tenant, "0.45", "CHF", "AMOUNT_BELOW_MINIMUM");
    check(&tenant, "0.46", "CHF", "admitted to main");
    check(&tenant, "999999.99", "CHF", "admitted to main");
    check(&tenant, "1000000.00", "CHF", "AMOUNT_ABOVE_MAXIMUM");
}

#[test]
fn a_number_goes_to_the_payment_system_that_serves_its_brand() {
    let tenant = tenant(true, true);
    let of = |card: &str, cvc: &str| v1::AuthorizeRequest {
        instrument: Some(number(card, cvc)),
        ..asked("9.00", "EUR")
    };
    let amex = of("378282246310005", "1234");
    assert_eq!(verdict(&tenant, &amex, None), "admitted to strict");
    assert_eq!(verdict(&tenant, &of("378282246310005", ""), None), "CVC_REQUIRED");
    assert_eq!(verdict(&tenant, &of("4242424242424242", "737"), None), "CARD_DATA_MODE");
    assert_eq!(verdict(&tenant, &asked("9.00", "EUR"), None), "PAYMENT_SYSTEM_UNNAMED");
    let named = |name: &str, message| v1::AuthorizeRequest { payment_system: name.to_owned(), ..message };
    assert_eq!(verdict(&tenant, &named("Strict", asked("9.00", "EUR")), None), "admitted to strict");
    assert_eq!(verdict(&tenant, &named("strict", asked("9.00", "USD")), None), "CURRENCY_UNASSIGNED");
    assert_eq!(verdict(&tenant, &named("nobody", asked("9.00", "USD")), None), "PAYMENT_SYSTEM_UNKNOWN");
    let off_session = v1::AuthorizeRequest { off_session: true, ..amex };
    assert_eq!(verdict(&tenant, &off_session, None), "CVC_REQUIRED", "the payer is not there to give it");
}

#[test]
fn a_brand_is_the_processors_word_and_a_wallet_is_a_type_of_its_own() {
    let tenant = tenant(true, true);
    let looked_up = |brand: &str, kind| Some(Method::Card { kind, brand: brand.to_owned() });
    use MethodType::{ApplePay, Card};
    let payment = asked("9.00", "USD");
    assert_eq!(verdict(&tenant, &payment, looked_up("visa", Card)), "admitted to main");
    assert_eq!(verdict(&tenant, &payment, looked_up("amex", Card)), "CARD_BRAND_REFUSED");
    assert_eq!(verdict(&tenant, &payment, looked_up("cartes_bancaires", Card)), "CARD_BRAND_REFUSED");
    assert_eq!(verdict(&tenant, &payment, looked_up("visa", ApplePay)), "METHOD_TYPE_REFUSED");
}

#[test]
fn a_method_without_holds_is_taken_at_once_only_where_the_operator_says_so() {
    let mut tenant = tenant(true, true);
    let sepa = || Method::Other("sepa_debit".to_owned());
    assert_eq!(verdict(&tenant, &asked("9.00", "USD"), Some(sepa())), "METHOD_WITHOUT_HOLD");
    tenant.payment_systems.get_mut("main").unwrap().method_without_hold = WithoutHold::Capture;
    assert_eq!(verdict(&tenant, &asked("9.00", "USD"), Some(sepa())), "admitted to main");
    let message = asked("9.00", "USD");
    let order = Authorize::read(&message).unwrap();
    let input = PolicyInput::of_authorize(&tenant, JudgedOperation::Authorize, &order, (&[], None), now())
        .unwrap()
        .with(sepa());
    assert_eq!(input.capture_mode(input.system.unwrap()), CaptureMode::Automatic);
}

#[test]
fn a_card_is_kept_for_a_customer_with_an_email_only() {
    let tenant = tenant(true, true);
    for (email, expected) in [
        ("", Err("EMAIL_REQUIRED")),
        ("nobody", Err("EMAIL_REQUIRED")),
        ("ann@localhost", Err("EMAIL_REQUIRED")),
        ("ann@example.com", Ok(())),
    ] {
        let order = Tokenize::read(&v1::TokenizeRequest {
            request_id: "r".to_owned(),
            customer: Some(v1::Customer {
                id: "c".to_owned(),
                email: email.to_owned(),
                ..Default::default()
            }),
            instrument: Some(v1::tokenize_request::Instrument::PaymentMethod("pm_1".to_owned())),
            currency: "USD".to_owned(),
            ..Default::default()
        });
        let order = order.unwrap();
        let input = PolicyInput::of_tokenize(&tenant, &order, &[], now()).unwrap();
        assert_eq!(
            first_broken(&input, Undecided::Later).map_err(|refusal| refusal.reason().to_owned()),
            expected.map_err(str::to_owned),
            "{email}"
        );
    }
}
