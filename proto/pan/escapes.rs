//! Escapes of URLs, JSON and HTML, behind which the digits of a card number may be.

/// The text without escapes; `None` for a text without any. A malformed escape stays unchanged.
pub(super) fn unescaped(text: &str) -> Option<String> {
    let escape = |byte: u8| matches!(byte, b'%' | b'\\' | b'&');
    if !text.bytes().any(escape) {
        return None;
    }
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.bytes().position(escape) {
        let (before, escaped) = rest.split_at_checked(at)?;
        plain.extend_from_slice(before.as_bytes());
        let (bytes, length) = read(escaped).unwrap_or_else(|| (escaped.bytes().take(1).collect(), 1));
        plain.extend(bytes);
        rest = escaped.get(length..).unwrap_or_default();
    }
    plain.extend_from_slice(rest.as_bytes());
    Some(String::from_utf8_lossy(&plain).into_owned())
}

/// The bytes of the escape at the start of a text, and the length of the escape.
fn read(text: &str) -> Option<(Vec<u8>, usize)> {
    if let Some(hex) = text.strip_prefix('%') {
        return Some((vec![u8::from_str_radix(hex.get(..2)?, 16).ok()?], 3));
    }
    if let Some(hex) = text.strip_prefix("\\u") {
        return Some((utf8(u32::from_str_radix(hex.get(..4)?, 16).ok()?)?, 6));
    }
    let entity = text.strip_prefix("&#")?;
    let (number, _) = entity.split_once(';')?;
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => number.parse().ok()?,
    };
    Some((utf8(code)?, number.len().saturating_add(3)))
}

fn utf8(code: u32) -> Option<Vec<u8>> {
    Some(char::from_u32(code)?.to_string().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::unescaped;

    #[test]
    fn escapes_are_decoded_and_other_text_stays() {
        for (text, plain) in [
            ("4%20242", "4 242"),
            ("%EF%BC%94", "４"),
            ("\\u0034\\u0032", "42"),
            ("&#52;&#x32;", "42"),
            ("100 % & more \\ %zz %4", "100 % & more \\ %zz %4"),
            ("&#;&#x;&#9999999999;\\u12", "&#;&#x;&#9999999999;\\u12"),
            ("%ä1 \\uä123", "%ä1 \\uä123"),
        ] {
            assert_eq!(unescaped(text).as_deref(), Some(plain), "{text}");
        }
        assert_eq!(unescaped("4242"), None);
    }
}
