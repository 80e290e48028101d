//! External tools that a story needs.

use std::process::Command;

/// Whether a program exists and the probe command succeeds.
pub(crate) fn is_installed(what: &str, probe: &mut Command) -> bool {
    require_tool(what, probe.output().is_ok_and(|output| output.status.success()))
}

/// Reports a missing tool. With CAUSEWAY_REQUIRE_ALL=1 a missing tool fails the test.
pub(crate) fn require_tool(what: &str, there: bool) -> bool {
    if !there {
        assert!(std::env::var_os("CAUSEWAY_REQUIRE_ALL").is_none(), "{what} is not there");
        eprintln!("skipped: {what} is not there");
    }
    there
}
