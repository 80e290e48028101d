//! Clients in other languages, as a billing engineer would write them.

use std::process::Command;

use tonic_health::pb::health_check_response::ServingStatus;

use crate::stage::{Stage, eventually, external_tools::is_installed, settings::BILLING_TOKEN};

/// Runs a client on a separate stage; `sums` is the ledger's sum of captures and of
/// refunds afterwards, in cents.
async fn run(client: &mut Command, sums: (u64, u64)) {
    let stage = Stage::open().await;
    eventually("the adapter is ready", async || stage.health().await == Some(ServingStatus::Serving)).await;
    client
        .env("CAUSEWAY_ADAPTER", format!("http://{}", stage.adapter.address))
        .env("CAUSEWAY_TOKEN", BILLING_TOKEN);
    let output = tokio::task::block_in_place(|| client.output().unwrap());
    let stderr =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{stderr}");
    let ledger = stage.sandbox.ledger();
    assert_eq!((ledger.captured(None, "usd"), ledger.refunded(None, "usd")), sums, "{stderr}");
}

async fn python(script: &str, sums: (u64, u64)) {
    let probe = ["-c", "import grpc, google.rpc.error_details_pb2"];
    if is_installed("python3 with grpcio", Command::new("python3").args(probe)) {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/clients/python");
        run(Command::new("python3").arg(format!("{folder}/{script}")), sums).await;
    }
}

async fn typescript(script: &str, sums: (u64, u64)) {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/clients/typescript");
    if is_installed("node with the client's packages", Command::new("npm").args(["ls", "--prefix", folder])) {
        run(Command::new("npm").args(["run", script, "--silent", "--prefix", folder]), sums).await;
    }
}

/// By reflection alone, without generated code and without a file of the project.
#[tokio::test(flavor = "multi_thread")]
async fn a_python_client_pays_by_reflection_alone() {
    python("first_payment.py", (1000, 400)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_typescript_client_pays() {
    typescript("start", (1000, 400)).await;
}

/// As a portal does: options, refusals with reasons, a card that is kept, pays and is deleted.
#[tokio::test(flavor = "multi_thread")]
async fn a_python_client_stores_a_card() {
    python("kept_cards.py", (900, 0)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_typescript_client_stores_a_card() {
    typescript("kept-cards", (900, 0)).await;
}
