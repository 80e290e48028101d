//! Stripe's own SDKs and command line client against the webhook endpoint.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use causeway::v1::{self, PaymentStatus};

use crate::stage::{Stage, external_tools::is_installed, order, settings::ACME_KEY};

const CLIENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/sandbox/clients");
const EVENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/relay/stripe/fixtures/events/charge.refunded.json");

/// Signs as Stripe's SDK does, correctly and wrongly, with the current secret and with the previous secret.
async fn sign(script: &mut Command) {
    let before = "whsec_0123456789abcdef0123456789abcdef";
    let previous = |settings: String| {
        let with = format!("previous_webhook_secret = \"{before}\"\nwebhook_secret");
        settings.replace("webhook_secret", &with)
    };
    let (stage, webhook) = Stage::with_webhooks(previous).await;
    script
        .env("WEBHOOK_URL", &webhook.url)
        .env("WEBHOOK_SECRET", &webhook.secret)
        .env("PREVIOUS_SECRET", before)
        .stdin(std::fs::File::open(EVENT).unwrap());
    let output = tokio::task::block_in_place(|| script.output().unwrap());
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    let all = format!("{stdout}{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{all}");
    assert_eq!(stdout.lines().last(), Some("7 believed, 10 refused"), "{all}");
    assert_eq!(stage.rows("inbox"), 7, "what was refused left nothing");
}

/// J2: each header of the Python SDK gets the same verdict as from the SDK.
#[tokio::test(flavor = "multi_thread")]
async fn the_python_sdks_signatures_are_accepted_and_its_forgeries_refused() {
    if is_installed("python3 with stripe", Command::new("python3").args(["-c", "import stripe"])) {
        sign(Command::new("python3").arg(format!("{CLIENTS}/python/sign_webhooks.py"))).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_node_sdks_signatures_are_accepted_and_its_forgeries_refused() {
    let folder = format!("{CLIENTS}/node");
    let installed = ["ls", "--silent", "--prefix", &folder];
    if is_installed("node with the stripe package", Command::new("npm").args(installed)) {
        sign(Command::new("node").arg(format!("{folder}/sign_webhooks.mjs"))).await;
    }
}

/// Stripe's command line client from the npm package for this machine, or `stripe` from PATH.
fn cli() -> PathBuf {
    let packages = format!("{CLIENTS}/node/node_modules/@stripe");
    let packages = std::fs::read_dir(packages).into_iter().flatten().filter_map(Result::ok);
    let cli = packages.map(|package| package.path().join("bin/stripe")).find(|cli| cli.is_file());
    cli.unwrap_or_else(|| PathBuf::from("stripe"))
}

/// The client with a separate home, so that the user's configuration is neither read nor written.
fn stripe(home: &Path) -> Command {
    let mut command = Command::new(cli());
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", home)
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env("XDG_CACHE_HOME", home.join("cache"))
        .env("STRIPE_CLI_TELEMETRY_OPTOUT", "1")
        .env("NO_COLOR", "1")
        .current_dir(home)
        .stdin(Stdio::null());
    command
}

/// Triggers an event at the sandbox, in acme's account.
fn trigger(stage: &Stage, event: &str, with: &[&str]) {
    let home = tempfile::tempdir().unwrap();
    let url = stage.sandbox.url();
    let mut command = stripe(home.path());
    command.args(["trigger", event, "--api-base", &url, "--api-key", ACME_KEY]).args(with);
    let output = tokio::task::block_in_place(|| command.output().unwrap());
    let stderr =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && stderr.contains("Trigger succeeded"), "{event}: {stderr}");
}

const TRIGGERS: [&str; 10] = [
    "payment_intent.succeeded",
    "payment_intent.canceled",
    "payment_intent.payment_failed",
    "payment_intent.amount_capturable_updated",
    "payment_intent.requires_action",
    "setup_intent.succeeded",
    "charge.refunded",
    "charge.dispute.created",
    "customer.deleted",
    "payment_method.detached",
];

/// Objects triggered by Stripe's own client are foreign until they carry the relay's correlation metadata;
/// even then no payment changes, and only alarms are raised.
#[tokio::test(flavor = "multi_thread")]
async fn events_triggered_by_the_stripe_cli_are_accepted_and_move_no_money() {
    let home = tempfile::tempdir().unwrap();
    if !is_installed("Stripe's command line client", stripe(home.path()).arg("version")) {
        return;
    }
    let (stage, _) = Stage::with_webhooks(|settings| settings).await;
    let billing = stage.billing().await;
    let held = billing.authorize(order("r-1", "20.00 USD")).await.held_payment();
    stage.wait_until_handled().await;
    let (event_lines, before) = (billing.event_lines(0).await, billing.payment(&held.id).await);
    for event in TRIGGERS {
        trigger(&stage, event, &[]);
    }
    settled(&stage).await;
    assert_eq!(
        (billing.event_lines(0).await, billing.payment(&held.id).await),
        (event_lines.clone(), before.clone())
    );
    assert_eq!(stage.rows("payment"), 1);

    let mark = format!("payment_intent:metadata.causeway_payment={}", held.id);
    for event in ["payment_intent.succeeded", "payment_intent.canceled"] {
        trigger(&stage, event, &["--add", &mark]);
    }
    settled(&stage).await;
    let after: v1::Payment = billing.payment(&held.id).await;
    assert_eq!((after.status(), &after.processor_ids), (PaymentStatus::Authorized, &before.processor_ids));
    let more: Vec<_> = billing.event_lines(0).await.split_off(event_lines.len());
    assert!(more.iter().all(|line| line.starts_with("ALARM")), "{more:?}");
}

/// Every delivery got a 2xx, and every event in the inbox was handled.
async fn settled(stage: &Stage) {
    stage.wait_until_handled().await;
    let deliveries = stage.sandbox.deliveries();
    assert!(
        deliveries.len() > 10 && deliveries.iter().all(|delivery| delivery.outcome.is_delivered()),
        "{deliveries:?}"
    );
    assert_eq!(stage.rows("inbox"), deliveries.len());
    assert_eq!(stage.rows("inbox WHERE due IS NOT NULL"), 0);
}
