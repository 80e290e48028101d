//! External tools that a story needs.

use std::process::Command;

/// Whether a program exists and the probe command succeeds.
pub(crate) fn is_installed(tool: &str, probe: &mut Command) -> bool {
    require_tool(tool, probe.output().is_ok_and(|output| output.status.success()))
}

/// Reports a missing tool. With CAUSEWAY_REQUIRE_ALL=1 a missing tool fails the test.
pub(crate) fn require_tool(tool: &str, is_present: bool) -> bool {
    if !is_present {
        assert!(std::env::var_os("CAUSEWAY_REQUIRE_ALL").is_none(), "{tool} is not there");
        eprintln!("skipped: {tool} is not there");
    }
    is_present
}
