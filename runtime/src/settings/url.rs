//! URLs in settings. One type parses them all, so that no setting takes credentials in a URL, or a
//! host that a reader takes for another.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use http::Uri;

/// Names of the metadata services of clouds, which give credentials of the machine to every caller.
const METADATA_NAMES: [&str; 3] = ["metadata", "metadata.google.internal", "instance-data"];
/// Addresses of metadata services outside the link-local range.
const METADATA_ADDRESSES: [IpAddr; 2] = [
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
];

/// A URL of `http` or `https` with a host and without credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Url {
    uri: Uri,
    reach: Reach,
}

/// Where the host of a URL is, as far as the URL says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// This machine.
    Loopback,
    /// An address of a private network.
    Private,
    /// A public address, or a name.
    Public,
}

/// Why a text is not a URL for a setting. The error never repeats the text, which may hold a
/// password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// Not a URL of http or https.
    #[error("it is not a URL with http:// or https:// and a host")]
    Shape,
    /// A name or a password before the host, or what looks like one.
    #[error("it holds a name or a password (\"@\"), which would not be sent; leave it out")]
    Credentials,
    /// A part after `#`, which is never sent.
    #[error("it has a part after \"#\", which is never sent; leave it out")]
    Fragment,
    /// A host that is neither a name nor an address in the usual notation.
    #[error(
        "its host is neither a name nor an IP address in the usual notation, as in relay.example, 192.0.2.1 or [2001:db8::1]"
    )]
    Host,
    /// An address that no service of the setting can have.
    #[error(
        "its host is an address that is unspecified, link-local, multicast or of a cloud's metadata service"
    )]
    Forbidden,
    /// The port is 0 or no port.
    #[error("its port has to be from 1 to 65535")]
    Port,
}

impl Url {
    /// Parses a URL; the only constructor.
    pub fn parse(text: &str) -> Result<Url, UrlError> {
        let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
        let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
        if authority.contains('@') {
            return Err(UrlError::Credentials);
        }
        // Without a good shape, an "@" anywhere may be behind a password.
        let shape = if text.contains('@') { UrlError::Credentials } else { UrlError::Shape };
        if text.contains('\\') {
            return Err(shape);
        }
        let uri: Uri = text.parse().map_err(|_| shape)?;
        if !matches!(uri.scheme_str(), Some("https" | "http")) {
            return Err(shape);
        }
        if text.contains('#') {
            return Err(UrlError::Fragment);
        }
        let host = uri.host().ok_or(shape)?;
        let port = authority.strip_prefix(host).unwrap_or(authority);
        if !port.is_empty() && uri.port_u16().is_none_or(|port| port == 0) {
            return Err(UrlError::Port);
        }
        Ok(Url { reach: reach(host)?, uri })
    }

    /// Whether the scheme is https.
    pub fn is_https(&self) -> bool {
        self.uri.scheme_str() == Some("https")
    }

    /// The host, with the brackets of an IPv6 address.
    pub fn host(&self) -> &str {
        self.uri.host().unwrap_or_default()
    }

    /// The port, if it is not the usual one of the scheme.
    pub fn port(&self) -> Option<u16> {
        let usual = if self.is_https() { 443 } else { 80 };
        self.uri.port_u16().filter(|port| *port != usual)
    }

    /// Where the host is.
    pub fn reach(&self) -> Reach {
        self.reach
    }

    /// Whether nothing comes after host and port.
    pub fn is_bare(&self) -> bool {
        self.uri.path() == "/" && self.uri.query().is_none()
    }

    /// The parsed URL.
    pub fn into_uri(self) -> Uri {
        self.uri
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.uri.fmt(f)
    }
}

fn reach(host: &str) -> Result<Reach, UrlError> {
    if let Some(inside) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        let ip: Ipv6Addr = inside.parse().map_err(|_| UrlError::Host)?;
        return reach_of_ipv6(ip);
    }
    if let Ok(ip) = host.parse::<Ipv4Addr>() {
        return reach_of_ip(IpAddr::V4(ip));
    }
    let host = host.to_ascii_lowercase();
    let labels: Vec<_> = host.split('.').collect();
    let is_label = |label: &&str| {
        !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    // "127.1", "0x7f000001" and "2130706433" are addresses to some programs, and names to others.
    let last = labels.last().copied().unwrap_or_default();
    if !labels.iter().all(is_label) || last.starts_with(|first: char| first.is_ascii_digit()) {
        return Err(UrlError::Host);
    }
    if METADATA_NAMES.contains(&host.as_str()) {
        return Err(UrlError::Forbidden);
    }
    Ok(if last == "localhost" { Reach::Loopback } else { Reach::Public })
}

/// The IPv4 address inside an IPv6 address counts, where there is one: mapped, or of NAT64.
fn reach_of_ipv6(ip: Ipv6Addr) -> Result<Reach, UrlError> {
    let [a, b, c, d, e, f, _, _] = ip.segments();
    let [.., w, x, y, z] = ip.octets();
    let inside = Ipv4Addr::new(w, x, y, z);
    match [a, b, c, d, e, f] {
        [0, 0, 0, 0, 0, 0xffff] | [0x64, 0xff9b, 0, 0, 0, 0] => reach_of_ip(IpAddr::V4(inside)),
        [0, 0, 0, 0, 0, 0] if ip != Ipv6Addr::LOCALHOST => Err(UrlError::Forbidden),
        _ => reach_of_ip(IpAddr::V6(ip)),
    }
}

fn reach_of_ip(ip: IpAddr) -> Result<Reach, UrlError> {
    let (forbidden, private) = match ip {
        IpAddr::V4(ip) => {
            let [first, second, ..] = ip.octets();
            let shared = first == 100 && (64..128).contains(&second);
            (first == 0 || first >= 224 || ip.is_link_local(), ip.is_private() || shared)
        }
        IpAddr::V6(ip) => {
            (ip.is_unspecified() || ip.is_multicast() || ip.is_unicast_link_local(), ip.is_unique_local())
        }
    };
    if forbidden || METADATA_ADDRESSES.contains(&ip) {
        return Err(UrlError::Forbidden);
    }
    Ok(match (ip.is_loopback(), private) {
        (true, _) => Reach::Loopback,
        (false, true) => Reach::Private,
        (false, false) => Reach::Public,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<Reach, UrlError>) {
        assert_eq!(Url::parse(text).map(|url| url.reach()), expected, "{text}");
    }

    #[test]
    fn the_reach_of_a_host() {
        for public in
            ["https://api.stripe.com", "https://a:8443/x?y=@z", "http://192.0.2.1", "https://[2001:db8::1]"]
        {
            check(public, Ok(Reach::Public));
        }
        for loopback in [
            "http://localhost:1",
            "http://LOCALHOST",
            "http://a.localhost",
            "http://127.9.9.9",
            "http://[::1]:2",
            "http://[::ffff:127.0.0.1]",
        ] {
            check(loopback, Ok(Reach::Loopback));
        }
        for private in [
            "https://10.0.0.1",
            "https://172.31.0.1",
            "https://192.168.1.1",
            "https://100.64.0.1",
            "https://[fd12::1]",
            "https://[::ffff:10.0.0.1]",
            "https://[64:ff9b::a00:1]",
        ] {
            check(private, Ok(Reach::Private));
        }
        for forbidden in [
            "http://0.0.0.0",
            "http://0.1.2.3:1",
            "http://[::]",
            "http://169.254.169.254/x",
            "http://[fe80::1]",
            "http://[::ffff:169.254.169.254]",
            "http://[64:ff9b::a9fe:a9fe]",
            "http://[::169.254.169.254]",
            "http://[fd00:ec2::254]",
            "http://100.100.100.200",
            "http://255.255.255.255",
            "http://224.0.0.1",
            "http://[ff02::1]",
            "http://metadata.google.internal",
            "http://METADATA/",
        ] {
            check(forbidden, Err(UrlError::Forbidden));
        }
    }

    #[test]
    fn a_host_is_not_taken_for_another() {
        for credentials in [
            "https://api.stripe.com@evil.example",
            "https://sk_test_1:@api.stripe.com",
            "https://a:b@c",
            "a:b@c",
            "https://a:b@",
            "https://@a",
            "ftp://a/b@c",
            "https://api.stripe.com\\@evil.example",
        ] {
            check(credentials, Err(UrlError::Credentials));
        }
        for shape in [
            "",
            "/",
            "a",
            "a:1",
            "ftp://a",
            "https://",
            "https:a",
            "https:///a",
            "//a",
            "https://a b",
            "https://ä.example",
            "https://a\\b",
            "\u{ff48}ttps://a",
        ] {
            check(shape, Err(UrlError::Shape));
        }
        for host in [
            "http://2130706433",
            "http://0x7f000001",
            "http://127.1",
            "http://0177.0.0.1",
            "http://1.2.3.4.5",
            "http://256.1.1.1",
            "http://169.254.169.254.",
            "http://a..b",
            "http://a.",
            "http://.a",
        ] {
            check(host, Err(UrlError::Host));
        }
        check("http://a:0", Err(UrlError::Port));
        check("http://a/#x", Err(UrlError::Fragment));
    }

    #[test]
    fn the_usual_port_is_no_port() {
        let port = |text: &str| Url::parse(text).unwrap().port();
        assert_eq!(port("https://a:443"), None);
        assert_eq!(port("http://a:443"), Some(443));
        assert_eq!(port("https://a"), None);
        assert!(Url::parse("https://a").unwrap().is_bare() && !Url::parse("https://a/b").unwrap().is_bare());
    }
}
