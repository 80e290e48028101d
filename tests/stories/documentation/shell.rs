//! The shell of a reader who follows a page: lines run in order in one folder, and programs that stay
//! up are stopped at the end of the page.

use std::{
    collections::BTreeMap,
    fs::File,
    process::{Child, Command, Output, Stdio},
    time::Duration,
};

use tempfile::TempDir;

use super::page::Block;
use crate::stage::{free_port::free_address, processes::binaries};

/// The ports that pages name. Each page gets free ones instead, because stories run side by side.
const USUAL_PORTS: [&str; 5] = ["50051", "50052", "50080", "12111", "4242"];

/// The commands that stay up, each with the text that says when it serves.
const SERVERS: [(&str, &str); 4] = [
    ("causeway dev --state", "Ctrl-C stops it"),
    ("causeway sandbox", "Ctrl-C stops it"),
    ("causeway-relay --config relay.toml", "the relay listens on"),
    ("causeway-adapter --config adapter.toml", "the adapter listens on"),
];

/// An HTTP error of the sandbox fails the command.
const CURL: &str = "curl() { command curl --fail-with-body --silent --show-error \"$@\"; }";

/// A folder in which the commands of one page run.
pub(super) struct Shell {
    folder: TempDir,
    ports: BTreeMap<&'static str, String>,
    /// Lines that set the shell itself up, repeated before each later line.
    set_up: String,
    /// What stands for the placeholders of the page, from earlier output.
    seen: BTreeMap<&'static str, String>,
    servers: Vec<Child>,
}

impl Shell {
    pub(super) fn open() -> Shell {
        let free = |usual| (usual, free_address().port().to_string());
        Shell {
            folder: tempfile::tempdir().unwrap(),
            ports: USUAL_PORTS.into_iter().map(free).collect(),
            set_up: format!("umask 077\n{CURL}\n"),
            seen: BTreeMap::new(),
            servers: vec![],
        }
    }

    /// Writes a settings file that a page shows under a first line such as `# relay.toml`.
    pub(super) fn keep(&self, block: &Block) {
        let first = block.text.lines().next().unwrap_or_default();
        if let Some(name) = first.strip_prefix("# ").filter(|name| name.ends_with(".toml")) {
            std::fs::write(self.folder.path().join(name), self.at_free_ports(&block.text)).unwrap();
        }
    }

    /// Runs the lines of a block. A line's comment says so where another exit code than 0 is right.
    pub(super) fn run(&mut self, block: &Block) {
        let joined = block.text.replace("\\\n", " ");
        for line in joined.lines().filter(|line| !line.trim().is_empty()) {
            let (command, comment) = line.split_once(" # ").unwrap_or((line, ""));
            let command = self.filled_in(&self.at_free_ports(command.trim()));
            if ["export ", "umask ", "cd "].iter().any(|word| command.starts_with(word)) {
                self.set_up += &format!("{command}\n");
            } else if let Some((_, ready)) = server(&command) {
                self.serve(&command, ready);
            } else {
                self.check(&command, comment);
            }
        }
    }

    fn check(&mut self, command: &str, comment: &str) {
        let output = self.bash(command).output().unwrap();
        let said = text(&output);
        let expected = comment.split_once("exit code ").map_or("0", |(_, code)| &code[..1]);
        let code = output.status.code().unwrap_or(-1).to_string();
        assert_eq!(code, expected, "{command}\n{said}");
        self.learn(&said);
    }

    /// The command for a line, in the page's folder, with the programs of this workspace.
    fn bash(&self, line: &str) -> Command {
        let path = format!("{}:{}", binaries().display(), std::env::var("PATH").unwrap());
        let mut bash = Command::new("bash");
        bash.arg("-c").arg(format!("set -o pipefail\n{}{line}", self.set_up));
        bash.current_dir(self.folder.path()).env("PATH", path).env_remove("RUST_LOG");
        bash.stdin(Stdio::null());
        bash
    }

    fn serve(&mut self, command: &str, ready: &str) {
        let log = self.folder.path().join(format!("server-{}.log", self.servers.len()));
        let log_file = File::create(&log).unwrap();
        let mut bash = self.bash(&format!("exec {command}"));
        self.servers.push(bash.stdout(log_file.try_clone().unwrap()).stderr(log_file).spawn().unwrap());
        for _ in 0..1500 {
            if std::fs::read_to_string(&log).unwrap().contains(ready) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("{command} does not serve: {}", std::fs::read_to_string(&log).unwrap());
    }

    /// The same text with free ports; `dev` and `sandbox` choose their usual ports unless told otherwise.
    fn at_free_ports(&self, text: &str) -> String {
        let mut text =
            text.replace("cargo run --quiet -- ", "causeway ").replace("cargo run -- ", "causeway ");
        if text.starts_with("causeway dev") {
            text += " --adapter-listen 127.0.0.1:50051 --relay-listen 127.0.0.1:50052 \
                     --sandbox-listen 127.0.0.1:12111";
        }
        if text == "causeway sandbox" {
            text += " --port 12111";
        }
        for (usual, free) in &self.ports {
            text = text.replace(&format!(":{usual}"), &format!(":{free}"));
            text = text.replace(&format!("--port {usual}"), &format!("--port {free}"));
        }
        text
    }

    /// The same command with earlier output in the place of placeholders.
    fn filled_in(&self, command: &str) -> String {
        let mut filled = command.to_owned();
        for name in ["PAYMENT_ID", "CARD_TOKEN", "PAYMENT_INTENT"] {
            if filled.contains(name) {
                let value =
                    self.seen.get(name).unwrap_or_else(|| panic!("{command}: no {name} was shown before"));
                filled = filled.replace(name, value);
            }
        }
        filled
    }

    /// Keeps the ids that an answer shows: the payment, the card's token, a PaymentIntent in JSON.
    fn learn(&mut self, said: &str) {
        for line in said.lines() {
            let words: Vec<_> = line.split([' ', '"', ',']).filter(|word| !word.is_empty()).collect();
            match words.as_slice() {
                ["payment", id] => drop(self.seen.insert("PAYMENT_ID", (*id).to_owned())),
                ["card", "token", token] => drop(self.seen.insert("CARD_TOKEN", (*token).to_owned())),
                ["payment", "intent", id] | ["id", ":", id] if id.starts_with("pi_") => {
                    self.seen.insert("PAYMENT_INTENT", (*id).to_owned());
                }
                _ => {}
            }
        }
    }
}

/// The server that a command starts, unless the command only checks something and ends.
fn server(command: &str) -> Option<(&'static str, &'static str)> {
    let known = SERVERS.into_iter().find(|(server, _)| command.starts_with(server))?;
    let ends = ["--check", "--unresolved"].iter().any(|option| command.contains(option));
    (!ends).then_some(known)
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Nothing that a page started runs on.
impl Drop for Shell {
    fn drop(&mut self) {
        for server in &mut self.servers {
            drop(server.kill());
            drop(server.wait());
        }
    }
}
