//! Stripe's own clients against the sandbox: the SDKs for Python and Node, the command line client, and
//! the calls from a page in a real browser. The stories of the clients are in `sandbox/clients`.

use std::process::{Command, Output};

use crate::{RawCards, Sandbox, Settings};

/// The keys with which the clients call.
const SECRET: &str = "sk_test_official0000000000000001";
const PUBLISHABLE: &str = "pk_test_official0000000000000001";

/// Whether a tool is installed. With CAUSEWAY_REQUIRE_ALL=1 a missing tool fails the test.
fn is_there(what: &str, probe: &mut Command) -> bool {
    let there = probe.output().is_ok_and(|output| output.status.success());
    if !there {
        assert!(std::env::var_os("CAUSEWAY_REQUIRE_ALL").is_none(), "{what} is not there");
        eprintln!("skipped: {what} is not there, so its stories were not played");
    }
    there
}

fn folder(name: &str) -> String {
    format!("{}/clients/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// Runs a client's stories against a sandbox of their own.
async fn play(client: &mut Command) {
    let settings = Settings { raw_cards: RawCards::Refused, ..Settings::default() };
    let sandbox = Sandbox::start(settings).await.unwrap();
    client.env("STRIPE_API", sandbox.url()).env("STRIPE_KEY", SECRET).env("STRIPE_PK", PUBLISHABLE);
    let description = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/stripe/openapi.reduced.json");
    client.env("STRIPE_OPENAPI", description);
    let output: Output = tokio::task::block_in_place(|| client.output().unwrap());
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}\n{err}");
}

fn has_packages(folder: &str) -> bool {
    is_there(
        &format!("node with the packages of {folder}"),
        Command::new("npm").args(["ls", "--silent", "--prefix", folder]),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn the_python_sdk_takes_it_for_stripe() {
    if is_there("python3 with stripe", Command::new("python3").args(["-c", "import stripe, httpx"])) {
        play(Command::new("python3").arg("stories.py").current_dir(folder("python"))).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_node_sdk_takes_it_for_stripe() {
    if has_packages(&folder("node")) {
        play(Command::new("node").arg("stories.mjs").current_dir(folder("node"))).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_client_triggers_its_events() {
    if has_packages(&folder("node")) {
        play(Command::new("node").arg("triggers.mjs").current_dir(folder("node"))).await;
    }
}

/// The checks during the typing of a card, which need no browser and no sandbox.
#[test]
fn the_scripts_own_rules_hold() {
    if is_there("node", Command::new("node").arg("--version")) {
        let output =
            Command::new("node").args(["--test", "rules.test.mjs"]).current_dir(folder("browser")).output();
        let output = output.unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && said.contains("# fail 0"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkout_page_takes_its_script_for_stripes() {
    let chromium = || Command::new("chromium").arg("--version").output().is_ok_and(|it| it.status.success());
    let browser = if chromium() { "true" } else { "false" };
    if has_packages(&folder("browser")) && is_there("chromium", &mut Command::new(browser)) {
        play(Command::new("node").arg("checkout.mjs").current_dir(folder("browser"))).await;
    }
}
