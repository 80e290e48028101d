//! `causeway sandbox`: the sandbox alone in a process, without relay and adapter.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::{Value, json};

use crate::stage::processes::{binaries, run};

/// A sandbox in a separate process, which ends with the story.
struct SandboxProcess {
    child: Child,
    url: String,
    greeting: String,
}

impl SandboxProcess {
    fn start(arguments: &[&str]) -> SandboxProcess {
        let mut command = Command::new(binaries().join("causeway"));
        command.args(["sandbox", "--port", "0"]).args(arguments).env_remove("RUST_LOG");
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut greeting = String::new();
        for line in stdout.map(|line| line.unwrap() + "\n") {
            greeting += &line;
            if line.starts_with("Ctrl-C") {
                break;
            }
        }
        let url =
            greeting.lines().find_map(|line| line.trim().strip_prefix("url ")).unwrap().trim().to_owned();
        SandboxProcess { child, url, greeting }
    }

    async fn get(&self, path: &str) -> Value {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let request = client.get(format!("{}{path}", self.url)).bearer_auth("sk_test_1");
        serde_json::from_slice(&request.send().await.unwrap().bytes().await.unwrap()).unwrap()
    }

    async fn post(&self, path: &str, body: &str) -> Value {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let request = client.post(format!("{}{path}", self.url)).bearer_auth("sk_test_1");
        let request =
            request.header("content-type", "application/x-www-form-urlencoded").body(body.to_owned());
        serde_json::from_slice(&request.send().await.unwrap().bytes().await.unwrap()).unwrap()
    }

    /// Sends a signal, SIGTERM or SIGINT; returns whether the exit was a success, and the lines on
    /// stderr without line breaks.
    fn stop(mut self, signal: &str) -> (bool, String) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
        let mut last = String::new();
        for line in BufReader::new(self.child.stderr.take().unwrap()).lines() {
            last += &line.unwrap();
        }
        (self.child.wait().unwrap().success(), last)
    }
}

impl Drop for SandboxProcess {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[tokio::test]
async fn the_sandbox_process_runs_until_a_stop_signal() {
    for signal in ["-TERM", "-INT"] {
        let sandbox = SandboxProcess::start(&["--seed", "7"]);
        for part in ["any sk_test_…", "refused, as at Stripe", "/_sandbox ", "--api-base", "StripeClient("]
        {
            assert!(sandbox.greeting.contains(part), "{part}: {}", sandbox.greeting);
        }
        let pay = "amount=2000&currency=usd&payment_method=pm_card_visa&confirm=true\
                   &automatic_payment_methods[enabled]=true&automatic_payment_methods[allow_redirects]=never";
        let paid = sandbox.post("/v1/payment_intents", pay).await;
        assert_eq!(paid["status"], "succeeded", "{paid}");
        assert_eq!(sandbox.get("/_sandbox/ledger").await["sums"][0]["kept"], 2000);
        let fault = json!({"fault": {"kind": "unavailable"}}).to_string();
        assert_eq!(sandbox.post("/_sandbox/faults", &fault).await["id"], 1);
        assert_eq!(sandbox.get("/v1/customers").await["error"]["type"], "api_error");
        let card = "type=card&card[number]=4242424242424242&card[exp_month]=3&card[exp_year]=2035";
        assert_eq!(sandbox.post("/v1/payment_methods", card).await["error"]["type"], "invalid_request_error");
        let (good, last) = sandbox.stop(signal);
        assert!(good && last.ends_with("stopping"), "{signal}: {last}");
    }
}

#[tokio::test]
async fn what_was_answered_survives_a_kill_with_a_state_directory() {
    let directory = tempfile::tempdir().unwrap();
    let state = directory.path().to_str().unwrap();
    let hold = "amount=2000&currency=usd&payment_method=pm_card_visa&confirm=true&capture_method=manual\
                &automatic_payment_methods[enabled]=true&automatic_payment_methods[allow_redirects]=never";
    let mut held = vec![];
    for count in 1..4 {
        let sandbox = SandboxProcess::start(&["--state", state]);
        assert!(sandbox.greeting.contains("its state stays in"), "{}", sandbox.greeting);
        let other = run("causeway", &["sandbox", "--port", "0", "--state", state], &[]);
        let refused = String::from_utf8(other.stderr).unwrap();
        assert!(refused.contains("is in use by another process"), "{refused}");
        held.push(sandbox.post("/v1/payment_intents", hold).await["id"].as_str().unwrap().to_owned());
        assert_eq!(sandbox.get("/_sandbox/ledger").await["count"], count);
        // Dropping the process sends SIGKILL.
        drop(sandbox);
    }
    let sandbox = SandboxProcess::start(&["--state", state]);
    for intent in &held {
        let captured = sandbox.post(&format!("/v1/payment_intents/{intent}/capture"), "").await;
        assert_eq!(captured["status"], "succeeded", "{captured}");
    }
    assert_eq!(sandbox.get("/_sandbox/ledger").await["sums"][0]["captured"], 6000);
}

#[tokio::test]
async fn the_same_seed_yields_the_same_ids() {
    let mut ids = vec![];
    for seed in ["7", "7", "8"] {
        let sandbox = SandboxProcess::start(&["--seed", seed]);
        ids.push(sandbox.post("/v1/customers", "name=Jenny").await["id"].as_str().unwrap().to_owned());
    }
    assert_eq!(ids[0], ids[1]);
    assert_ne!(ids[0], ids[2]);
}

#[tokio::test]
async fn raw_card_numbers_are_accepted_with_the_option() {
    let sandbox = SandboxProcess::start(&["--allow-raw-cards"]);
    assert!(sandbox.greeting.contains("those of test cards are taken"), "{}", sandbox.greeting);
    let card = "type=card&card[number]=4242424242424242&card[exp_month]=3&card[exp_year]=2035";
    assert_eq!(sandbox.post("/v1/payment_methods", card).await["card"]["last4"], "4242");
}

#[tokio::test]
async fn an_occupied_port_is_reported() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let waited = tokio::task::spawn_blocking({
        let port = port.clone();
        move || run("causeway", &["sandbox", "--port", &port], &[])
    });
    let output = tokio::time::timeout(Duration::from_secs(60), waited).await.unwrap().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8(output.stderr).unwrap();
    let expected = format!(
        "causeway: port {port} is taken on 127.0.0.1: choose another one with --port, or a free one with --port 0\n"
    );
    assert_eq!(stderr, expected);
}
