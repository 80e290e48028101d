//! Clients in other languages, as a billing engineer would write them.

use std::process::Command;

use tonic_health::pb::health_check_response::ServingStatus;

use crate::stage::{Stage, eventually, settings::BILLING_TOKEN, tools::is_there};

/// Runs a client on a stage of its own; `moved` is what the ledger has afterwards, captured
/// and refunded, in cents.
async fn run(client: &mut Command, moved: (u64, u64)) {
    let stage = Stage::open().await;
    eventually("the adapter is ready", async || stage.health().await == Some(ServingStatus::Serving)).await;
    client
        .env("CAUSEWAY_ADAPTER", format!("http://{}", stage.adapter.address))
        .env("CAUSEWAY_TOKEN", BILLING_TOKEN);
    let output = tokio::task::block_in_place(|| client.output().unwrap());
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}");
    let ledger = stage.sandbox.ledger();
    assert_eq!((ledger.captured(None, "usd"), ledger.refunded(None, "usd")), moved, "{said}");
}

async fn python(script: &str, moved: (u64, u64)) {
    let probe = ["-c", "import grpc, google.rpc.error_details_pb2"];
    if is_there("python3 with grpcio", Command::new("python3").args(probe)) {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/clients/python");
        run(Command::new("python3").arg(format!("{folder}/{script}")), moved).await;
    }
}

async fn typescript(script: &str, moved: (u64, u64)) {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/clients/typescript");
    if is_there("node with the client's packages", Command::new("npm").args(["ls", "--prefix", folder])) {
        run(Command::new("npm").args(["run", script, "--silent", "--prefix", folder]), moved).await;
    }
}

/// By reflection alone: no generated code, no file of ours.
#[tokio::test(flavor = "multi_thread")]
async fn a_python_client_pays_by_reflection_alone() {
    python("first_payment.py", (1000, 400)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_typescript_client_pays() {
    typescript("start", (1000, 400)).await;
}

/// As a portal: what may be offered, what is refused and why, a card that is kept, paid
/// with and deleted.
#[tokio::test(flavor = "multi_thread")]
async fn a_python_client_keeps_a_card() {
    python("kept_cards.py", (900, 0)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_typescript_client_keeps_a_card() {
    typescript("kept-cards", (900, 0)).await;
}
