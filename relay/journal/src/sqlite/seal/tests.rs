//! Tests of damaged rows, and of rows from another version.

use super::*;

fn journal() -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    for (table, key) in TABLES {
        let named = key.iter().filter(|name| **name != "rowid").map(|name| format!("{name} ANY, "));
        let columns: String = named.collect();
        connection.execute_batch(&format!("CREATE TABLE {table} ({columns} a, b, checksum BLOB)")).unwrap();
    }
    on_writes(&connection).unwrap();
    connection
}

fn read(connection: &Connection) -> Result<(), JournalError> {
    connection.query_row("SELECT * FROM payment", [], |row| Ok(check(row))).unwrap()
}

#[test]
fn written_rows_have_checksums_that_follow_updates() {
    let connection = journal();
    connection.execute("INSERT INTO payment (a, b) VALUES ('x', 1)", []).unwrap();
    let sealed =
        || -> Vec<u8> { connection.query_one("SELECT checksum FROM payment", [], |r| r.get(0)).unwrap() };
    let first = sealed();
    assert_eq!((first.len(), read(&connection)), (9, Ok(())));
    assert_eq!(
        connection.execute("UPDATE payment SET b = 2", []),
        Ok(1),
        "only what was asked for is counted"
    );
    assert_ne!(sealed(), first);
    assert_eq!(read(&connection), Ok(()));
}

/// Each kind of value, one bit or one kind away from the written one.
#[test]
fn an_altered_row_is_neither_read_nor_overwritten() {
    for rot in [
        "a = 'y'",
        "a = NULL",
        "a = x'78'",
        "b = 3",
        "b = 2.0",
        "b = '2'",
        "checksum = x'02'",
        "checksum = x''",
    ] {
        let connection = journal();
        connection.execute("INSERT INTO payment (a, b) VALUES ('x', 2)", []).unwrap();
        for trigger in ["payment_changed", "payment_is_sound"] {
            connection.execute_batch(&format!("DROP TRIGGER {trigger}")).unwrap();
        }
        connection.execute(&format!("UPDATE payment SET {rot}"), []).unwrap();
        assert!(matches!(read(&connection), Err(JournalError::Corrupt(_))), "{rot}");

        let rotten = journal();
        rotten.execute("INSERT INTO payment (a, b) VALUES ('x', 2)", []).unwrap();
        rotten.execute("UPDATE payment SET checksum = x'020000000000000000'", []).unwrap();
        let refused = rotten.execute("UPDATE payment SET b = 4", []).map_err(unavailable);
        assert!(matches!(refused, Err(JournalError::Corrupt(_))), "{refused:?}");
    }
}

/// Columns of a later version, with any content, and rows of an earlier version.
#[test]
fn rows_of_an_older_version_are_valid() {
    let connection = journal();
    connection.execute("INSERT INTO payment (a, b) VALUES ('x', 1)", []).unwrap();
    connection.execute_batch("ALTER TABLE payment ADD COLUMN later INTEGER NOT NULL DEFAULT 7").unwrap();
    assert_eq!(read(&connection), Ok(()));
    connection.execute("UPDATE payment SET checksum = NULL", []).unwrap();
    assert_eq!(read(&connection), Ok(()));
}
