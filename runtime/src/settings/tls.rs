//! The two TLS settings, which every listener reads in the same way.

use causeway_link::tls::Tls;

use super::Section;

/// Reads `tls_certificate` and `tls_key` of a program's settings: both or neither. `None` if a
/// setting is invalid.
pub fn read_tls(section: &mut Section) -> Option<Option<Tls>> {
    let (certificate, key) = (section.file("tls_certificate"), section.file("tls_key"));
    match (certificate?, key?) {
        (Some(certificate), Some(key)) => {
            section.understood("tls_certificate", Tls::read(&certificate, &key)).map(Some)
        }
        (None, None) => Some(None),
        (Some(_), None) => {
            section.wrong("tls_key", "it is missing; tls_certificate needs its key");
            None
        }
        (None, Some(_)) => {
            section.wrong("tls_certificate", "it is missing; tls_key needs its certificate");
            None
        }
    }
}
