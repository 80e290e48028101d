//! The shared frame of every program: settings, log, signals, clock of the machine.

/// Reads a settings file and reports every mistake.
#[cfg(feature = "program")]
pub mod settings;
/// The log of a program, with limits against a flood of lines.
#[cfg(feature = "program")]
pub mod log;
/// The limit of open files.
pub mod open_files;
/// Files that a program makes, and files that an operator names.
pub mod private_file;
/// Start-up and signals of a program.
#[cfg(feature = "program")]
pub mod program;
/// Exponential backoff between retries.
pub mod backoff;
/// Clock and randomness of the machine.
pub mod machine;
/// Failpoints and seeded bugs, for the chaos test only.
pub mod sabotage;
/// Rate limits and latencies.
pub mod pace;
/// Places that several owners share fairly.
pub mod shares;
