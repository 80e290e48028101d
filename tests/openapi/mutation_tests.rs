//! Shows that the judge misses no change to a value that fits, and no word of the description.

use serde_json::{Map, Value, json};

use super::tests::{judge, wide_refund};
use super::{FORM, Judge, schema};

/// One value of every JSON type.
fn one_of_each() -> [Value; 7] {
    [Value::Null, json!(true), json!(7), json!(7.5), json!("x"), json!([]), json!({})]
}

/// What the judge says of a refund.
fn refund(judge: &Judge, body: &Value) -> Vec<String> {
    judge.answer("GET", "/v1/refunds/re_1", 200, body.to_string().as_bytes())
}

/// The smallest refund.
fn small_refund() -> Value {
    json!({"id": "re_1", "object": "refund", "amount": 5, "created": 1_700_000_000, "currency": "eur"})
}

#[test]
fn each_mutation_of_a_minimal_refund_is_detected() {
    let Some(judge) = judge() else { return };
    assert!(refund(&judge, &small_refund()).is_empty());
    for key in ["id", "object", "amount", "created", "currency"] {
        let mut without = small_refund();
        without.as_object_mut().unwrap().remove(key);
        assert_eq!(refund(&judge, &without), [format!("refund.{key}: is required, but missing")]);

        for other in one_of_each() {
            let whole = matches!(key, "amount" | "created");
            if (whole && other.is_u64()) || (!whole && other.is_string()) {
                continue;
            }
            let kind = if whole { "an integer" } else { "a string" };
            let problem = format!("refund.{key}: {} is not {kind}", schema::shown(&other));
            let mut changed = small_refund();
            changed[key] = other;
            assert_eq!(refund(&judge, &changed), [problem]);
        }
    }
    let mut more = small_refund();
    more["colour"] = json!("red");
    assert_eq!(refund(&judge, &more), ["refund.colour: is not a known key"]);
}

#[test]
fn each_type_change_in_a_full_refund_is_detected() {
    let Some(judge) = judge() else { return };
    let whole = wide_refund();
    let allowed = |key: &str, value: &Value| match key {
        "amount" | "created" => value.is_u64(),
        "id" | "description" | "status" if value.is_string() => true,
        "charge" | "balance_transaction" | "payment_intent" => value.is_string() || value.is_null(),
        "metadata" => value.is_object() || value.is_null(),
        "reason" | "status" => value.is_null(),
        _ => false,
    };
    for key in whole.as_object().unwrap().keys() {
        for other in one_of_each() {
            let mut changed = whole.clone();
            changed[key] = other.clone();
            let problems = refund(&judge, &changed);
            let blamed = problems.iter().all(|problem| problem.starts_with(&format!("refund.{key}")));
            assert_eq!(problems.is_empty(), allowed(key, &other), "{key} = {other}: {problems:?}");
            assert!(blamed, "{problems:?}");
        }
    }
}

#[test]
fn the_minimal_answer_of_each_operation_conforms_and_needs_all_keys() {
    let Some(judge) = judge() else { return };
    for (method, path, described) in operations(&judge.description) {
        let wanted = super::operation_schema(described, 200).unwrap();
        let smallest = sample(&judge.description, wanted, 0);
        let problems = judge.answer(&method, &path, 200, smallest.to_string().as_bytes());
        assert!(problems.is_empty(), "{method} {path}: {problems:?}");
        for key in smallest.as_object().unwrap().keys() {
            let mut without = smallest.clone();
            without.as_object_mut().unwrap().remove(key);
            let problems = judge.answer(&method, &path, 200, without.to_string().as_bytes());
            assert!(!problems.is_empty(), "{method} {path} without {key}");
        }
        let mut more = smallest.clone();
        more["colour"] = json!("red");
        let problems = judge.answer(&method, &path, 200, more.to_string().as_bytes());
        assert!(
            problems.iter().all(|problem| problem.contains(".colour: is not a known key")),
            "{problems:?}"
        );
        assert_eq!(problems.len(), 1, "{method} {path}");
        let problems = judge.answer(&method, &path, 404, br#"{"error":{"type":"api_error"}}"#);
        assert!(problems.is_empty(), "{method} {path}: {problems:?}");
    }
}

#[test]
fn the_full_answer_of_each_operation_conforms() {
    let Some(judge) = judge() else { return };
    for (method, path, described) in operations(&judge.description) {
        for (full, status) in [(1, 200), (2, 200), (3, 200), (3, 400)] {
            let wanted = super::operation_schema(described, status).unwrap();
            let value = sample(&judge.description, wanted, full);
            let problems = judge.answer(&method, &path, status, value.to_string().as_bytes());
            assert!(problems.is_empty(), "{method} {path}: {problems:?}");
        }
    }
}

#[test]
fn each_operation_refuses_an_unknown_parameter() {
    let Some(judge) = judge() else { return };
    for (method, path, _) in operations(&judge.description) {
        let problems = judge.request(&method, &path, "colour=red", None, b"");
        assert!(
            problems.contains(&"query colour: is not a known parameter".to_owned()),
            "{method} {path}: {problems:?}"
        );
        if method != "GET" {
            let problems = judge.request(&method, &path, "", Some(FORM), b"colour=red");
            assert!(
                problems.contains(&"colour: is not a known parameter".to_owned()),
                "{method} {path}: {problems:?}"
            );
        }
    }
}

#[test]
fn each_keyword_of_the_description_is_checked() {
    let Some(judge) = judge() else { return };
    let mut unchecked = Vec::new();
    let schemas = judge.description["components"]["schemas"].as_object().unwrap();
    for (name, schema) in schemas {
        collect_unchecked(&judge.description, schema, name, &mut unchecked);
    }
    for (method, path, described) in operations(&judge.description) {
        let location = format!("{method} {path}");
        for parameter in described["parameters"].as_array().into_iter().flatten() {
            collect_unchecked(&judge.description, &parameter["schema"], &location, &mut unchecked);
        }
        for media in described["requestBody"]["content"].as_object().unwrap() {
            assert_eq!(media.0, FORM, "{location}");
            collect_unchecked(&judge.description, &media.1["schema"], &location, &mut unchecked);
        }
        for status in ["200", "default"] {
            let answer = described["responses"][status].pointer("/content/application~1json/schema");
            collect_unchecked(&judge.description, answer.unwrap(), &location, &mut unchecked);
        }
    }
    assert!(unchecked.is_empty(), "{unchecked:#?}");
}

/// Every operation of the description, its path's parameters filled in.
fn operations(description: &Value) -> Vec<(String, String, &Value)> {
    let mut found = Vec::new();
    for (template, item) in description["paths"].as_object().unwrap() {
        let path = template.replace(['{', '}'], "");
        for (method, described) in item.as_object().unwrap() {
            found.push((method.to_ascii_uppercase(), path.clone(), described));
        }
    }
    found
}

/// A value that fits a schema: the smallest one, or one that is full for so many levels.
fn sample(description: &Value, schema: &Value, full: usize) -> Value {
    if let Some(reference) = schema["$ref"].as_str() {
        return sample(description, description.pointer(&reference[1..]).unwrap(), full);
    }
    if full == 0 && schema["nullable"] == true {
        return Value::Null;
    }
    if let Some(allowed) = schema["enum"].as_array() {
        return allowed[0].clone();
    }
    if let Some(branches) = schema["anyOf"].as_array() {
        let branch = if full == 0 { branches.first() } else { branches.last() };
        return sample(description, branch.unwrap(), full);
    }
    let less = full.saturating_sub(1);
    match (schema["type"].as_str().unwrap(), schema["format"].as_str()) {
        ("object", _) => {
            let required =
                |key: &String| schema["required"].as_array().is_some_and(|all| all.contains(&json!(key)));
            let known = schema["properties"].as_object().into_iter().flatten();
            let chosen = known.filter(|(key, _)| full > 0 || required(key));
            let filled = chosen.map(|(key, inner)| (key.clone(), sample(description, inner, less)));
            Value::Object(filled.collect::<Map<_, _>>())
        }
        ("array", _) if full == 0 => json!([]),
        ("array", _) => json!([sample(description, &schema["items"], less)]),
        ("boolean", _) => json!(false),
        ("integer" | "number", _) => json!(0),
        ("string", Some("currency")) => json!("eur"),
        ("string", Some("decimal")) => json!("0.5"),
        ("string", _) => json!(schema["pattern"].as_str().unwrap_or("^").trim_start_matches('^')),
        (other, _) => panic!("the description has the type {other}"),
    }
}

/// Collects the words of a schema that the judge would pass over.
fn collect_unchecked(description: &Value, schema: &Value, location: &str, unchecked: &mut Vec<String>) {
    for (word, value) in schema.as_object().unwrap() {
        let judged = match word.as_str() {
            "$ref" => {
                schema.as_object().unwrap().len() == 1
                    && description.pointer(&value.as_str().unwrap()[1..]).is_some()
            }
            "type" => ["object", "array", "string", "boolean", "integer", "number"]
                .contains(&value.as_str().unwrap()),
            "format" => ["unix-time", "currency", "decimal"].contains(&value.as_str().unwrap()),
            "pattern" => schema::plain_beginning(value.as_str().unwrap()).is_some(),
            "enum" | "maxLength" => !["object", "array"].contains(&schema["type"].as_str().unwrap()),
            "anyOf" => schema.get("type").is_none() && schema.get("properties").is_none(),
            "additionalProperties" | "items" | "nullable" | "properties" | "required" => true,
            note => note.starts_with("x-") || ["description", "title"].contains(&note),
        };
        if !judged {
            unchecked.push(format!("{location}: {word}: {value}"));
        }
    }
    let properties = schema["properties"].as_object().into_iter().flat_map(Map::values);
    let branches = schema["anyOf"].as_array().into_iter().flatten();
    let single = [schema.get("items"), schema.get("additionalProperties").filter(|value| value.is_object())];
    for inner in properties.chain(branches).chain(single.into_iter().flatten()) {
        collect_unchecked(description, inner, location, unchecked);
    }
}
