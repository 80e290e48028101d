//! What a story needs of the machine that it is played on.

use std::process::Command;

/// Whether a program runs and is content.
pub(crate) fn is_there(what: &str, probe: &mut Command) -> bool {
    is_given(what, probe.output().is_ok_and(|output| output.status.success()))
}

/// Says what is missing. With CAUSEWAY_REQUIRE_ALL=1 nothing may be.
pub(crate) fn is_given(what: &str, there: bool) -> bool {
    if !there {
        assert!(std::env::var_os("CAUSEWAY_REQUIRE_ALL").is_none(), "{what} is not there");
        eprintln!("skipped: {what} is not there");
    }
    there
}
