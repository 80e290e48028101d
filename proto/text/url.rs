//! Validation of URLs to which a browser may be redirected.

/// Whether the text is an absolute URL of http or https (RFC 3986), without user and password. A
/// fragment may hold any characters, and non-ASCII characters need no escapes after the host.
pub(super) fn is_web_url(text: &str) -> bool {
    let scheme = ["http://", "https://"].into_iter().find_map(|scheme| {
        let (given, rest) = text.split_at_checked(scheme.len())?;
        given.eq_ignore_ascii_case(scheme).then_some(rest)
    });
    let Some(rest) = scheme else { return false };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at_checked(end).unwrap_or((rest, ""));
    let address = rest.split('#').next().unwrap_or_default();
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    is_written_as_authority(authority)
        && has_host_and_port(authority)
        && path.bytes().all(is_of_path)
        && query.bytes().all(is_of_query)
}

/// Whether characters and brackets are valid, and no user is present.
fn is_written_as_authority(text: &str) -> bool {
    let (mut colons, mut escaped, mut opened, mut closed) = (0_u32, false, false, false);
    for byte in text.bytes() {
        match byte {
            b'%' => escaped = true,
            // An IPv6 address with a port has at most eight colons.
            b':' if colons >= 8 => return false,
            b':' => colons = colons.saturating_add(1),
            b'[' if escaped || opened => return false,
            b'[' => opened = true,
            b']' if !opened || closed => return false,
            // Colons and escapes inside brackets belong to the IPv6 address and are not counted.
            b']' => (closed, colons, escaped) = (true, 0, false),
            b'!' | b'$' | b'&'..=b'.' | b'0'..=b'9' | b';' | b'=' | b'_' | b'~' => {}
            _ if byte.is_ascii_alphabetic() => {}
            _ => return false,
        }
    }
    opened == closed && colons <= 1 && !escaped
}

/// Whether a host is present, and the port, if any, is 1 to 65535.
fn has_host_and_port(authority: &str) -> bool {
    let end = if authority.starts_with('[') {
        authority.find(']').map(|end| end.saturating_add(1))
    } else {
        authority.find(':')
    };
    let (host, rest) = end.and_then(|end| authority.split_at_checked(end)).unwrap_or((authority, ""));
    let port = rest.rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok());
    !host.is_empty() && !host.contains("..") && (rest.is_empty() || port.is_some_and(|port| port > 0))
}

fn is_of_path(byte: u8) -> bool {
    !matches!(byte, 0..=b' ' | b'<' | b'>' | b'`' | 0x7f)
}

fn is_of_query(byte: u8) -> bool {
    !matches!(byte, 0..=b' ' | b'"' | b'<' | b'>' | 0x7f)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The same rules, applied with the URI parser of the crate http.
    fn by_the_parser(text: &str) -> bool {
        let parsed = text.parse::<http::Uri>().ok();
        parsed.is_some_and(|uri| {
            let rest =
                uri.authority().zip(uri.host()).and_then(|(all, host)| all.as_str().strip_prefix(host));
            let port =
                rest.is_some_and(|rest| rest.is_empty() || uri.port_u16().is_some_and(|port| port > 0));
            let named = uri.authority().is_some_and(|all| !all.as_str().contains('@'));
            let host = named && uri.host().is_some_and(|host| !host.is_empty() && !host.contains(".."));
            matches!(uri.scheme_str(), Some("https" | "http")) && host && port
        })
    }

    #[test]
    fn each_byte_is_accepted_exactly_where_the_parser_accepts_it() {
        for character in '\0'..='\u{ff}' {
            for (before, after) in [
                ("https://a", "b.de/x"),
                ("https://", ""),
                ("https://[::1", "]:80"),
                ("https://[::1]", ""),
                ("https://a.de/", "x"),
                ("https://a.de?", "x"),
                ("https://a.de/x?", "x"),
                ("https://a.de/#", "x"),
                ("https://a.de", ""),
                ("https://a.de:", "80"),
            ] {
                let text = format!("{before}{character}{after}");
                assert_eq!(is_web_url(&text), by_the_parser(&text), "{text:?}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        #[test]
        fn the_fast_check_agrees_with_the_parser(
            scheme in prop::sample::select(vec!["http://", "HTTPS://", "https://", "https:/", "ftp://", "", "é"]),
            rest in "([a-z.]|[:@%\\[\\]]|[0-9]|\\.\\.|:[+0-9]{1,6}|::1|\\[::1\\]|[/?#]|[ -~]|é|\\PC){0,14}",
        ) {
            let text = format!("{scheme}{rest}");
            prop_assert_eq!(is_web_url(&text), by_the_parser(&text), "{}", text);
        }
    }
}
