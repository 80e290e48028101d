//! Reads card data from a file that only the owner may read, or from standard input. Error messages
//! never repeat card data, and the bytes read are overwritten after use.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, IsTerminal, Read},
    os::fd::AsFd,
    path::Path,
};

use causeway::{
    card::{CardNumber, Cvc, Expiry},
    v1,
};
use secrecy::zeroize::Zeroizing;

use crate::{output, problem::Problem, secret_file};

/// The names of the fields of a card.
const NAMES: [&str; 6] = ["number", "expiry", "exp_month", "exp_year", "cvc", "holder"];
/// The largest input in bytes, more than a card needs.
const MAX_BYTES: u64 = 4096;
/// Room for the whole input: a buffer that grows would leave a copy of the card in memory.
const BUFFER_SIZE: usize = 8192;

/// Each field that was given.
type Fields<'a> = BTreeMap<&'static str, &'a str>;

/// Reads the card in a file; `-` is standard input.
pub(crate) fn read(from: &Path) -> Result<v1::CardData, Problem> {
    if is_number(from) {
        let message = "--card is the name of a file: a card number never belongs on a command line";
        return Err(Problem::Usage(message.to_owned()));
    }
    let source = if is_stdin(from) { "standard input".to_owned() } else { from.display().to_string() };
    let read = open(from).and_then(read_all);
    let bytes =
        read.map_err(|error| Problem::Usage(format!("the card in {source} cannot be read: {error}")))?;
    parse(&bytes).map_err(|error| Problem::Usage(format!("the card in {source} is not right: {error}")))
}

fn is_stdin(from: &Path) -> bool {
    from == Path::new("-")
}

/// Whether the argument is a card number in place of a path, even a mistyped number.
fn is_number(from: &Path) -> bool {
    let name = from.to_string_lossy();
    let digits = name.chars().filter(char::is_ascii_digit).count();
    digits >= 12 && name.chars().all(|c| c.is_ascii_digit() || [' ', '-'].contains(&c))
}

fn open(from: &Path) -> io::Result<File> {
    if !is_stdin(from) {
        return secret_file::open(from);
    }
    let input = io::stdin();
    if input.is_terminal() {
        output::note(
            "the card, a line each: number = …, expiry = MM/YYYY, cvc = …, holder = …; Ctrl-D ends it",
        );
    }
    // A handle without a buffer, because the standard library's handle keeps the bytes.
    Ok(File::from(input.as_fd().try_clone_to_owned()?))
}

fn read_all(file: File) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(BUFFER_SIZE));
    let length = file.take(MAX_BYTES).read_to_end(&mut bytes)?;
    if u64::try_from(length).is_ok_and(|length| length < MAX_BYTES) {
        Ok(bytes)
    } else {
        Err(io::Error::other("it is too long for a card"))
    }
}

/// Parses the card. An error names the field or the line, never the content.
fn parse(bytes: &[u8]) -> Result<v1::CardData, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "it is not text".to_owned())?;
    let fields = fields(text)?;
    let get = |name: &str| fields.get(name).copied();
    let digits = get("number").ok_or("number is missing")?;
    // The number may be in groups, as on the card.
    let digits = Zeroizing::new(digits.replace(' ', ""));
    let number = CardNumber::parse(&digits).map_err(|error| format!("number: {error}"))?;
    let (exp_month, exp_year) = expiry(&fields)?;
    let cvc = match get("cvc") {
        Some(digits) => Some(Cvc::parse(digits, number.brand()).map_err(|error| format!("cvc: {error}"))?),
        None => None,
    };
    Ok(v1::CardData {
        number: number.expose().to_owned(),
        exp_month,
        exp_year,
        cvc: cvc.map(|cvc| cvc.expose().to_owned()).unwrap_or_default(),
        holder_name: get("holder").unwrap_or_default().to_owned(),
    })
}

/// Month and year, from one field or from two.
fn expiry(fields: &Fields<'_>) -> Result<(i32, i32), String> {
    let get = |name: &str| fields.get(name).copied();
    let (name, month, year) = match (get("expiry"), get("exp_month"), get("exp_year")) {
        (Some(both), None, None) => {
            let (month, year) = both.split_once('/').unwrap_or_default();
            ("expiry", month, year)
        }
        (None, Some(month), Some(year)) => ("exp_month and exp_year", month, year),
        (None, None, None) => return Err("expiry is missing".to_owned()),
        (None, Some(_), None) => return Err("exp_year is missing".to_owned()),
        (None, None, Some(_)) => return Err("exp_month is missing".to_owned()),
        (Some(_), _, _) => return Err("expiry is there, and exp_month or exp_year too; keep one".to_owned()),
    };
    let number = |text: &str| text.trim().parse::<i32>().ok();
    number(month)
        .zip(number(year))
        .filter(|(month, year)| Expiry::new(*month, *year).is_ok())
        .ok_or_else(|| format!("{name}: it has to be a month and a year with four digits, as in \"12/2034\""))
}

fn fields(text: &str) -> Result<Fields<'_>, String> {
    let mut fields = Fields::new();
    for (line, text) in (1_u32..).zip(text.trim_start_matches('\u{feff}').lines()) {
        let text = text.trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let (name, text) = text.split_once('=').ok_or_else(|| format!("line {line} is not NAME = VALUE"))?;
        let names = NAMES.join(", ");
        let name = NAMES
            .into_iter()
            .find(|known| *known == name.trim())
            .ok_or_else(|| format!("line {line} has a name that no field has; there are: {names}"))?;
        let value = value(text).ok_or_else(|| format!("{name}: it is not a plain text in quotes"))?;
        if fields.insert(name, value).is_some() {
            return Err(format!("{name} is there twice"));
        }
    }
    Ok(fields)
}

/// A text in quotes or without them. A backslash is refused, because TOML
/// gives backslashes another meaning.
fn value(text: &str) -> Option<&str> {
    let text = text.trim();
    let quote = text.chars().next().filter(|first| ['"', '\''].contains(first));
    let value = match quote.and_then(|quote| Some((quote, text.strip_prefix(quote)?))) {
        Some((quote, rest)) => {
            let (value, after) = rest.split_once(quote)?;
            let after = after.trim_start();
            (after.is_empty() || after.starts_with('#')).then_some(value)?
        }
        None => text.split('#').next().unwrap_or_default(),
    };
    (!value.contains('\\')).then_some(value.trim())
}

#[cfg(test)]
mod tests;
