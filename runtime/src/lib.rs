//! What a program of ours does around its work: settings, log, signals, the machine's clock.

/// Reads a settings file and tells every mistake in it.
#[cfg(feature = "program")]
pub mod settings;
/// Settings, log, signals: the frame of a program.
#[cfg(feature = "program")]
pub mod program;
/// The machine's own clock and randomness.
pub mod machine;
/// Where a process can be made to die, for the chaos test only.
pub mod sabotage;
/// Rates and durations.
pub mod pace;
