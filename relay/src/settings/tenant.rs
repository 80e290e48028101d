//! One billing platform: credentials, payment systems and currencies.

use std::collections::BTreeMap;

use causeway::{currency::Currency, tenant::TenantName};
use causeway_domain::tenant::{Assignment, PaymentSystem, Tenant};
use causeway_link::credential::{Credential, KeyId, LinkKey};
use causeway_runtime::settings::Section;

use super::{currency, payment_system::PaymentSystemSettings, processor::Processor, webhook::Endpoint};

/// The maximum number of credentials: the old and the new credential during a rotation.
const MAX_CREDENTIALS: usize = 2;

/// A tenant, with the settings that the edge of the relay needs.
pub struct TenantSettings {
    /// The tenant, for the engine.
    pub tenant: Tenant,
    /// Link credentials of the tenant, one or two.
    pub credentials: Vec<Credential>,
    /// Processors by name of the payment system.
    pub processors: BTreeMap<String, Processor>,
    /// Webhook endpoints of the tenant's payment systems.
    pub webhooks: Vec<Endpoint>,
}

impl TenantSettings {
    pub(super) fn read(section: &mut Section, name: &TenantName) -> Option<TenantSettings> {
        let active = section.flag("active", true);
        let credentials = read_credentials(section, name);
        let read = read_payment_systems(section);
        let mut processors = BTreeMap::new();
        let mut webhooks = vec![];
        let payment_systems = read.map(|all| {
            all.into_iter()
                .map(|PaymentSystemSettings { system, processor, webhook }| {
                    processors.insert(system.name.clone(), processor);
                    webhooks.extend(Endpoint::of(name, &system, webhook));
                    (system.name.clone(), system)
                })
                .collect()
        });
        let currencies = read_currencies(section, payment_systems.as_ref());
        let tenant = Tenant {
            name: name.clone(),
            active: active?,
            payment_systems: payment_systems?,
            currencies: currencies?,
        };
        Some(TenantSettings { tenant, credentials: credentials?, processors, webhooks })
    }
}

fn read_credentials(tenant: &mut Section, name: &TenantName) -> Option<Vec<Credential>> {
    let sections = tenant.sections("credentials");
    if sections.is_empty() {
        tenant.wrong("credentials", "there is none; the adapter needs one, as in [….credentials.acme-1]");
        return None;
    }
    if sections.len() > MAX_CREDENTIALS {
        tenant.wrong(
            "credentials",
            "there are more than two; keep the old one and the new one while they rotate",
        );
    }
    let read = sections.into_iter().map(|(id, mut section)| {
        let key_id = tenant.understood(&format!("credentials.{id}"), KeyId::parse(&id));
        let secret = section.secret("secret");
        let key = secret.and_then(|secret| section.understood("secret", LinkKey::parse(&secret)));
        section.finish();
        Some(Credential { key_id: key_id?, key: key?, tenant: name.clone() })
    });
    // All credentials are read before the first mistake ends the function.
    read.collect::<Vec<_>>().into_iter().collect()
}

fn read_payment_systems(tenant: &mut Section) -> Option<Vec<PaymentSystemSettings>> {
    let read = tenant.sections("payment_systems").into_iter().map(|(name, mut section)| {
        let system = PaymentSystemSettings::read(&mut section, &name);
        section.finish();
        system
    });
    read.collect::<Vec<_>>().into_iter().collect()
}

fn read_currencies(
    tenant: &mut Section,
    systems: Option<&BTreeMap<String, PaymentSystem>>,
) -> Option<BTreeMap<Currency, Vec<Assignment>>> {
    let read = tenant.sections("currencies").into_iter().map(|(code, mut section)| {
        let currency =
            tenant.understood(&format!("currencies.{code}"), Currency::parse(&code.to_uppercase()));
        let assignment = currency.and_then(|currency| currency::read(&mut section, currency, systems));
        if currency.is_some() {
            section.finish();
        }
        currency.zip(assignment)
    });
    read.collect::<Vec<_>>().into_iter().collect()
}
