//! The files in `examples/`, through the programs' `--check-config`.

use std::{os::unix::fs::PermissionsExt, path::Path};

use rcgen::{CertificateParams, KeyPair};

use super::ROOT;
use crate::stage::{processes::run, settings};

/// Writes the certificates and secrets that the examples name.
fn write_files(folder: &Path) {
    let write = |name: &str, text: &str| {
        let file = folder.join(name);
        std::fs::write(&file, text).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    };
    let key = KeyPair::generate().unwrap();
    let certificate =
        CertificateParams::new(vec!["relay.example".to_owned()]).unwrap().self_signed(&key).unwrap();
    for program in ["relay", "adapter"] {
        write(&format!("{program}.pem"), &certificate.pem());
        write(&format!("{program}.key"), &key.serialize_pem());
    }
    write("ca.pem", &certificate.pem());
    write("acme-2026.secret", settings::ACME_SECRET);
    write("stripe.key", settings::ACME_KEY);
    write("stripe-other.key", "sk_test_other00000000000000001");
    write("stripe.whsec", "whsec_0123456789abcdef");
    write("stripe-previous.whsec", "whsec_fedcba9876543210");
    write("billing.token", settings::BILLING_TOKEN);
    write("events.whsec", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
}

/// The example with the settings that may be absent: each line that starts with `#` and no space.
fn with_all_settings(example: &str) -> String {
    let lines = example.lines().map(|line| match line.strip_prefix('#') {
        Some(setting) if !setting.starts_with(' ') => setting,
        Some(_) | None => line,
    });
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// Each example is good as it stands, and with every setting that is shown behind a `#`.
#[test]
fn the_programs_accept_the_example_settings() {
    for (program, settings) in [("relay", 20), ("adapter", 10)] {
        let example = std::fs::read_to_string(format!("{ROOT}/examples/{program}.toml")).unwrap();
        let all = with_all_settings(&example);
        let more = all.lines().filter(|line| !line.starts_with('#') && line.contains(" = ")).count();
        assert!(more > settings, "{program}: {more} settings");
        for text in [&example, &all] {
            let folder = tempfile::tempdir().unwrap();
            write_files(folder.path());
            // The folders of the examples are not on every machine.
            let text = text.replace("/var/lib/causeway", &folder.path().display().to_string());
            let config = folder.path().join("settings.toml");
            std::fs::write(&config, &text).unwrap();
            let binary = format!("causeway-{program}");
            let checked = run(&binary, &["--config", config.to_str().unwrap(), "--check-config"], &[]);
            let stderr = String::from_utf8_lossy(&checked.stderr).into_owned();
            assert_eq!(checked.status.code(), Some(0), "{program}: {stderr}\n{text}");
            assert!(!stderr.contains("warning"), "{program}: {stderr}");
        }
    }
}

/// An example names the file of each secret, and a secret may come from the environment instead.
#[test]
fn the_example_settings_contain_no_secret() {
    for program in ["relay", "adapter"] {
        let example = std::fs::read_to_string(format!("{ROOT}/examples/{program}.toml")).unwrap();
        for line in with_all_settings(&example).lines() {
            let name = line.split(" = ").next().unwrap_or_default();
            let secret = name.ends_with("secret") || name.ends_with("token") || name.ends_with("secret_key");
            assert!(!secret, "{program}: {line}");
        }
    }
    let folder = tempfile::tempdir().unwrap();
    write_files(folder.path());
    std::fs::remove_file(folder.path().join("billing.token")).unwrap();
    let config = folder.path().join("adapter.toml");
    std::fs::copy(format!("{ROOT}/examples/adapter.toml"), &config).unwrap();
    let arguments = ["--config", config.to_str().unwrap(), "--check-config"];
    assert_eq!(run("causeway-adapter", &arguments, &[]).status.code(), Some(2), "the token is missing");
    let environment = [("CAUSEWAY_ADAPTER_CALLERS__BILLING__TOKEN", settings::BILLING_TOKEN)];
    let checked = run("causeway-adapter", &arguments, &environment);
    assert_eq!(checked.status.code(), Some(0), "{checked:?}");
}
