//! Settings of the programs, as an operator writes them.

use std::{fmt::Write, net::SocketAddr, path::Path};

use base64::{Engine, engine::general_purpose::STANDARD};

/// A tenant of the relay. All its secrets follow from the name.
#[derive(Clone, Copy)]
pub(crate) struct Tenant {
    pub(crate) name: &'static str,
    /// The callers of the tenant's adapter, each with the rights as settings write them.
    pub(crate) callers: &'static [(&'static str, &'static str)],
}

impl Tenant {
    /// The bearer token of a caller.
    pub(crate) fn token(&self, caller: &str) -> String {
        format!("token-of-{caller}-of-{}-in-the-benches", self.name)
    }

    /// The name of the endpoint for webhooks.
    pub(crate) fn endpoint(&self) -> String {
        format!("{}-endpoint-of-the-benches-0123456789", self.name)
    }

    /// The signing secret of the webhooks.
    pub(crate) fn webhook_secret(&self) -> String {
        format!("whsec_{}0123456789abcdef0123456789abcdef", self.name)
    }

    /// The table of the link: the credential, and the way to the relay.
    pub(crate) fn link(&self, folder: &Path, relay: SocketAddr, tls: bool) -> String {
        let (name, secret) =
            (self.name, STANDARD.encode(format!("the link secret of {} in the benches", self.name)));
        let (scheme, trust) = if tls {
            ("https", format!("ca_file = \"{}\"", folder.join("ca.pem").display()))
        } else {
            ("http", "allow_plaintext = true".to_owned())
        };
        format!(
            "[relay]\naddresses = [\"{scheme}://{relay}\"]\nkey_id = \"{name}-1\"\nsecret = \"{secret}\"\n{trust}\n"
        )
    }
}

/// The certificate of a listener.
fn certificate(folder: &Path, tls: bool, plain: &str) -> String {
    if !tls {
        return plain.to_owned();
    }
    let path = |file: &str| folder.join(file).display().to_string();
    format!("tls_certificate = \"{}\"\ntls_key = \"{}\"", path("server.pem"), path("server.key"))
}

/// Settings of a relay. Each tenant has three payment systems: without a limit of Stripe's (USD), with
/// Stripe's usual limit of 100 requests a second (EUR), and one that answers by rule (GBP).
pub(crate) fn relay(
    folder: &Path,
    listen: SocketAddr,
    webhooks: SocketAddr,
    tls: bool,
    tenants: &[Tenant],
    stripe: &str,
) -> String {
    let mut text = format!(
        "listen = \"{listen}\"\n{}\njournal = \"{}\"\nenvironment = \"bench\"\n[webhooks]\nlisten = \"{webhooks}\"\n{}\n[jobs]\npoll_seconds = 0\nsweep_seconds = 0\n",
        certificate(folder, tls, "allow_plaintext = true"),
        folder.join("relay.db").display(),
        certificate(folder, tls, ""),
    );
    for tenant in tenants {
        let (name, secret) =
            (tenant.name, STANDARD.encode(format!("the link secret of {} in the benches", tenant.name)));
        let stripe = |number: u32, rate: u32| {
            format!(
                "processor = \"stripe\"\nlogin = \"billing\"\nsecret_key = \"sk_test_{name:0<20}{number}\"\ntest_mode = true\ncapture_mode = \"manual\"\napi_base = \"{stripe}\"\nrequests_per_second = {rate}\nrequests_per_second_per_endpoint = 0"
            )
        };
        write!(
            text,
            r#"
[tenants.{name}.credentials.{name}-1]
secret = "{secret}"
[tenants.{name}.payment_systems.main]
{}
webhook_endpoint = "{}"
webhook_secret = "{}"
[tenants.{name}.payment_systems.limited]
{}
[tenants.{name}.payment_systems.dummy]
processor = "dummy"
login = "billing"
test_mode = true
capture_mode = "manual"
[tenants.{name}.currencies.USD]
payment_system = "main"
maximum = "5000.00"
[tenants.{name}.currencies.EUR]
payment_system = "limited"
[tenants.{name}.currencies.GBP]
payment_system = "dummy"
"#,
            stripe(1, 0),
            tenant.endpoint(),
            tenant.webhook_secret(),
            stripe(2, 100),
        )
        .unwrap();
    }
    text
}

/// Settings of the adapter of a tenant.
pub(crate) fn adapter(
    folder: &Path,
    listen: SocketAddr,
    relay: SocketAddr,
    tls: bool,
    tenant: &Tenant,
) -> String {
    let mut text = format!(
        "listen = \"{listen}\"\n{}\n{}",
        certificate(folder, tls, ""),
        tenant.link(folder, relay, tls)
    );
    for (caller, rights) in tenant.callers {
        let token = tenant.token(caller);
        write!(text, "[callers.{caller}]\ntoken = \"{token}\"\nrights = [{rights}]\n").unwrap();
    }
    text
}
