//! The processor of a payment system has every capability that the contract lists. Other calls are
//! refused before a request is sent.

use causeway::{
    method::{Class, METHODS},
    text::PaymentIntentId,
};
use causeway_ports::processor::{Capability, Processor};
use causeway_stripe::dummy::Dummy;

use crate::stage::{Stage, follow_ups::import};

/// The capabilities of the processor that an operation needs.
fn needs(operation: &str) -> &'static [Capability] {
    match operation {
        "Authorize" => &[Capability::Authorize, Capability::CreateMethod],
        "Capture" => &[Capability::Capture],
        "Refund" | "DecideRefund" => &[Capability::Refund],
        // The payment is looked up; a payment after the payer's action needs no further call.
        "Confirm" => &[],
        "ReleaseHold" => &[Capability::Cancel],
        "ReportOrderFailed" => &[Capability::Cancel, Capability::Refund],
        "ImportPayment" => &[Capability::Import],
        "Tokenize" => &[Capability::SetUpCard, Capability::CreateCustomer, Capability::CreateMethod],
        "DeleteCard" => &[Capability::DetachCard, Capability::CancelSetup],
        "SetDefaultCard" => &[Capability::SetDefaultCard],
        "PutCustomer" => &[Capability::CreateCustomer, Capability::UpdateCustomer],
        "DeactivateCustomer" => &[Capability::DeleteCustomer],
        other => panic!("{other} asks nothing of a processor, or is new: say here what it needs"),
    }
}

const TRIAL: &str = "[tenants.acme.payment_systems.trial]\nprocessor = \"dummy\"\nlogin = \"trial\"\n\
                     test_mode = true\ncapture_mode = \"manual\"\n\
                     [tenants.acme.currencies.GBP]\npayment_system = \"trial\"\n\n";

async fn with_dummy() -> Stage {
    let setting = "[tenants.acme.currencies.CHF]";
    Stage::with_settings(|settings| settings.replace(setting, &format!("{TRIAL}{setting}"))).await
}

#[tokio::test]
async fn each_listed_operation_is_supported_by_the_processor() {
    let stage = with_dummy().await;
    let dummy = Dummy::new(String::new(), causeway_runtime::machine::environment());
    let capabilities = stage.billing().await.capabilities().await.unwrap();
    let trial = capabilities.payment_systems.iter().find(|system| system.name == "trial").unwrap();
    assert!(trial.operations.len() >= 8, "{:?}", trial.operations);
    for operation in &trial.operations {
        for &capability in needs(operation) {
            assert!(dummy.can(capability), "{operation} is listed, and {capability:?} is not offered");
        }
    }
    let main = capabilities.payment_systems.iter().find(|system| system.name == "main").unwrap();
    let changing = METHODS.iter().filter(|method| method.class == Class::Change).map(|method| method.name);
    let missing: Vec<_> =
        changing.filter(|name| !main.operations.iter().any(|operation| operation == name)).collect();
    assert!(missing.len() <= 1, "Stripe offers every call, and the operator may turn off one: {missing:?}");
}

#[tokio::test]
async fn an_unsupported_operation_is_refused_before_a_call_is_sent() {
    let stage = with_dummy().await;
    let billing = stage.billing().await;
    let intent = PaymentIntentId::parse("pi_1250_gbp_take_abcdefghijklmnopabcdefgh").unwrap();
    let mut message = import("1", intent.as_str());
    "trial".clone_into(&mut message.payment_system);
    assert_eq!(billing.import(message).await.reason(), "FailedPrecondition OPERATION_UNSUPPORTED");
    assert_eq!((stage.calls(), stage.rows("operation")), (0, 0));
}
