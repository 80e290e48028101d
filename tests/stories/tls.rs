//! TLS between adapter and relay, with a private CA.

use std::{path::Path, sync::Arc};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

use crate::stage::{Billing, StoryClock, order, settings, start_adapter, start_relay};

struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Authority {
        let mut params = CertificateParams::new(vec![]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Authority(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// Writes a certificate for a host, and the private key.
    fn certify(&self, directory: &Path, host: &str) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        std::fs::write(directory.join("relay.pem"), certificate.pem()).unwrap();
        std::fs::write(directory.join("relay.key"), key.serialize_pem()).unwrap();
    }
}

/// Authorizes through TLS, with the relay's certificate for `host` and the adapter trusting `trusted`;
/// returns "Authorized", or the reason of the refusal.
async fn through(host: &str, scheme: &str, signed_by: &Authority, trusted: &Authority) -> String {
    let sandbox = causeway_sandbox::Sandbox::start(causeway_sandbox::Settings::default()).await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name).display().to_string();
    signed_by.certify(directory.path(), host);
    std::fs::write(path("ca.pem"), trusted.0.pem()).unwrap();

    let clock = Arc::new(StoryClock::default());
    let tls = format!("tls_certificate = \"{}\"\ntls_key = \"{}\"", path("relay.pem"), path("relay.key"));
    let relay_settings = settings::relay(&directory.path().join("relay.db"), &sandbox.url())
        .replace("allow_plaintext = true", &tls);
    let relay = start_relay(&relay_settings, &clock).await;
    let adapter_settings = settings::adapter(&[relay.address], "acme-1", settings::ACME_SECRET)
        .replace(
            &format!("http://{}", relay.address),
            &format!("{scheme}://localhost:{}", relay.address.port()),
        )
        .replace("key_id =", &format!("ca_file = \"{}\"\nkey_id =", path("ca.pem")));
    let adapter = start_adapter(&adapter_settings, &clock).await;

    let billing = Billing::connect(adapter.address, settings::BILLING_TOKEN).await;
    let answer = billing.authorize(order("1", "12.50 USD")).await;
    let seen = if answer.0.is_ok() {
        format!("{:?}", answer.held_payment().status())
    } else {
        answer.refused().reason
    };
    let posts = sandbox.calls().iter().filter(|call| call.method == "POST").count();
    assert_eq!(posts, usize::from(seen == "Authorized"));
    assert_eq!(sandbox.calls().is_empty(), seen != "Authorized");
    adapter.stop().await;
    relay.stop().await;
    seen
}

#[tokio::test]
async fn a_payment_succeeds_only_with_the_right_ca_and_host() {
    let (own_ca, other_ca) = (Authority::new(), Authority::new());
    assert_eq!(through("localhost", "https", &own_ca, &own_ca).await, "Authorized");
    assert_eq!(through("localhost", "https", &other_ca, &own_ca).await, "RELAY_UNREACHABLE", "another CA");
    assert_eq!(
        through("relay.example", "https", &own_ca, &own_ca).await,
        "RELAY_UNREACHABLE",
        "another host"
    );
}

#[tokio::test]
async fn a_plaintext_call_is_refused_by_a_relay_with_tls() {
    let own_ca = Authority::new();
    let seen = through("localhost", "http", &own_ca, &own_ca).await;
    assert!(["RELAY_UNREACHABLE", "ANSWER_LOST"].contains(&seen.as_str()), "{seen}");
}

/// TLS 1.2 is refused; TLS 1.3 is accepted.
#[tokio::test]
async fn tls_1_2_is_refused() {
    let sandbox = causeway_sandbox::Sandbox::start(causeway_sandbox::Settings::default()).await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    let authority = Authority::new();
    authority.certify(directory.path(), "localhost");
    let path = |name: &str| directory.path().join(name).display().to_string();
    let tls = format!("tls_certificate = \"{}\"\ntls_key = \"{}\"", path("relay.pem"), path("relay.key"));
    let settings = settings::relay(&directory.path().join("relay.db"), &sandbox.url())
        .replace("allow_plaintext = true", &tls);
    let relay = start_relay(&settings, &Arc::new(StoryClock::default())).await;
    let connect = async |version: reqwest::tls::Version| {
        let client = reqwest::Client::builder()
            .tls_certs_only([reqwest::Certificate::from_pem(authority.0.pem().as_bytes()).unwrap()])
            .tls_version_max(version)
            .no_proxy()
            .build()
            .unwrap();
        client.post(format!("https://localhost:{}/x", relay.address.port())).send().await.is_ok()
    };
    assert!(connect(reqwest::tls::Version::TLS_1_3).await);
    assert!(!connect(reqwest::tls::Version::TLS_1_2).await);
}
