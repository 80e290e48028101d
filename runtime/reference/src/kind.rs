//! The types of single settings. Each is a text in TOML; `x-type` is the type's name in the
//! reference.

use schemars::JsonSchema;

/// An address and a port, as in "127.0.0.1:50052".
#[derive(JsonSchema)]
#[schemars(extend("x-type" = "address and port"))]
pub struct Address(pub String);

/// A path; a relative path is resolved against the folder of the settings file.
#[derive(JsonSchema)]
#[schemars(extend("x-type" = "file"))]
pub struct File(pub String);

/// A secret in the settings file itself; a file or the environment is the better place.
#[derive(JsonSchema)]
#[schemars(extend("x-type" = "secret"))]
pub struct Secret(pub String);

/// A decimal amount in quotes, as in "0.50". A number without quotes and with a point is refused.
#[derive(JsonSchema)]
#[schemars(extend("x-type" = "amount in quotes"))]
pub struct Amount(pub String);

/// A URL, as in "https://relay.example:50052".
#[derive(JsonSchema)]
#[schemars(extend("x-type" = "URL"))]
pub struct Url(pub String);
