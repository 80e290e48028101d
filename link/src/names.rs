//! The names of a relay: the hosts and ports to which adapters send requests.
//!
//! The signature covers the authority of the request. A relay that knows its names refuses a request
//! that was signed for another relay, which may have the same credentials.

use std::fmt;

use http::uri::Authority;

/// The port that a URL of https does not name.
const USUAL_PORT: &str = ":443";

/// A host, with a port unless the port is 443.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelayName(String);

/// Why a text is not the name of a relay.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0} is not a host with or without a port, as in \"relay.example.com:50052\"; leave out https:// and what comes after the port"
)]
pub struct RelayNameError(String);

impl RelayName {
    /// Parses a name; the only constructor.
    pub fn parse(text: &str) -> Result<RelayName, RelayNameError> {
        let wrong = || RelayNameError(text.to_owned());
        let authority: Authority = text.parse().map_err(|_| wrong())?;
        let port = text.strip_prefix(authority.host()).unwrap_or(text);
        let has_port = authority.port_u16().is_some_and(|port| port > 0);
        if authority.host().is_empty() || !(port.is_empty() || has_port) {
            return Err(wrong());
        }
        Ok(RelayName(plain(text)))
    }
}

impl fmt::Display for RelayName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The names of one relay. Without a name, every authority is accepted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RelayNames(pub Vec<RelayName>);

impl RelayNames {
    /// Whether a request to the authority was meant for this relay.
    pub fn accept(&self, authority: &str) -> bool {
        let authority = plain(authority);
        self.0.is_empty() || self.0.iter().any(|name| name.0 == authority)
    }
}

fn plain(authority: &str) -> String {
    let lower = authority.to_ascii_lowercase();
    lower.strip_suffix(USUAL_PORT).map(str::to_owned).unwrap_or(lower)
}

impl fmt::Display for RelayNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.0.iter().map(RelayName::to_string).collect();
        f.write_str(&names.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_host_and_a_port() {
        let names = RelayNames(
            ["Relay.Example:8443", "relay.example.net:443", "[2001:db8::1]:1"]
                .map(|text| RelayName::parse(text).unwrap())
                .into(),
        );
        for good in [
            "relay.example:8443",
            "RELAY.example:8443",
            "relay.example.net",
            "relay.example.net:443",
            "[2001:db8::1]:1",
        ] {
            assert!(names.accept(good), "{good}");
        }
        for other in [
            "",
            "relay.example",
            "relay.example:443",
            "relay.example:84430",
            "relay.example.net:8443",
            "[2001:db8::1]",
        ] {
            assert!(!names.accept(other), "{other}");
        }
        assert!(RelayNames::default().accept("anything:1"));
        assert_eq!(names.to_string(), "relay.example:8443, relay.example.net, [2001:db8::1]:1");
        for wrong in ["", "https://relay", "relay/", "user@relay", "relay:0", "relay:", "relay:x", "a b"] {
            assert!(RelayName::parse(wrong).is_err(), "{wrong}");
        }
    }
}
