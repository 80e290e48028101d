//! Stripe's own clients against the sandbox: the SDKs for Python and Node, the command line client, and
//! the calls from a page in a real browser. The stories of the clients are in `sandbox/clients`.

use std::process::{Command, Output};

use crate::{RawCards, Sandbox, Settings};

/// The keys with which the clients call.
const SECRET: &str = "sk_test_official0000000000000001";
const PUBLISHABLE: &str = "pk_test_official0000000000000001";

/// Whether a tool is installed. With CAUSEWAY_REQUIRE_ALL=1 a missing tool fails the test.
fn is_installed(tool: &str, probe: &mut Command) -> bool {
    let installed = probe.output().is_ok_and(|output| output.status.success());
    if !installed {
        assert!(std::env::var_os("CAUSEWAY_REQUIRE_ALL").is_none(), "{tool} is not there");
        eprintln!("skipped: {tool} is not there, so its stories were not played");
    }
    installed
}

fn folder(name: &str) -> String {
    format!("{}/clients/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// Runs a client's stories against a separate sandbox.
async fn run_stories(client: &mut Command) {
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
    is_installed(
        &format!("node with the packages of {folder}"),
        Command::new("npm").args(["ls", "--silent", "--prefix", folder]),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn the_python_sdk_works_with_the_sandbox() {
    if is_installed("python3 with stripe", Command::new("python3").args(["-c", "import stripe, httpx"])) {
        run_stories(Command::new("python3").arg("stories.py").current_dir(folder("python"))).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_node_sdk_works_with_the_sandbox() {
    if has_packages(&folder("node")) {
        run_stories(Command::new("node").arg("stories.mjs").current_dir(folder("node"))).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_client_triggers_events() {
    if has_packages(&folder("node")) {
        run_stories(Command::new("node").arg("triggers.mjs").current_dir(folder("node"))).await;
    }
}

/// Whether the older versions of an SDK were fetched.
fn has_older(folder: &str, fetched: &str) -> bool {
    is_installed(
        &format!("the older versions in {folder}"),
        Command::new("test").args(["-d", fetched]).current_dir(folder),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn older_versions_of_the_python_sdk_work_with_the_sandbox() {
    let folder = folder("older/python");
    if has_older(&folder, ".packages/14.4.1/stripe") {
        run_stories(Command::new("python3").arg("older.py").current_dir(&folder)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn older_versions_of_the_node_sdk_work_with_the_sandbox() {
    if has_packages(&folder("older/node")) {
        run_stories(Command::new("node").arg("older.mjs").current_dir(folder("older/node"))).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn stripe_sync_engine_copies_an_account_of_the_sandbox() {
    if has_packages(&folder("older/node")) {
        run_stories(Command::new("node").arg("sync_engine.mjs").current_dir(folder("older/node"))).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn dj_stripe_copies_an_account_of_the_sandbox() {
    let folder = folder("older/python");
    if has_older(&folder, ".packages/dj-stripe/djstripe") {
        let mut copy = Command::new("python3");
        copy.arg("dj_stripe.py").env("PYTHONPATH", ".packages/dj-stripe").current_dir(&folder);
        run_stories(&mut copy).await;
    }
}

/// Plays a gateway's calls with the version of the SDK in a folder.
async fn run_gateway(script: &str, version: &str) {
    let folder = folder("older/python");
    if has_older(&folder, &format!(".packages/{version}/stripe")) {
        let mut gateway = Command::new("python3");
        gateway.arg(script).env("PYTHONPATH", format!(".packages/{version}")).current_dir(&folder);
        run_stories(&mut gateway).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_calls_of_saleors_plugin_work_with_the_sandbox() {
    run_gateway("saleor.py", "3.5.0").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_calls_of_lagos_gateway_work_with_the_sandbox() {
    run_gateway("lago.py", "11.6.1").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_calls_of_active_merchants_gateway_work_with_the_sandbox() {
    if is_installed("python3", Command::new("python3").arg("--version")) {
        run_stories(Command::new("python3").arg("active_merchant.py").current_dir(folder("older/python")))
            .await;
    }
}

/// The checks during the typing of a card, which need no browser and no sandbox.
#[test]
fn the_scripts_input_checks_pass() {
    if is_installed("node", Command::new("node").arg("--version")) {
        let output =
            Command::new("node").args(["--test", "rules.test.mjs"]).current_dir(folder("browser")).output();
        let output = output.unwrap();
        let output_text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && output_text.contains("# fail 0"), "{output_text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkout_page_works_with_the_script() {
    let chromium =
        || Command::new("chromium").arg("--version").output().is_ok_and(|output| output.status.success());
    let browser = if chromium() { "true" } else { "false" };
    if has_packages(&folder("browser")) && is_installed("chromium", &mut Command::new(browser)) {
        run_stories(Command::new("node").arg("checkout.mjs").current_dir(folder("browser"))).await;
    }
}
