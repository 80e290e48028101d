//! Clients in other languages, as a billing engineer would write them.

use std::process::Command;

use tonic_health::pb::health_check_response::ServingStatus;

use crate::stage::{Stage, eventually, settings::BILLING_TOKEN};

/// Whether a tool is there. With CAUSEWAY_REQUIRE_ALL=1 it has to be.
fn is_there(what: &str, probe: &mut Command) -> bool {
    let there = probe.output().is_ok_and(|output| output.status.success());
    if !there {
        assert!(std::env::var_os("CAUSEWAY_REQUIRE_ALL").is_none(), "{what} is not there");
        eprintln!("skipped: {what} is not there, so its client was not run");
    }
    there
}

async fn run(stage: &Stage, client: &mut Command) {
    eventually("the adapter is ready", async || stage.health().await == Some(ServingStatus::Serving)).await;
    client
        .env("CAUSEWAY_ADAPTER", format!("http://{}", stage.adapter.address))
        .env("CAUSEWAY_TOKEN", BILLING_TOKEN);
    let output = tokio::task::block_in_place(|| client.output().unwrap());
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}");
    let ledger = stage.sandbox.ledger();
    assert_eq!((ledger.captured(None, "usd"), ledger.refunded(None, "usd")), (1000, 400), "{said}");
}

/// By reflection alone: no generated code, no file of ours.
#[tokio::test(flavor = "multi_thread")]
async fn a_python_client_pays_by_reflection_alone() {
    if is_there(
        "python3 with grpcio",
        Command::new("python3").args(["-c", "import grpc, google.rpc.error_details_pb2"]),
    ) {
        let stage = Stage::open().await;
        run(
            &stage,
            Command::new("python3")
                .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/clients/python/first_payment.py")),
        )
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_typescript_client_pays() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/clients/typescript");
    if is_there("node with the client's packages", Command::new("npm").args(["ls", "--prefix", folder])) {
        let stage = Stage::open().await;
        run(&stage, Command::new("npm").args(["start", "--silent", "--prefix", folder])).await;
    }
}
