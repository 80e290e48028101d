//! The leak test: canary cards and keys go through every call, and a search must find none.
//!
//! Two hundred cards and all keys go through adapter and relay with the most verbose logs, through
//! successful and failing calls. Afterwards the test searches for each, in many spellings, in all
//! files on disk and all answers.

/// Cards and keys that exist nowhere else.
mod canary;
/// The spellings in which a text can leak.
mod spellings;
/// The search for all canaries.
mod search;
/// Security codes, which need a search of their own.
mod codes;
/// Processes and their files.
mod program;
/// Settings files of both programs.
mod settings;
/// The stage with programs, sandbox and answers.
mod test_bed;
/// The answers to the billing platform.
mod answers;
/// Requests with card data.
mod requests;
/// Calls that succeed, with cards.
mod accepted;
/// Calls that are refused.
mod refused;
/// Card numbers in text fields.
mod texts;
/// Malformed cards and messages.
mod malformed;
/// Calls that meet a failure.
mod interrupted;
/// Webhooks with card numbers.
mod stripe_errors;
/// The story of all calls and the search.
mod story;
/// A program that dies leaves no core.
mod cores;
/// Controls that the search can find.
mod controls;
/// Controls that there were bytes to search.
mod expectations;
