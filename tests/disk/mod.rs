//! The journal on a disk that is full, lies, rots or loses its power: with real processes.

/// Where these stories are played: a relay whose way to the disk is ours.
mod ground;
/// What stands between a relay and its disk.
mod shim;
/// What a relay did to its disk, and what is left of it when the power goes.
mod recording;
/// The power goes.
mod power;
/// There is no room.
mod full;
/// A sync fails.
mod sync;
/// Reads fail.
mod reads;
/// Somebody else has the journal.
mod second;
/// Bits rot.
mod rot;
