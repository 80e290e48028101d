//! The journal on a full disk, a disk with failed syncs or reads or bit rot, and a power cut: with
//! real processes.

/// The stage of the disk stories: the relay's disk calls pass a shim.
mod test_bed;
/// The shim between a relay and the disk.
mod shim;
/// A recording of a relay's disk calls, and the files that a power cut leaves.
mod recording;
/// Power cuts at many moments.
mod power_cut;
/// A disk without free space.
mod full_disk;
/// A sync that fails.
mod failing_syncs;
/// Reads of the journal that fail.
mod failing_reads;
/// A second process with the journal open.
mod second_process;
/// Bit rot in the journal.
mod bit_rot;
