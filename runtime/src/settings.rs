//! Reads a settings file and reports every mistake at once.
//!
//! A setting comes from the TOML file or, with precedence, from the environment: the setting
//! `tenants.acme.active` is the variable `PREFIX_TENANTS__ACME__ACTIVE`. Names are
//! case-insensitive. An unknown setting is a mistake, because an unknown setting is mostly a
//! misspelled setting.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    fmt::Display,
    path::{Path, PathBuf},
    rc::Rc,
};

use toml::{Table, Value};

use self::source::{lower_case, overlay, parse};
use crate::private_file::{self, Exposure};

/// Every mistake in the settings, a sentence each.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct Mistakes(pub Vec<String>);

/// The text of the file, and the environment over it.
mod source;
/// Secrets, and the modes of the files that hold them.
mod secret;
/// The two TLS settings of a listener.
mod listen_limits;
mod tls;
/// URLs in settings, all parsed by one type.
pub mod url;

pub use listen_limits::read_listen_limits;
pub use tls::read_tls;

type Shared = Rc<RefCell<Vec<String>>>;

/// One table of the settings. Each read is recorded, so that unknown settings can be reported.
pub struct Section {
    path: String,
    entries: BTreeMap<String, Value>,
    asked: BTreeSet<String>,
    mistakes: Shared,
    warnings: Shared,
    source: Rc<Source>,
}

/// The origin of the settings.
struct Source {
    /// The folder of the file, against which relative paths are resolved.
    base: PathBuf,
    /// Full paths of the settings that the environment sets.
    overlaid: BTreeSet<String>,
    /// The warning about the file's mode, if other users have access to the file.
    exposed: Option<String>,
}

/// Reads a file, overlays the environment and passes the result to `read`. Missing and invalid
/// settings are returned as [`Mistakes`].
pub fn read<T>(
    file: &Path,
    prefix: &str,
    environment: impl IntoIterator<Item = (String, String)>,
    read: impl FnOnce(&mut Section) -> Option<T>,
) -> Result<T, Mistakes> {
    let (text, about) = private_file::read_text(file).map_err(|error| {
        Mistakes(vec![format!("the settings file {} cannot be read: {error}", file.display())])
    })?;
    let exposure = Exposure::of(&about);
    let exposed = exposure.is_loose().then(|| exposure.sentence(file));
    read_from(&text, &private_file::folder(file), exposed, prefix, environment, read)
}

/// Like [`read`], for a text in memory.
pub fn read_text<T>(
    text: &str,
    base: &Path,
    prefix: &str,
    environment: impl IntoIterator<Item = (String, String)>,
    read: impl FnOnce(&mut Section) -> Option<T>,
) -> Result<T, Mistakes> {
    read_from(text, base, None, prefix, environment, read)
}

fn read_from<T>(
    text: &str,
    base: &Path,
    exposed: Option<String>,
    prefix: &str,
    environment: impl IntoIterator<Item = (String, String)>,
    read: impl FnOnce(&mut Section) -> Option<T>,
) -> Result<T, Mistakes> {
    let mut table = parse(text).map_err(|mistake| Mistakes(vec![mistake]))?;
    let mistakes = Shared::default();
    lower_case(&mut table, "", &mistakes);
    let overlaid = overlay(&mut table, prefix, environment, &mistakes);
    let mut root = Section {
        path: String::new(),
        entries: table.into_iter().collect(),
        asked: BTreeSet::new(),
        mistakes: Rc::clone(&mistakes),
        warnings: Shared::default(),
        source: Rc::new(Source { base: base.to_owned(), overlaid, exposed }),
    };
    let result = read(&mut root);
    root.finish();
    let mistakes = mistakes.take();
    match result {
        Some(result) if mistakes.is_empty() => Ok(result),
        _ => Err(Mistakes(mistakes)),
    }
}

impl Section {
    /// Full path of a setting: `tenants.acme.active`.
    pub fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    /// Records a mistake in one setting.
    pub fn wrong(&self, name: &str, problem: impl Display) {
        self.mistakes.borrow_mut().push(format!("{}: {problem}", self.path_of(name)));
    }

    /// Records a warning about a valid but suspicious setting.
    pub fn warn(&self, name: &str, warning: impl Display) {
        self.warnings.borrow_mut().push(format!("{}: {warning}", self.path_of(name)));
    }

    /// The warnings so far, of all sections.
    pub fn warnings(&self) -> Vec<String> {
        self.warnings.borrow().clone()
    }

    fn take(&mut self, name: &str) -> Option<Value> {
        self.asked.insert(name.to_owned());
        self.entries.remove(name)
    }

    /// Reads an optional text.
    pub fn optional(&mut self, name: &str) -> Option<String> {
        match self.take(name)? {
            Value::String(text) => Some(text),
            Value::Integer(number) => Some(number.to_string()),
            Value::Float(_) => {
                self.wrong(
                    name,
                    "write it in quotes, as in \"0.50\"; a bare number with a point is not exact",
                );
                None
            }
            Value::Boolean(_) | Value::Datetime(_) | Value::Array(_) | Value::Table(_) => {
                self.wrong(name, "it has to be a text in quotes");
                None
            }
        }
    }

    /// Reads a required text; `example` is shown in the error.
    pub fn text(&mut self, name: &str, example: &str) -> Option<String> {
        let there = self.entries.contains_key(name);
        let text = self.optional(name);
        if !there {
            self.wrong(name, format!("it is missing; set it, as in {name} = \"{example}\""));
        }
        text
    }

    /// Reads a required text and parses the text.
    pub fn parse<T, E: Display>(
        &mut self,
        name: &str,
        example: &str,
        read: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        let text = self.text(name, example)?;
        self.understood(name, read(&text))
    }

    /// Reads and parses an optional text; `Some(None)` if absent, `None` if invalid.
    pub fn parse_optional<T, E: Display>(
        &mut self,
        name: &str,
        read: impl Fn(&str) -> Result<T, E>,
    ) -> Option<Option<T>> {
        if !self.entries.contains_key(name) {
            self.asked.insert(name.to_owned());
            return Some(None);
        }
        let text = self.optional(name)?;
        self.understood(name, read(&text)).map(Some)
    }

    /// Returns the parsed value, or records the error.
    pub fn understood<T, E: Display>(&self, name: &str, read: Result<T, E>) -> Option<T> {
        read.map_err(|error| self.wrong(name, error)).ok()
    }

    /// Reads a boolean, with a default.
    pub fn flag(&mut self, name: &str, otherwise: bool) -> Option<bool> {
        match self.take(name) {
            None => Some(otherwise),
            Some(Value::Boolean(flag)) => Some(flag),
            Some(Value::String(text)) if text == "true" || text == "false" => Some(text == "true"),
            Some(_) => {
                self.wrong(name, "it has to be true or false");
                None
            }
        }
    }

    /// Reads an integer between `least` and `most`, with a default.
    pub fn number(&mut self, name: &str, otherwise: u64, least: u64, most: u64) -> Option<u64> {
        let number = match self.take(name) {
            None => Some(otherwise),
            Some(Value::Integer(number)) => u64::try_from(number).ok(),
            Some(Value::String(text)) => text.parse().ok(),
            Some(_) => None,
        };
        let number = number.filter(|number| (least..=most).contains(number));
        if number.is_none() {
            self.wrong(name, format!("it has to be a whole number from {least} to {most}"));
        }
        number
    }

    /// Reads an optional list of texts; `Some(None)` if absent, `None` if invalid.
    pub fn list_optional(&mut self, name: &str) -> Option<Option<Vec<String>>> {
        if self.entries.contains_key(name) {
            return self.list(name).map(Some);
        }
        self.asked.insert(name.to_owned());
        Some(None)
    }

    /// Whether the section contains a setting.
    pub fn has(&self, name: &str) -> bool {
        self.entries.contains_key(name)
    }

    /// Reads a required list of texts.
    pub fn list(&mut self, name: &str) -> Option<Vec<String>> {
        let items = match self.take(name) {
            Some(Value::Array(items)) => {
                items.into_iter().map(|item| item.as_str().map(str::to_owned)).collect()
            }
            Some(Value::String(text)) => Some(text.split(',').map(|item| item.trim().to_owned()).collect()),
            Some(_) | None => None,
        };
        if items.is_none() {
            self.wrong(name, "it has to be a list of texts, as in [\"a\", \"b\"]");
        }
        items
    }

    /// Reads an optional path; a relative path is resolved against the directory of the settings
    /// file.
    pub fn file(&mut self, name: &str) -> Option<Option<PathBuf>> {
        let source = Rc::clone(&self.source);
        self.parse_optional(name, |text| Ok::<_, &str>(source.base.join(text)))
    }

    /// Reads a nested table, if present.
    pub fn section(&mut self, name: &str) -> Option<Section> {
        match self.take(name)? {
            Value::Table(table) => Some(self.inner(name, table)),
            Value::String(_)
            | Value::Integer(_)
            | Value::Float(_)
            | Value::Boolean(_)
            | Value::Datetime(_)
            | Value::Array(_) => {
                self.wrong(name, format!("it has to be a table, [{}]", self.path_of(name)));
                None
            }
        }
    }

    /// Reads the named tables inside a table: `[tenants.acme]`, `[tenants.other]`.
    pub fn sections(&mut self, name: &str) -> Vec<(String, Section)> {
        let Some(mut all) = self.section(name) else {
            return vec![];
        };
        let names: Vec<_> = all.entries.keys().cloned().collect();
        names.into_iter().filter_map(|name| all.section(&name).map(|section| (name, section))).collect()
    }

    fn inner(&self, name: &str, table: Table) -> Section {
        Section {
            path: self.path_of(name),
            entries: table.into_iter().collect(),
            asked: BTreeSet::new(),
            mistakes: Rc::clone(&self.mistakes),
            warnings: Rc::clone(&self.warnings),
            source: Rc::clone(&self.source),
        }
    }

    /// Reports the unknown settings; called after every setting was read.
    pub fn finish(self) {
        let known: Vec<_> = self.asked.iter().cloned().collect();
        for name in self.entries.keys() {
            self.wrong(name, format!("there is no such setting; here are: {}", known.join(", ")));
        }
    }
}

#[cfg(test)]
mod tests;
