//! A request to the control API: a query and a JSON body. An unknown parameter or field is refused.

use std::str::FromStr;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::control::errors::ControlError;
use crate::exchange::Incoming;
use crate::form::Form;
use crate::shared::Shared;

/// A request to the control API.
pub(super) struct ControlRequest<'a> {
    /// The shared state of the sandbox.
    pub(super) shared: &'a Shared,
    /// The HTTP request as received.
    pub(super) incoming: &'a Incoming,
    /// The id in the path, or an empty text.
    pub(super) id: &'a str,
}

/// The parameters of a query.
pub(super) struct Query(Form);

impl ControlRequest<'_> {
    /// The body, which has to be one JSON object.
    pub(super) fn object(&self) -> Result<Map<String, Value>, ControlError> {
        self.query(&[])?;
        let body_error = |error: serde_json::Error| ControlError::Body(error.to_string());
        let body: Value = serde_json::from_slice(&self.incoming.body).map_err(body_error)?;
        let Value::Object(object) = body else {
            return Err(ControlError::Body("it is not an object".to_owned()));
        };
        Ok(object)
    }

    /// The body, deserialized into the type of the endpoint.
    pub(super) fn body<T: DeserializeOwned>(&self) -> Result<T, ControlError> {
        read(self.object()?)
    }

    /// The parameters of the query. A parameter outside of `known` is refused.
    pub(super) fn query(&self, known: &'static [&'static str]) -> Result<Query, ControlError> {
        let form = Form::decode(self.incoming.query.as_bytes());
        let unknown = form.names().find(|name| !known.contains(name)).map(str::to_owned);
        match unknown {
            Some(name) => Err(ControlError::Parameter { name, known }),
            None => Ok(Query(form)),
        }
    }
}

/// Deserializes an object into the type of the endpoint.
pub(super) fn read<T: DeserializeOwned>(object: Map<String, Value>) -> Result<T, ControlError> {
    serde_json::from_value(Value::Object(object)).map_err(|error| ControlError::Body(error.to_string()))
}

impl Query {
    /// The last value of a text parameter.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.last(name)
    }

    /// The value of a numeric parameter, or a refusal of a value that is not a number.
    pub(super) fn number<T: FromStr>(&self, name: &'static str) -> Result<Option<T>, ControlError> {
        let number = |value: &str| {
            value.parse().map_err(|_| ControlError::Value {
                name,
                value: value.to_owned(),
                wanted: "a whole number",
            })
        };
        self.text(name).map(number).transpose()
    }

    /// The greatest number of entries on a page: 100 by default, and at most 1000.
    pub(super) fn limit(&self) -> Result<usize, ControlError> {
        const MAX_ITEMS: usize = 1000;
        match self.number("limit")?.unwrap_or(100) {
            limit @ 0..=MAX_ITEMS => Ok(limit),
            limit => {
                Err(ControlError::Value { name: "limit", value: limit.to_string(), wanted: "0 to 1000" })
            }
        }
    }
}
