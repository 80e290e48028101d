//! The leak test: canaries through everything, and a search that must find none.
//!
//! Two hundred cards and all keys go through adapter and relay at their most talkative,
//! in good and in bad days. Afterwards they are looked for, in every spelling that comes
//! to mind, in all that was left on disk and all that was told.

/// Cards and keys that exist nowhere else.
mod canary;
/// How a text can leak.
mod spellings;
/// The search.
mod search;
/// Security codes, which need a search of their own.
mod codes;
/// Processes and what they leave.
mod program;
/// Their settings.
mod settings;
/// All of it together.
mod ground;
/// What billing is told.
mod heard;
/// Orders with cards.
mod orders;
/// What goes well.
mod good;
/// What is refused.
mod refused;
/// Card numbers where texts should be.
mod texts;
/// Cards and messages that are none.
mod malformed;
/// What breaks.
mod broken;
/// What Stripe tells.
mod told;
/// The story.
mod story;
/// A program that dies leaves no core.
mod cores;
/// The search can find.
mod controls;
/// There was something to find.
mod happened;
