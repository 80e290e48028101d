//! Whether a secret that people choose or copy can be guessed.
//!
//! Random bytes have many distinct values: of 32 random bytes fewer than ten distinct ones are less
//! probable than a guessed key. A key of zeros, a repeated letter or a short word over and over has few.

/// The minimum number of distinct bytes of a key.
const MIN_OF_KEY: usize = 10;
/// The minimum number of distinct characters of a token, which may be written in hexadecimal digits.
const MIN_OF_TOKEN: usize = 6;

/// Whether a binary key of at least 24 bytes has too few distinct bytes to be random.
pub fn is_guessable_key(key: &[u8]) -> bool {
    distinct(key) < MIN_OF_KEY
}

/// Whether a token in text has too few distinct characters to be random.
pub fn is_guessable_token(token: &str) -> bool {
    distinct(token.as_bytes()) < MIN_OF_TOKEN
}

fn distinct(bytes: &[u8]) -> usize {
    (0..=u8::MAX).filter(|byte| bytes.contains(byte)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_distinct_bytes_are_a_guess() {
        let random: Vec<u8> = (0_u8..32).map(|n| n.wrapping_mul(7)).collect();
        assert!(!is_guessable_key(&random));
        for weak in [
            &[0; 32][..],
            b"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            b"acme-acme-acme-acme-acme-acme-acme",
            &[1, 2].repeat(32),
        ] {
            assert!(is_guessable_key(weak), "{weak:?}");
        }
        assert!(
            is_guessable_token("000000000000000000000000") && is_guessable_token("abcdeabcdeabcdeabcdeabcde")
        );
        assert!(
            !is_guessable_token("0af37b5c92d1e8640af37b5c")
                && !is_guessable_token("a-token-of-24-characters")
        );
    }
}
