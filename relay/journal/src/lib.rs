//! The port [`Journal`](causeway_ports::journal::Journal) on SQLite: tables, checksums and group
//! commit. SQL only: no business rule is in this crate. A change arrives with the events that follow
//! from the change; the transaction writes both unaltered, or neither.

/// The journal in one file.
pub mod sqlite;
