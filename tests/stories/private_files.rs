//! Files of the programs: made for their owner alone, through no planted link; and files of an operator,
//! which hold no start up and are warned of when others may read them.

use std::{
    fs::{self, Permissions},
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
    process::Command,
    time::Duration,
};

use tempfile::TempDir;
use tokio::time::Instant;

use crate::stage::{
    processes::{Process, binaries, run},
    settings,
};

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
}

fn relay(folder: &Path) -> String {
    settings::relay(&folder.join("relay.db"), "http://127.0.0.1:9")
        .replace("journal_reserve_mib = 0", "journal_reserve_mib = 1")
}

/// Starts a program under a umask that takes no permission away.
async fn start_carelessly(binary: &str, folder: &Path, settings: &str) -> Process {
    let mut shell = Command::new("sh");
    shell.args(["-c", "umask 000; exec \"$0\" \"$@\""]).arg(binaries().join(binary));
    Process::start_by(shell, binary, folder, settings).await
}

/// E13: the journal, its locks, the card key and the cursor, also where the umask is 000 and links are
/// planted at the names of files that are made beside them.
#[tokio::test]
async fn files_are_for_their_owner_and_no_planted_link_is_followed() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("victim"), "precious").unwrap();
    for planted in
        ["events.cursor.new", "relay.db.card-key.new", "relay.db.reserve", "relay.db.reads-ahead.new"]
    {
        symlink(path("victim"), path(planted)).unwrap();
    }
    let process = start_carelessly("causeway-relay", folder.path(), &relay(folder.path())).await;
    let events = "[events]\npost_to = \"http://127.0.0.1:9/\"\ncursor_file = \"events.cursor\"\n\
                  secret = \"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"\n";
    let adapter = settings::adapter(&[process.address], "acme-1", settings::ACME_SECRET);
    let adapter = start_carelessly("causeway-adapter", folder.path(), &format!("{adapter}\n{events}")).await;
    for made in [
        "relay.db",
        "relay.db-wal",
        "relay.db-shm",
        "relay.db.lock",
        "relay.db.card-key",
        "relay.db.reserve",
        "events.cursor",
    ] {
        assert_eq!(mode(&path(made)), 0o600, "{made}");
    }
    assert_eq!(fs::read_to_string(path("victim")).unwrap(), "precious");
    adapter.kill();
    process.kill();
}

/// E13: a card key that others may read, or that a link leads to, and a journal at the end of a planted
/// link: the relay does not start.
#[test]
fn a_card_key_of_others_is_refused() {
    let folder = TempDir::new().unwrap();
    let (config, key) = (folder.path().join("relay.toml"), folder.path().join("relay.db.card-key"));
    fs::write(&config, relay(folder.path())).unwrap();
    fs::write(&key, settings::ACME_SECRET).unwrap();
    let start = || {
        let ended = run("causeway-relay", &["--config", config.to_str().unwrap()], &[]);
        assert_eq!(ended.status.code(), Some(1));
        String::from_utf8_lossy(&ended.stderr).into_owned()
    };
    fs::set_permissions(&key, Permissions::from_mode(0o640)).unwrap();
    let said = start();
    assert!(said.contains("mode 0640") && said.contains("chmod 600"), "{said}");
    fs::rename(&key, folder.path().join("elsewhere")).unwrap();
    symlink(folder.path().join("elsewhere"), &key).unwrap();
    let said = start();
    assert!(said.contains("card-key: it is a symbolic link"), "{said}");
}

/// E13: modes of files that an operator made are warnings of `--check-config`, with the file and the mode.
#[test]
fn loose_file_modes_are_warned_about() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name);
    let write = |name: &str, text: &str, mode: u32| {
        fs::write(path(name), text).unwrap();
        fs::set_permissions(path(name), Permissions::from_mode(mode)).unwrap();
    };
    let check = |program: &str, environment: &[(&str, &str)]| {
        let config = path(&format!("{program}.toml"));
        let checked = run(
            &format!("causeway-{program}"),
            &["--config", config.to_str().unwrap(), "--check-config"],
            environment,
        );
        assert_eq!(checked.status.code(), Some(0), "{checked:?}");
        String::from_utf8_lossy(&checked.stderr).into_owned()
    };
    write("relay.db", "", 0o644);
    write("stripe.key", settings::ACME_KEY, 0o660);
    let of_file = relay(folder.path()).replacen(
        &format!("secret_key = \"{}\"", settings::ACME_KEY),
        "secret_key_file = \"stripe.key\"",
        1,
    );
    write("relay.toml", &of_file, 0o604);
    let said = check("relay", &[]);
    for (name, mode) in [("relay.db", "0644"), ("stripe.key", "0660"), ("relay.toml", "0604")] {
        let file = path(name).display().to_string();
        let warned = said.lines().any(|line| {
            line.starts_with("warning: ")
                && line.contains(&format!("{file} has the mode {mode}"))
                && line.contains("chmod 600")
        });
        assert!(warned, "{name}: {said}");
    }
    for name in ["relay.db", "stripe.key", "relay.toml"] {
        fs::set_permissions(path(name), Permissions::from_mode(0o640)).unwrap();
    }
    assert!(!check("relay", &[]).contains("has the mode"), "a group may read them");

    // A file without secrets may be read by everybody.
    let text = settings::adapter(&["127.0.0.1:1".parse().unwrap()], "acme-1", settings::ACME_SECRET);
    write("adapter.toml", &text, 0o644);
    assert!(check("adapter", &[]).contains("the settings file holds secrets"));
    let without: Vec<_> =
        text.lines().filter(|line| !line.starts_with("token = ") && !line.starts_with("secret = ")).collect();
    write("adapter.toml", &without.join("\n"), 0o644);
    let environment = [
        ("CAUSEWAY_ADAPTER_RELAY__SECRET", settings::ACME_SECRET),
        ("CAUSEWAY_ADAPTER_CALLERS__BILLING__TOKEN", settings::BILLING_TOKEN),
        ("CAUSEWAY_ADAPTER_CALLERS__DESK__TOKEN", settings::DESK_TOKEN),
        ("CAUSEWAY_ADAPTER_CALLERS__VIEWER__TOKEN", settings::VIEWER_TOKEN),
    ];
    assert!(!check("adapter", &environment).contains("has the mode"));
}

/// E14: a pipe, a device or a folder in place of a file is a mistake at once, and holds no start up.
#[test]
fn a_pipe_in_place_of_a_file_is_refused_at_once() {
    let folder = TempDir::new().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").args(["-m", "600"]).arg(&pipe).status().unwrap().success());
    let started = Instant::now();
    for wrong in [pipe.as_path(), Path::new("/dev/zero"), folder.path()] {
        let shown = wrong.display().to_string();
        let ended = run("causeway-relay", &["--config", &shown, "--check-config"], &[]);
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert_eq!(ended.status.code(), Some(2), "{said}");
        assert!(said.contains("has to be a file"), "{said}");
        let key = format!("secret_key = \"{}\"", settings::ACME_KEY);
        let good = relay(folder.path());
        let journal = format!("journal = \"{}\"", folder.path().join("relay.db").display());
        for (name, before, text) in [
            ("secret_key_file", key.as_str(), format!("secret_key_file = \"{shown}\"")),
            (
                "tls_key",
                "allow_plaintext = true",
                format!("tls_certificate = \"{shown}\"\ntls_key = \"{shown}\""),
            ),
            ("journal", journal.as_str(), format!("journal = \"{shown}\"")),
        ] {
            let read = causeway_relay::settings::Settings::from_toml(&good.replacen(before, &text, 1));
            let mistakes = read.err().unwrap().0;
            let told = mistakes
                .iter()
                .any(|told| told.contains(&format!("{name}: ")) && told.contains("has to be a file"));
            assert!(told, "{shown}: {mistakes:?}");
        }
        let adapter = settings::adapter(&["127.0.0.1:1".parse().unwrap()], "acme-1", settings::ACME_SECRET)
            .replace("key_id =", &format!("ca_file = \"{shown}\"\nkey_id ="));
        let mistakes = causeway_adapter::settings::Settings::from_toml(&adapter).err().unwrap().0;
        assert!(
            mistakes[0].contains("relay.ca_file: ") && mistakes[0].contains("has to be a file"),
            "{mistakes:?}"
        );
    }
    assert!(started.elapsed() < Duration::from_secs(20));
}
