//! The page `docs/settings.md`, made from the JSON schemas.

use serde_json::Value;

use crate::table::{Choice, Kind, Setting, Table, tables};

/// A program with a settings file.
pub struct Program<'a> {
    /// The name of the program, as in "relay".
    pub name: &'a str,
    /// The prefix of environment variables, as in `CAUSEWAY_RELAY`.
    pub prefix: &'a str,
    /// The JSON schema of the settings file.
    pub schema: &'a Value,
}

/// Writes the page: the introduction, then each program with a section for each table.
pub fn page(introduction: &str, programs: &[Program]) -> String {
    let mut page = introduction.to_owned();
    for program in programs {
        let name = program.name;
        page += &format!("\n## Settings of the {name}\n");
        for table in tables(program.schema) {
            page += &section(&table, program.prefix);
        }
    }
    page
}

fn section(table: &Table, prefix: &str) -> String {
    let heading =
        if table.path.is_empty() { "Top level".to_owned() } else { format!("`[{}]`", table.path.join(".")) };
    let mut section = format!("\n### {heading}\n\n{}\n", table.description);
    // The file of a secret is shown beside the secret.
    let is_file_of_secret = |setting: &&Setting| {
        setting
            .name
            .strip_suffix("_file")
            .is_some_and(|secret| table.settings.iter().any(|s| s.name == secret))
    };
    let (files, settings): (Vec<_>, Vec<_>) = table.settings.iter().partition(is_file_of_secret);
    let (required, optional): (Vec<&Setting>, Vec<_>) =
        settings.into_iter().partition(|setting| setting.required);
    let all: Vec<_> = required.into_iter().chain(optional).collect();
    let Some(first) = all.first() else { return section };
    let variable: Vec<_> = std::iter::once(prefix.to_owned() + "_" + &table.path.join("__"))
        .chain([first.name.clone()])
        .collect();
    let variable = if table.path.is_empty() { variable.concat() } else { variable.join("__") };
    section += &format!(
        "\nIn the environment, `{}` is `{}`.\n\n| setting | type | default | meaning |\n|---|---|---|---|\n",
        first.name,
        variable.to_uppercase()
    );
    for setting in all {
        let name = match files.iter().find(|file| file.name == format!("{}_file", setting.name)) {
            Some(file) => format!("`{}` or `{}`", setting.name, file.name),
            None => format!("`{}`", setting.name),
        };
        section +=
            &format!("| {name} | {} | {} | {} |\n", kind(&setting.kind), default(setting), meaning(setting));
    }
    section
}

fn kind(kind: &Kind) -> String {
    match kind {
        Kind::Flag => "true or false".to_owned(),
        Kind::Number(least, most) => format!("whole number, {least} to {most}"),
        Kind::Text(form) => form.clone(),
        Kind::Choice(choices) => choices.iter().map(quoted).collect::<Vec<_>>().join(" or "),
        Kind::List(choices) if choices.is_empty() => "list of texts".to_owned(),
        Kind::List(choices) => {
            format!("list of {}", choices.iter().map(quoted).collect::<Vec<_>>().join(", "))
        }
    }
}

fn quoted(choice: &Choice) -> String {
    format!("`\"{}\"`", choice.text)
}

fn default(setting: &Setting) -> String {
    match (&setting.default_in_words, &setting.default) {
        (Some(words), _) => words.clone(),
        (None, Some(value)) => format!("`{}`", in_toml(value)),
        (None, None) if setting.required => "**required**".to_owned(),
        (None, None) => String::new(),
    }
}

/// A value in TOML; texts, numbers, flags and lists look as in JSON, apart from spaces.
fn in_toml(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(in_toml).collect::<Vec<_>>().join(", ")),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            value.to_string()
        }
    }
}

/// The description of a setting, with the meaning of each choice.
fn meaning(setting: &Setting) -> String {
    let (Kind::Choice(choices) | Kind::List(choices)) = &setting.kind else {
        return setting.description.clone();
    };
    let described = choices.iter().filter(|choice| !choice.description.is_empty());
    let described: Vec<_> =
        described.map(|choice| format!("{}: {}", quoted(choice), choice.description)).collect();
    std::iter::once(setting.description.clone()).chain(described).collect::<Vec<_>>().join("<br>")
}
