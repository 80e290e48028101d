//! The limits of a listener before authentication, which every listener reads in the same way.

use causeway_link::accept::{ListenLimits, parse_network};

use super::Section;

/// Reads `connections_per_address` and `trusted_proxies`. `None` if a setting is invalid.
pub fn read_listen_limits(section: &mut Section) -> Option<ListenLimits> {
    let per_address = section.number("connections_per_address", 64, 1, 256);
    let proxies = section.list_optional("trusted_proxies")?.unwrap_or_default();
    let mut trusted_proxies = vec![];
    for proxy in &proxies {
        trusted_proxies.push(section.understood("trusted_proxies", parse_network(proxy)));
    }
    let trusted_proxies = trusted_proxies.into_iter().collect::<Option<_>>()?;
    Some(ListenLimits { per_address: usize::try_from(per_address?).ok()?, trusted_proxies })
}
