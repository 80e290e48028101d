//! House rules for log lines: a message is a sentence with a subject, in the field's terms.

use crate::tidy;

/// The macros that write a log line.
const MACROS: [&str; 5] =
    ["tracing::error!(", "tracing::warn!(", "tracing::info!(", "tracing::debug!(", "tracing::trace!("];
/// The first words of a message: an article, or a name that needs no article.
const SUBJECTS: [&str; 4] = ["a", "an", "the", "Stripe"];
/// Words that name no thing of the field.
const VAGUE_WORDS: [&str; 10] =
    ["told", "tells", "heard", "news", "marks", "nobody", "somebody", "who", "whose", "untold"];

/// The message of a log line, from the text after the macro's opening parenthesis: the first string
/// literal that is an argument of the macro and not the value of a field.
fn message(text: &str) -> Option<String> {
    let (mut depth, mut before) = (1_u32, '(');
    let mut rest = text.chars();
    while let Some(character) = rest.next() {
        match character {
            '"' => {
                let literal = literal(&mut rest);
                if depth == 1 && matches!(before, '(' | ',') {
                    return Some(literal);
                }
            }
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return None;
        }
        if !character.is_whitespace() {
            before = character;
        }
    }
    None
}

/// The rest of a string literal after the opening quote. An escaped character is a space.
fn literal(rest: &mut std::str::Chars<'_>) -> String {
    let mut text = String::new();
    while let Some(character) = rest.next() {
        match character {
            '"' => break,
            '\\' => {
                rest.next();
                text.push(' ');
            }
            other => text.push(other),
        }
    }
    text
}

/// What is wrong with a message.
fn fault(message: &str) -> Option<String> {
    let words: Vec<_> = message.split(|letter: char| !letter.is_alphanumeric()).collect();
    let first = words.first().copied().unwrap_or_default();
    if !SUBJECTS.contains(&first) {
        return Some(format!("begins with {first:?} and not with one of {SUBJECTS:?}"));
    }
    let riddle = words.iter().find(|word| VAGUE_WORDS.contains(word))?;
    Some(format!("says {riddle:?}"))
}

#[test]
fn every_log_line_has_a_subject() {
    let mut seen = 0;
    let product = ["link", "runtime", "adapter", "relay"];
    for (file, text) in tidy::rust() {
        if !product.iter().any(|folder| file.starts_with(folder)) {
            continue;
        }
        let calls = MACROS.iter().flat_map(|name| text.split(name).skip(1));
        for call in calls {
            let message =
                message(call).unwrap_or_else(|| panic!("{}: a log line without a message", file.display()));
            let fault = fault(&message);
            assert!(fault.is_none(), "{}: {message:?} {}", file.display(), fault.unwrap_or_default());
            seen += 1;
        }
    }
    assert!(seen > 60, "{seen} log lines were found");
}

/// The rule itself: riddles are found, sentences pass, and the value of a field is no message.
#[test]
fn the_rule_finds_log_lines_without_a_subject() {
    for (call, wrong) in [
        (r#"%id, "it is taken up again")"#, true),
        (r#""a payment that nobody asked for")"#, true),
        (r#"outcome = "none", "news of a payment")"#, true),
        (r#"code = of("x"), "the look-up failed: {error}")"#, false),
        (r#""Stripe gave no answer: {}", said("we were told"))"#, false),
    ] {
        assert_eq!(fault(&message(call).unwrap()).is_some(), wrong, "{call}");
    }
}
