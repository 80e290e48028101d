//! Test suites for the ports. A suite holds the promises of a port as small named checks, and runs the
//! checks against any implementation: a real one, one in memory, or one with a deliberate fault.

/// Checks, their faults and the report of a suite.
pub mod report;
/// The promises of a journal.
pub mod journal;
/// Judged instruments for tests of processors.
pub mod judged;
/// The promises of a processor.
pub mod processor;
