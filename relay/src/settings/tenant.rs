//! One billing platform: who it is, through which payment systems it is paid, and
//! in which currencies.

use std::collections::BTreeMap;

use causeway::{currency::Currency, tenant::TenantName};
use causeway_link::credential::{Credential, KeyId, LinkKey};
use causeway_runtime::settings::Section;

use super::{Assignment, PaymentSystem, currency};

/// The most credentials at once: the old one and the new one, while they rotate.
const MOST_CREDENTIALS: usize = 2;

/// A tenant.
pub struct Tenant {
    /// Its name.
    pub name: TenantName,
    /// Whether it may make payments.
    pub active: bool,
    /// Its link credentials, one or two.
    pub credentials: Vec<Credential>,
    /// Its processor accounts, by name.
    pub payment_systems: BTreeMap<String, PaymentSystem>,
    /// Its currency assignments.
    pub currencies: BTreeMap<Currency, Vec<Assignment>>,
}

impl Tenant {
    /// A payment system by the name that somebody gave, in upper or lower case.
    pub fn system(&self, name: &str) -> Option<&PaymentSystem> {
        self.payment_systems.get(&name.to_lowercase())
    }

    /// All assignments, by currency.
    pub fn assignments(&self) -> impl Iterator<Item = (&Assignment, &PaymentSystem)> {
        let all = self.currencies.values().flatten();
        all.filter_map(|assignment| Some((assignment, self.payment_systems.get(&assignment.payment_system)?)))
    }

    pub(super) fn read(section: &mut Section, name: &TenantName) -> Option<Tenant> {
        let active = section.flag("active", true);
        let credentials = read_credentials(section, name);
        let payment_systems = read_payment_systems(section);
        let currencies = read_currencies(section, payment_systems.as_ref());
        Some(Tenant {
            name: name.clone(),
            active: active?,
            credentials: credentials?,
            payment_systems: payment_systems?,
            currencies: currencies?,
        })
    }
}

fn read_credentials(tenant: &mut Section, name: &TenantName) -> Option<Vec<Credential>> {
    let sections = tenant.sections("credentials");
    if sections.is_empty() {
        tenant.wrong("credentials", "there is none; the adapter needs one, as in [….credentials.acme-1]");
        return None;
    }
    if sections.len() > MOST_CREDENTIALS {
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
    // All are read before the first mistake ends it.
    read.collect::<Vec<_>>().into_iter().collect()
}

fn read_payment_systems(tenant: &mut Section) -> Option<BTreeMap<String, PaymentSystem>> {
    let read = tenant.sections("payment_systems").into_iter().map(|(name, mut section)| {
        let system = PaymentSystem::read(&mut section, &name);
        section.finish();
        Some((name, system?))
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
