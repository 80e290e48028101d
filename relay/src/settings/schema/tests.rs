//! Compares the committed JSON schema with the types that describe the settings file.

use std::path::Path;

use causeway_settings_reference::{committed::compare, schema::schema_of};

use super::RelayFile;

#[test]
fn the_committed_schema_follows_from_the_types() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/relay.schema.json");
    let checked = compare(&file, &schema_of::<RelayFile>().unwrap());
    assert!(checked.is_ok(), "{}", checked.unwrap_err());
}
