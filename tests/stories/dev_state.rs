//! `causeway dev --state`: the relay's journal and the sandbox's state survive together.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Output, Stdio},
};

use serde_json::Value;

use crate::stage::processes::{binaries, run};

/// A trial ground in a separate process, which ends with the story.
struct Trial(Child);

impl Trial {
    fn start(state: &Path) -> Trial {
        let mut command = Command::new(binaries().join("causeway"));
        command.args(["dev", "--state"]).arg(state).env_remove("RUST_LOG").env_remove("CAUSEWAY_STATE");
        for program in ["adapter", "relay", "sandbox"] {
            command.args([format!("--{program}-listen"), "127.0.0.1:0".to_owned()]);
        }
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let mut seen = vec![];
        for line in lines {
            let up = line.starts_with("Ctrl-C");
            seen.push(line);
            if up {
                return Trial(child);
            }
        }
        drop(child.kill());
        panic!("the trial ground did not start ({:?}): {seen:?}", child.wait());
    }

    /// Kills the process with SIGKILL.
    fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Trial {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// A call from a shell, with the answer as JSON.
fn call(state: &Path, arguments: &[&str]) -> Value {
    let state = state.to_str().unwrap();
    let Output { stdout, stderr, status } =
        run("causeway", &[&["--state", state, "--json"], arguments].concat(), &[]);
    assert!(status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&stderr));
    serde_json::from_slice(&stdout).unwrap()
}

async fn ledger(state: &Path) -> Value {
    let endpoints: Value =
        serde_json::from_slice(&std::fs::read(state.join("endpoints.json")).unwrap()).unwrap();
    let url = format!("{}/_sandbox/ledger", endpoints["sandbox"].as_str().unwrap());
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    serde_json::from_slice(&client.get(url).send().await.unwrap().bytes().await.unwrap()).unwrap()
}

#[tokio::test]
async fn a_payment_from_before_a_kill_is_captured_after_the_restart() {
    let directory = tempfile::tempdir().unwrap();
    let state = directory.path().join("trial");
    let yesterday = Trial::start(&state);
    let held = call(&state, &["authorize", "12.50", "USD", "--payment-method", "pm_card_visa"]);
    let payment = held["result"]["payment"]["id"].as_str().unwrap_or_else(|| panic!("{held}")).to_owned();
    yesterday.kill();

    let today = Trial::start(&state);
    let captured = call(&state, &["capture", &payment, "10.00", "USD"]);
    assert_eq!(captured["result"]["payment"]["status"], "PAYMENT_STATUS_CAPTURED", "{captured}");
    let synced = call(&state, &["sync", &payment]);
    assert_eq!(synced["payment"]["status"], "PAYMENT_STATUS_CAPTURED", "{synced}");
    let sums = &ledger(&state).await["sums"][0];
    assert_eq!((&sums["authorized"], &sums["captured"]), (&1250.into(), &1000.into()), "{sums}");
    drop(today);
}
