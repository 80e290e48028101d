//! Output of the program, with card numbers masked.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use causeway::pan::holds_card_number;

use crate::{exit::Exit, problem::Problem};

/// Writes an answer to standard output.
pub(crate) fn write(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        stdout.write_all(b"\n")?;
    }
    stdout.flush()
}

/// Writes a line to standard error.
pub(crate) fn note(text: &str) {
    // A closed standard error is no error of the program.
    drop(writeln!(io::stderr(), "{text}"));
}

/// Reports an error of the program on standard error.
pub(crate) fn problem(problem: &Problem) {
    note(&format!("causeway: {}", masked(&problem.to_string())));
}

/// Reports an error in the command line, or shows the help.
pub(crate) fn usage(error: &clap::Error) -> ExitCode {
    let plain = error.render().to_string();
    let masked_text = masked(&plain);
    if masked_text == plain {
        drop(error.print());
    } else {
        note(&masked_text);
        note("A card number never belongs on a command line: give the id of its PaymentMethod, pm_…");
    }
    if error.use_stderr() { Exit::Usage.into() } else { Exit::Done.into() }
}

/// The text, without the digits of a line that could hold a card number.
pub(crate) fn masked(text: &str) -> String {
    let line = |line: &str| {
        if holds_card_number(line) {
            line.chars().map(|c| if c.is_ascii_digit() { '*' } else { c }).collect()
        } else {
            line.to_owned()
        }
    };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::arguments::Arguments;

    #[test]
    fn text_like_a_card_number_is_masked() {
        assert_eq!(masked("on 2026-11-21 at 05:17"), "on 2026-11-21 at 05:17");
        assert_eq!(masked("a 4242 4242-4242 4242 b\n12"), "a **** ****-**** **** b\n12");
        let line = ["causeway", "authorize", "12.50", "USD", "4242424242424242", "--payment-method", "pm_1"];
        let message = Arguments::try_parse_from(line).unwrap_err().render().to_string();
        assert!(message.contains("4242424242424242"), "clap repeats what it does not know");
        assert!(!masked(&message).contains("4242"));
    }
}
