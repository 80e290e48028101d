//! The JSON bodies of version 2 of the API, as the form that all endpoints read.

use form_urlencoded::Serializer;
use serde_json::Value;

use crate::error::{StripeError, StripeResult};
use crate::form::Form;

/// The parameters of a JSON body. A null is an empty text, which unsets a parameter.
pub(crate) fn form_of_json(body: &[u8]) -> StripeResult<Form> {
    if body.is_empty() {
        return Ok(Form::default());
    }
    let Ok(Value::Object(fields)) = serde_json::from_slice(body) else {
        return Err(StripeError::invalid("The request body is not a valid JSON object.").bare());
    };
    let mut form = Serializer::new(String::new());
    for (name, value) in &fields {
        append(&mut form, name, value);
    }
    Ok(Form::decode(form.finish().as_bytes()))
}

fn append(form: &mut Serializer<'_, String>, name: &str, value: &Value) {
    match value {
        Value::Null => drop(form.append_pair(name, "")),
        Value::Bool(flag) => drop(form.append_pair(name, &flag.to_string())),
        Value::Number(number) => drop(form.append_pair(name, &number.to_string())),
        Value::String(text) => drop(form.append_pair(name, text)),
        Value::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(index, item)| append(form, &format!("{name}[{index}]"), item));
        }
        Value::Object(fields) => {
            fields.iter().for_each(|(key, field)| append(form, &format!("{name}[{key}]"), field));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_json_body_becomes_a_form() {
        let body =
            br#"{"name": "a b", "events": ["x", "y"], "inner": {"url": null, "on": true}, "count": 3}"#;
        let form = form_of_json(body).unwrap();
        assert_eq!(form.list("events"), ["x", "y"]);
        assert_eq!((form.last("name"), form.last("inner[url]")), (Some("a b"), Some("")));
        assert_eq!((form.last("inner[on]"), form.last("count")), (Some("true"), Some("3")));
        assert!(form_of_json(b"[1]").is_err() && form_of_json(b"{").is_err());
        assert_eq!(form_of_json(b"").unwrap().names().count(), 0);
    }
}
