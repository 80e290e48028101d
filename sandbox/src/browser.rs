//! The double of Stripe.js that checkout pages load, and the frames that the script opens. The
//! files are in `sandbox/browser`.

use std::sync::LazyLock;

use axum::http::Method;

use crate::bank_page::POLICY;
use crate::exchange::Incoming;
use crate::reply::Reply;

/// The release names of Stripe.js; each release is a folder in the URL.
const RELEASES: &[&str] = &["acacia", "basil", "clover", "dahlia", "endive"];

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const SHEET: &str = "text/css; charset=utf-8";

/// The encoder of form parameters, served as a module for the frame.
const ENCODED: &str = include_str!("../browser/encoded.js");

/// The script, as one function scope that shares no name with the page. The script is not a module, so the
/// `export` keyword is removed from the encoder.
static STRIPE: LazyLock<String> = LazyLock::new(|| {
    let encoded = ENCODED.replace("export function", "function");
    format!("(() => {{\n\"use strict\";\n\n{encoded}{FILES_OF_SCRIPT}}})();\n")
});

/// The source files of the script, in dependency order.
const FILES_OF_SCRIPT: &str = concat!(
    include_str!("../browser/stripe/errors.js"),
    include_str!("../browser/stripe/api.js"),
    include_str!("../browser/stripe/frame.js"),
    include_str!("../browser/stripe/speaker.js"),
    include_str!("../browser/stripe/element.js"),
    include_str!("../browser/stripe/express_checkout.js"),
    include_str!("../browser/stripe/elements.js"),
    include_str!("../browser/stripe/intents.js"),
    include_str!("../browser/stripe/methods.js"),
    include_str!("../browser/stripe/dialog.js"),
    include_str!("../browser/stripe/actions.js"),
    include_str!("../browser/stripe/confirm.js"),
    include_str!("../browser/stripe/not_played.js"),
    include_str!("../browser/stripe/stripe.js"),
);

/// The other files: the path, the media type and the text of each.
const FILES: &[(&str, &str, &str)] = &[
    ("/v3/elements-inner.html", HTML, include_str!("../browser/inner/elements-inner.html")),
    ("/v3/inner/elements-inner.css", SHEET, include_str!("../browser/inner/elements-inner.css")),
    ("/v3/encoded.js", SCRIPT, ENCODED),
    ("/v3/locales.js", SCRIPT, include_str!("../browser/locales.js")),
    ("/v3/inner/api.js", SCRIPT, include_str!("../browser/inner/api.js")),
    ("/v3/inner/card.js", SCRIPT, include_str!("../browser/inner/card.js")),
    ("/v3/inner/card_fields.js", SCRIPT, include_str!("../browser/inner/card_fields.js")),
    ("/v3/inner/card_number.js", SCRIPT, include_str!("../browser/inner/card_number.js")),
    ("/v3/inner/countries.js", SCRIPT, include_str!("../browser/inner/countries.js")),
    ("/v3/inner/creation.js", SCRIPT, include_str!("../browser/inner/creation.js")),
    ("/v3/inner/expiry.js", SCRIPT, include_str!("../browser/inner/expiry.js")),
    ("/v3/inner/field.js", SCRIPT, include_str!("../browser/inner/field.js")),
    ("/v3/inner/form.js", SCRIPT, include_str!("../browser/inner/form.js")),
    ("/v3/inner/language.js", SCRIPT, include_str!("../browser/inner/language.js")),
    ("/v3/inner/main.js", SCRIPT, include_str!("../browser/inner/main.js")),
    ("/v3/inner/payment.js", SCRIPT, include_str!("../browser/inner/payment.js")),
    ("/v3/inner/siblings.js", SCRIPT, include_str!("../browser/inner/siblings.js")),
    ("/v3/inner/style.js", SCRIPT, include_str!("../browser/inner/style.js")),
    ("/v3/inner/ways.js", SCRIPT, include_str!("../browser/inner/ways.js")),
    ("/v3/inner/texts.js", SCRIPT, include_str!("../browser/inner/texts.js")),
    ("/v3/three-ds-2-challenge.html", HTML, include_str!("../browser/bank/three-ds-2-challenge.html")),
    ("/v3/bank/bank.css", SHEET, include_str!("../browser/bank/bank.css")),
    ("/v3/bank/bank.js", SCRIPT, include_str!("../browser/bank/bank.js")),
    ("/v3/bank/challenge.js", SCRIPT, include_str!("../browser/bank/challenge.js")),
];

/// The reply with a static file, if the call asks for a known path. No key is needed.
pub(crate) fn page(incoming: &Incoming) -> Option<Reply> {
    if incoming.method != Method::GET {
        return None;
    }
    let (kind, text) = file(&incoming.path)?;
    let reply = Reply::of(kind, 200, text.as_bytes().to_vec())
        .with("cache-control", "no-cache")
        .with("x-content-type-options", "nosniff");
    Some(if kind == HTML { reply.with("content-security-policy", POLICY) } else { reply })
}

/// The media type and the text of the file at a path.
fn file(path: &str) -> Option<(&'static str, &'static str)> {
    if is_script(path) {
        return Some((SCRIPT, STRIPE.as_str()));
    }
    let found = FILES.iter().find(|(at, ..)| *at == path);
    found.map(|(_, kind, text)| (*kind, *text))
}

/// Whether the path is a path of the script: `/v3`, or the folder of a release.
fn is_script(path: &str) -> bool {
    let release = path.strip_prefix('/').and_then(|rest| rest.strip_suffix("/stripe.js"));
    ["/v3", "/v3/", "/v3/stripe.js"].contains(&path)
        || release.is_some_and(|release| RELEASES.contains(&release))
}

#[cfg(test)]
mod tests {
    use std::fs::read_dir;

    use axum::http::HeaderMap;
    use bytes::Bytes;

    use super::*;

    fn answer(method: Method, path: &str) -> Option<Reply> {
        let (path, query) = (path.to_owned(), String::new());
        page(&Incoming { method, path, query, headers: HeaderMap::new(), body: Bytes::new() })
    }

    #[test]
    fn the_script_is_served_at_stripes_paths() {
        for path in ["/v3", "/v3/", "/v3/stripe.js", "/basil/stripe.js", "/endive/stripe.js"] {
            let script = answer(Method::GET, path).unwrap();
            let kind = ("content-type", SCRIPT.to_owned());
            assert!(script.headers.contains(&kind), "{path}: {:?}", script.headers);
            assert!(script.body.starts_with(b"(() => {"), "{path}");
            assert!(!String::from_utf8_lossy(&script.body).contains("export "), "{path} is no module");
            assert!(answer(Method::POST, path).is_none(), "{path}");
        }
        for path in
            ["/", "/v3x", "/v2/", "/zinc/stripe.js", "/stripe.js", "/v3/inner/", "/v3/inner/nothing.js"]
        {
            assert!(answer(Method::GET, path).is_none(), "{path}");
        }
    }

    #[test]
    fn every_file_is_served_and_every_page_has_a_policy() {
        for (path, kind, text) in FILES {
            let reply = answer(Method::GET, path).unwrap();
            assert_eq!(reply.body, text.as_bytes(), "{path}");
            assert!(reply.headers.contains(&("cache-control", "no-cache".to_owned())), "{path}");
            let policy = ("content-security-policy", POLICY.to_owned());
            assert_eq!(reply.headers.contains(&policy), *kind == HTML, "{path}");
        }
        for folder in ["inner", "bank"] {
            let entries = read_dir(format!("{}/browser/{folder}", env!("CARGO_MANIFEST_DIR"))).unwrap();
            for name in entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()) {
                assert!(FILES.iter().any(|(path, ..)| path.ends_with(&format!("/{name}"))), "{name}");
            }
        }
    }

    #[test]
    fn the_script_contains_every_source_file() {
        let folder = format!("{}/browser/stripe", env!("CARGO_MANIFEST_DIR"));
        for entry in read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(STRIPE.contains(&text), "{}", path.display());
        }
    }
}
