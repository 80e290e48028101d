//! `docs/settings.md`, the JSON schemas and the examples, compared with the code that reads settings:
//! each setting, type, range, choice and default on the page is the reader's, and the page has each.

use std::path::Path;

use causeway_settings_reference::{
    committed::compare,
    page::{Program, page},
    table::{Kind, Setting, Table, tables},
};
use serde_json::Value;

/// The defaults of the reference, compared with settings that were read.
mod defaults;
/// The files in `examples/`, through the programs' `--check-config`.
mod examples;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

const INTRODUCTION: &str = include_str!("settings_reference/introduction.md");

/// A program whose settings file is described.
struct Described {
    name: &'static str,
    prefix: &'static str,
    schema: Value,
    /// Reads a settings file and returns the mistakes.
    mistakes: fn(&str) -> Vec<String>,
}

fn described(name: &'static str) -> Described {
    let schema = std::fs::read_to_string(Path::new(ROOT).join(format!("docs/{name}.schema.json"))).unwrap();
    let schema = serde_json::from_str(&schema).unwrap();
    match name {
        "relay" => Described { name, prefix: causeway_relay::settings::PREFIX, schema, mistakes: relay },
        _ => Described { name, prefix: causeway_adapter::settings::PREFIX, schema, mistakes: adapter },
    }
}

fn programs() -> [Described; 2] {
    ["relay", "adapter"].map(described)
}

fn relay(text: &str) -> Vec<String> {
    causeway_relay::settings::Settings::from_toml(text).err().map(|mistakes| mistakes.0).unwrap_or_default()
}

fn adapter(text: &str) -> Vec<String> {
    causeway_adapter::settings::Settings::from_toml(text).err().map(|mistakes| mistakes.0).unwrap_or_default()
}

#[test]
fn the_settings_page_equals_the_schemas() {
    let described = programs();
    let programs = described.each_ref().map(|program| Program {
        name: program.name,
        prefix: program.prefix,
        schema: &program.schema,
    });
    let checked = compare(&Path::new(ROOT).join("docs/settings.md"), &page(INTRODUCTION, &programs));
    assert!(checked.is_ok(), "{}", checked.unwrap_err());
}

/// The names of a table in a real file. A currency has either settings or tables of payment systems, so
/// there are two currencies; the first name has the settings.
fn instances(table: &Table) -> Vec<String> {
    let inside = table.path.iter().any(|part| part == "CURRENCY") && table.path.last().unwrap() != "CURRENCY";
    let real = |currency: &str| {
        let part = |part: &String| match part.as_str() {
            "TENANT" => "acme".to_owned(),
            "KEY_ID" => "acme-1".to_owned(),
            "SYSTEM" => "main".to_owned(),
            "CALLER" => "billing".to_owned(),
            "CURRENCY" => currency.to_owned(),
            other => other.to_owned(),
        };
        table.path.iter().map(part).collect::<Vec<_>>().join(".")
    };
    match table.path.last().map(String::as_str) {
        Some("CURRENCY") => vec![real("usd"), real("cad")],
        _ if inside => vec![real("cad")],
        _ => vec![real("usd")],
    }
}

/// A settings file with every table of a program. `lines` are the lines of a table.
fn file(tables: &[Table], lines: impl Fn(&Table, &str) -> Vec<String>) -> String {
    let mut text = String::new();
    for table in tables {
        for instance in instances(table) {
            if !instance.is_empty() {
                text += &format!("[{instance}]\n");
            }
            for line in lines(table, &instance) {
                text += &(line + "\n");
            }
        }
    }
    text
}

fn path_of(instance: &str, name: &str) -> String {
    if instance.is_empty() { name.to_owned() } else { format!("{instance}.{name}") }
}

/// An unknown setting in each table makes the reader list the names that it knows there.
#[test]
fn the_settings_reader_knows_exactly_the_documented_settings() {
    for program in programs() {
        let tables = tables(&program.schema);
        assert!(tables.len() >= 4, "{} has {} tables", program.name, tables.len());
        let mistakes = (program.mistakes)(&file(&tables, |_, _| vec!["no_such_setting = 1".to_owned()]));
        for table in &tables {
            let mut known: Vec<String> = vec![];
            for instance in instances(table) {
                let start = path_of(&instance, "no_such_setting: there is no such setting; here are: ");
                let listed = mistakes.iter().find_map(|mistake| mistake.strip_prefix(&start));
                let listed = listed.unwrap_or_else(|| panic!("{start} is not in {mistakes:#?}"));
                known.extend(listed.split(", ").filter(|name| !name.is_empty()).map(str::to_owned));
            }
            known.sort_unstable();
            known.dedup();
            let names = table.settings.iter().map(|setting| &setting.name);
            let mut reference: Vec<_> = names.chain(&table.tables).cloned().collect();
            reference.sort_unstable();
            assert_eq!(known, reference, "{}: [{}]", program.name, table.path.join("."));
        }
    }
}

/// A value of the wrong type for each setting makes the reader say which values are right.
#[test]
fn the_settings_reader_enforces_the_documented_types_and_ranges() {
    for program in programs() {
        let tables = tables(&program.schema);
        let wrong = |setting: &Setting| match &setting.kind {
            Kind::Flag => ("\"perhaps\"", "it has to be true or false".to_owned()),
            Kind::Number(least, most) => {
                ("-1", format!("it has to be a whole number from {least} to {most}"))
            }
            Kind::Text(_) | Kind::Choice(_) => ("true", "it has to be a text in quotes".to_owned()),
            Kind::List(_) => ("true", "it has to be a list of texts, as in [\"a\", \"b\"]".to_owned()),
        };
        let has_settings = |table: &Table, instance: &str| instances(table)[0] == instance;
        let mistakes = (program.mistakes)(&file(&tables, |table, instance| {
            let settings = table.settings.iter().filter(|_| has_settings(table, instance));
            settings.map(|setting| format!("{} = {}", setting.name, wrong(setting).0)).collect()
        }));
        for table in &tables {
            for setting in &table.settings {
                let expected = path_of(&instances(table)[0], &setting.name) + ": " + &wrong(setting).1;
                assert!(mistakes.contains(&expected), "{expected} is not in {mistakes:#?}");
            }
        }
        let unknown: Vec<_> = mistakes.iter().filter(|mistake| mistake.contains("no such setting")).collect();
        assert_eq!(unknown, Vec::<&String>::new());
    }
}

/// A text that is no choice makes the reader list the choices; each choice is then taken.
#[test]
fn the_settings_reader_accepts_exactly_the_documented_choices() {
    let mut seen = 0;
    for program in programs() {
        let tables = tables(&program.schema);
        for table in &tables {
            for setting in &table.settings {
                let (choices, list) = match &setting.kind {
                    Kind::Choice(choices) => (choices, false),
                    Kind::List(choices) if !choices.is_empty() => (choices, true),
                    Kind::Flag | Kind::Number(..) | Kind::Text(_) | Kind::List(_) => continue,
                };
                let path = path_of(&instances(table)[0], &setting.name);
                let problem = |value: &str| {
                    let value = if list { format!("[\"{value}\"]") } else { format!("\"{value}\"") };
                    let line = format!("{} = {value}", setting.name);
                    let text =
                        file(
                            &tables,
                            |other, _| {
                                if other.path == table.path { vec![line.clone()] } else { vec![] }
                            },
                        );
                    let mistakes = (program.mistakes)(&text);
                    mistakes
                        .iter()
                        .find_map(|mistake| mistake.strip_prefix(&format!("{path}: ")).map(str::to_owned))
                };
                for choice in choices {
                    assert_eq!(problem(&choice.text), None, "{path} = {}", choice.text);
                }
                let refused = problem("no-choice").unwrap();
                let mut known: Vec<_> = if list {
                    let (_, all) = refused.rsplit_once(" are: ").or(refused.rsplit_once(" are ")).unwrap();
                    all.split(", ").map(str::to_lowercase).collect()
                } else {
                    refused.split('"').skip(1).step_by(2).map(str::to_owned).collect()
                };
                known.sort_unstable();
                let mut reference: Vec<_> = choices.iter().map(|choice| choice.text.to_lowercase()).collect();
                reference.sort_unstable();
                assert_eq!(known, reference, "{path}: {refused}");
                seen += 1;
            }
        }
    }
    assert_eq!(seen, 9, "settings with choices");
}

/// A setting that the reference calls required is reported by the reader, and no other is.
#[test]
fn the_settings_reader_requires_exactly_the_documented_settings() {
    for program in programs() {
        let tables = tables(&program.schema);
        let mistakes = (program.mistakes)(&file(&tables, |_, _| vec![]));
        for table in &tables {
            for setting in &table.settings {
                let path = path_of(&instances(table)[0], &setting.name) + ": ";
                let is_reported = mistakes.iter().any(|mistake| mistake.starts_with(&path));
                let in_words = setting.default_in_words.as_deref().unwrap_or_default();
                let required = setting.required || in_words.contains("required");
                let reported_for_another = ["tls_key", "secret_file", "token_file", "secret_key_file"];
                if !reported_for_another.contains(&setting.name.as_str()) {
                    assert_eq!(is_reported, required, "{path}{mistakes:#?}");
                }
            }
        }
    }
}
