//! Makes the reference of the settings files. Each program describes its settings file with plain
//! types; from the types follow a JSON schema and the page `docs/settings.md`. Tests compare the
//! generated files with the committed files and with the code that reads settings. No shipped
//! program depends on this crate.

/// The types of single settings: address, file, secret, amount, URL.
pub mod kind;
/// The JSON schema of a described settings file.
pub mod schema;
/// The tables of a settings file, read from the JSON schema.
pub mod table;
/// The page `docs/settings.md`, made from the JSON schemas.
pub mod page;
/// Comparison of generated files with the committed files.
pub mod committed;
