//! The version of the contract that a caller speaks.

use crate::refusal::Refusal;

/// The header in which a caller may name the contract version of the caller's code, "v1.2".
pub const HEADER: &str = "causeway-contract";

/// The newest supported version. The minor number rises when messages or methods are added.
pub const NEWEST: &str = "v1.2";
/// The oldest supported version of the contract.
pub const MIN_VERSION: &str = "v1.0";

/// Refuses a caller with an unsupported version. A caller without a version is accepted. `given` is
/// the value of [`HEADER`].
pub fn check(given: Option<&[u8]>) -> Result<(), Refusal> {
    let Some(given) = given else { return Ok(()) };
    let given = std::str::from_utf8(given).unwrap_or("(not text)");
    let spoken = parts(MIN_VERSION).zip(parts(NEWEST)).zip(parts(given));
    if spoken.is_some_and(|((least, newest), given)| (least..=newest).contains(&given)) {
        return Ok(());
    }
    // The value is untrusted input, so only a short, alphanumeric value is repeated.
    let shown = given.len() <= 16 && given.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.');
    let given = if shown { given } else { "(not a version)" };
    Err(Refusal::ContractVersion { given: given.to_owned(), least: MIN_VERSION, newest: NEWEST })
}

/// Reads major and minor number; "v1" is "v1.0".
fn parts(text: &str) -> Option<(u32, u32)> {
    let numbers = text.strip_prefix('v')?;
    let (major, minor) = numbers.split_once('.').unwrap_or((numbers, "0"));
    Some((major.parse().ok()?, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_of_another_version_names_the_needed_version() {
        let checked = |given: &str| check(Some(given.as_bytes())).map_err(|refused| refused.to_string());
        for good in ["v1", "v1.0", "v1.1", "v1.2"] {
            assert_eq!(checked(good), Ok(()));
        }
        for (other, shown) in
            [("v0.9", "v0.9"), ("v1.3", "v1.3"), ("v2", "v2"), ("49", "49"), ("v1.x y", "(not a version)")]
        {
            let expected =
                format!("the caller speaks version {shown} of the contract, and here v1.0 to v1.2 is spoken");
            assert_eq!(checked(other), Err(expected));
        }
        assert_eq!(check(None), Ok(()));
    }
}
