//! The targets of `tests/targets/`, for libFuzzer.

#[path = "../tests/targets/mod.rs"]
mod targets;

/// Passes bytes to the target with this name.
pub fn play(name: &str, data: &[u8]) {
    let (_, target) =
        targets::TARGETS.iter().find(|(known, _)| *known == name).expect("a target of this name");
    target(data);
}

/// The names of all targets.
pub fn names() -> impl Iterator<Item = &'static str> {
    targets::TARGETS.into_iter().map(|(name, _)| name)
}

/// Inputs to begin with, for the target with this name.
pub fn seeds(name: &str) -> Vec<Vec<u8>> {
    targets::seeds::of(name)
}
