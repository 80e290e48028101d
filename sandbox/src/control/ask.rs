//! What somebody asks the control API: a query, and a body of JSON, both of which have to be understood whole.

use std::str::FromStr;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::control::refused::Trouble;
use crate::exchange::Incoming;
use crate::form::Form;
use crate::shared::Shared;

/// A question or an order.
pub(super) struct Ask<'a> {
    /// The sandbox.
    pub(super) shared: &'a Shared,
    /// The request.
    pub(super) incoming: &'a Incoming,
    /// The id in the path, or nothing.
    pub(super) id: &'a str,
}

/// The parameters of a query.
pub(super) struct Query(Form);

impl Ask<'_> {
    /// The body, which has to be one JSON object.
    pub(super) fn object(&self) -> Result<Map<String, Value>, Trouble> {
        self.query(&[])?;
        let of = |error: serde_json::Error| Trouble::Body(error.to_string());
        let body: Value = serde_json::from_slice(&self.incoming.body).map_err(of)?;
        let Value::Object(object) = body else {
            return Err(Trouble::Body("it is not an object".to_owned()));
        };
        Ok(object)
    }

    /// The body, read as what is wanted here.
    pub(super) fn body<T: DeserializeOwned>(&self) -> Result<T, Trouble> {
        read(self.object()?)
    }

    /// The parameters of the query, of which only these are known.
    pub(super) fn query(&self, known: &'static [&'static str]) -> Result<Query, Trouble> {
        let form = Form::decode(self.incoming.query.as_bytes());
        let strange = form.names().find(|name| !known.contains(name)).map(str::to_owned);
        match strange {
            Some(name) => Err(Trouble::Parameter { name, known }),
            None => Ok(Query(form)),
        }
    }
}

/// Reads an object as what is wanted.
pub(super) fn read<T: DeserializeOwned>(object: Map<String, Value>) -> Result<T, Trouble> {
    serde_json::from_value(Value::Object(object)).map_err(|error| Trouble::Body(error.to_string()))
}

impl Query {
    /// A text.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.last(name)
    }

    /// A number.
    pub(super) fn number<T: FromStr>(&self, name: &'static str) -> Result<Option<T>, Trouble> {
        let number = |value: &str| {
            value.parse().map_err(|_| Trouble::Value {
                name,
                value: value.to_owned(),
                wanted: "a whole number",
            })
        };
        self.text(name).map(number).transpose()
    }

    /// How many things a page has at the most.
    pub(super) fn limit(&self) -> Result<usize, Trouble> {
        const MOST: usize = 1000;
        match self.number("limit")?.unwrap_or(100) {
            limit @ 0..=MOST => Ok(limit),
            more => Err(Trouble::Value { name: "limit", value: more.to_string(), wanted: "0 to 1000" }),
        }
    }
}
