//! Wrong settings and wrong secret files: each error names the setting without the content, and no
//! program starts.

use std::{
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
};

use tempfile::TempDir;
use tokio::time::Instant;

use super::{check_unique_names, panics, print_result};
use crate::stage::settings::{self, ACME_KEY, ACME_SECRET};

/// A text within every wrong secret, and in no error message.
const CANARY: &str = "canary8731";

/// Settings, and a part of the expected error messages; `None` for valid settings.
struct File {
    label: String,
    toml: String,
    expected_message: Option<String>,
}

fn relay() -> String {
    settings::relay(Path::new("/tmp/unused.db"), "http://127.0.0.1:12111")
}

fn mistakes(toml: &str) -> Vec<String> {
    causeway_relay::settings::Settings::from_toml(toml).err().map(|wrong| wrong.0).unwrap_or_default()
}

/// Each of these settings, with a value of each other type.
fn other_types() -> Vec<File> {
    let good = relay();
    let values = ["5", "-1", "1.5", "true", "\"\"", "\"canary8731\"", "[]", "[1]", "{ a = 1 }", "2026-11-21"];
    let settings: [(&str, &str, &[&str]); 11] = [
        ("listen", "\"127.0.0.1:0\"", &[]),
        ("allow_plaintext", "true", &["true"]),
        ("environment", "\"stories\"", &["\"canary8731\"", "5", "-1"]),
        ("log_format", "\"text\"", &[]),
        ("poll_seconds", "0", &["5"]),
        ("processor", "\"stripe\"", &[]),
        ("secret_key", ACME_KEY_QUOTED, &[]),
        ("test_mode", "true", &["true"]),
        ("capture_mode", "\"manual\"", &[]),
        ("timeout_seconds", "5", &["5"]),
        ("minimum", "\"0.50\"", &["5"]),
    ];
    let mut files = vec![];
    for (name, value, good_ones) in settings {
        let line = format!("{name} = {value}");
        assert!(good.contains(&line), "{line}");
        for other in values.into_iter().filter(|other| !good_ones.contains(other)) {
            let toml = good.replacen(&line, &format!("{name} = {other}"), 1);
            files.push(File {
                label: format!("{name} = {other}"),
                toml,
                expected_message: Some(name.to_owned()),
            });
        }
    }
    files
}

const ACME_KEY_QUOTED: &str = "\"sk_test_acme000000000000000001\"";

/// Texts that are no TOML, or have other settings.
fn no_settings() -> Vec<File> {
    let good = relay();
    let file = |label: &str, toml: String, expected_message: &str| File {
        label: label.to_owned(),
        toml,
        expected_message: Some(expected_message.to_owned()),
    };
    vec![
        file("nothing", String::new(), "listen"),
        file("a list", "[]".to_owned(), "TOML"),
        file("JSON", "{\"listen\": \"127.0.0.1:0\"}".to_owned(), "TOML"),
        file("YAML", "listen: 127.0.0.1:0\n".to_owned(), "TOML"),
        file("a zero", format!("{good}\0"), "TOML"),
        file("a text without an end", format!("{good}\nx = \"{CANARY}"), "TOML"),
        file("a setting twice", format!("listen = \"{CANARY}\"\n{good}"), "TOML"),
        file("a table twice", format!("{good}\n[jobs]\n"), "TOML"),
        file(
            "a setting of no kind",
            format!("{CANARY}_x = 1\n{good}").replace("canary8731_x", "lisen"),
            "lisen",
        ),
        file("a table of no kind", format!("{good}\n[tenant.acme]\n"), "tenant"),
        file("no tenants", good[..good.find("[tenants.").unwrap()].to_owned(), "tenants"),
        file(
            "a tenant's name that is none",
            good.replace("tenants.globex", "tenants.\"glo bex\""),
            "tenants",
        ),
        file(
            "a live key in test mode",
            good.replacen(ACME_KEY, &format!("sk_live_{CANARY}"), 1),
            "secret_key",
        ),
        file("a publishable key", good.replacen(ACME_KEY, &format!("pk_test_{CANARY}"), 1), "secret_key"),
        file("a key that is none", good.replacen(ACME_KEY, CANARY, 1), "secret_key"),
        file(
            "a key of two lines",
            good.replacen(ACME_KEY, &format!("sk_test_{CANARY}\\nx"), 1),
            "secret_key",
        ),
        file(
            "a link's secret that is not base64",
            good.replacen(ACME_SECRET, &format!("{CANARY}!"), 1),
            "secret",
        ),
        file("a short secret of the link's", good.replacen(ACME_SECRET, "Y2FuYXJ5ODczMQ==", 1), "secret"),
    ]
}

/// A key file in a certain state, and the expected error.
fn key_files(folder: &TempDir) -> Vec<File> {
    let good = relay();
    let path = |name: &str| folder.path().join(name);
    let with = |name: &str, bytes: &[u8], mode: u32| {
        let file = path(name);
        std::fs::write(&file, bytes).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let key = b"sk_test_canary8731\n";
    for (mode, name) in [
        (0o644, "644"),
        (0o640, "640"),
        (0o604, "604"),
        (0o666, "666"),
        (0o660, "660"),
        (0o777, "777"),
        (0o601, "601"),
        (0o610, "610"),
    ] {
        with(name, key, mode);
    }
    with("empty", b"", 0o600);
    with("blank", b" \n\n", 0o600);
    with("zeros", &[0; 32], 0o600);
    with("latin", b"sk_test_canary8731\xff", 0o600);
    with("two", b"sk_test_canary8731\nsk_test_canary8732\n", 0o600);
    with("marked", b"\xef\xbb\xbfsk_test_canary8731", 0o600);
    with("live", b"sk_live_canary8731\n", 0o600);
    with("public", b"pk_test_canary8731\n", 0o600);
    with("toml", b"secret_key = \"sk_test_canary8731\"\n", 0o600);
    with("large", &[b'a'; 2_000_000], 0o600);
    with("good", key, 0o600);
    with("read", b"sk_test_canary8731", 0o400);
    std::fs::create_dir(path("folder")).unwrap();
    symlink(path("644"), path("link")).unwrap();
    symlink(path("nowhere"), path("dangling")).unwrap();
    symlink(path("round"), path("round")).unwrap();
    let named = |name: &str, good_one: bool| {
        let setting = format!("secret_key_file = \"{}\"", path(name).display());
        let toml = good.replacen(&format!("secret_key = {ACME_KEY_QUOTED}"), &setting, 1);
        let expected_message = (!good_one).then(|| "secret_key".to_owned());
        File { label: format!("a key file {name}"), toml, expected_message }
    };
    let names = [
        "644", "604", "666", "777", "601", "empty", "blank", "zeros", "latin", "two", "marked", "live",
        "public", "toml", "large", "folder", "link", "dangling", "round", "missing", "", "good/x",
    ];
    // A group may read the file: containers receive secrets in this way.
    let wrong = names.into_iter().map(|name| named(name, false));
    wrong.chain(["good", "read", "640", "660", "610"].map(|name| named(name, true))).collect()
}

#[test]
fn invalid_settings_are_named_and_prevent_the_start() {
    let (start, panics) = (Instant::now(), panics());
    let folder = TempDir::new().unwrap();
    let files: Vec<_> = [other_types(), no_settings(), key_files(&folder)].into_iter().flatten().collect();
    check_unique_names(files.iter().map(|file| file.label.clone()));
    let good = files.iter().filter(|file| file.expected_message.is_none()).count();
    let counts = (files.len() - good, good);
    let mut wrong = vec![];
    for File { label, toml, expected_message } in files {
        let found = mistakes(&toml);
        let right = match &expected_message {
            Some(expected_message) => found.iter().any(|found| found.contains(expected_message)),
            None => found.is_empty(),
        };
        let leaks = found.iter().any(|found| found.contains(CANARY));
        if !right || leaks {
            wrong.push(format!("{label}: {found:?} instead of {expected_message:?}"));
        }
    }
    print_result("settings and secrets", counts, start, &wrong, panics);
}
