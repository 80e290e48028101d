//! Ids in Stripe's format, drawn from one seeded sequence so that a run can be repeated.

/// The letters and digits in Stripe's ids.
const LETTERS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A sequence of well-mixed numbers (SplitMix64), turned into text.
#[derive(Debug)]
pub(crate) struct Ids {
    state: u64,
}

impl Ids {
    /// A sequence that is the same for the same seed.
    pub(crate) fn seeded(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The position in the sequence, from which [`Ids::seeded`] continues the sequence.
    pub(crate) fn position(&self) -> u64 {
        self.state
    }

    /// A new id: the prefix, an underscore, a digit, and 23 letters. The digit is 3 for payments and
    /// 1 for other objects.
    pub(crate) fn fresh(&mut self, prefix: &str) -> String {
        const OF_PAYMENTS: [&str; 6] = ["pi", "ch", "py", "re", "pyr", "txn"];
        let digit = if OF_PAYMENTS.contains(&prefix) { '3' } else { '1' };
        format!("{prefix}_{digit}{}", self.letters(23))
    }

    /// A new request id, which is shorter than the ids of objects, as at Stripe.
    pub(crate) fn request(&mut self) -> String {
        format!("req_{}", self.letters(14))
    }

    /// A random UUID of version 4, from the seeded sequence.
    pub(crate) fn uuid(&mut self) -> String {
        const HEX: &[u8] = b"0123456789abcdef";
        let mut part = |count| self.draw(count, HEX);
        format!("{}-{}-4{}-a{}-{}", part(8), part(4), part(3), part(3), part(12))
    }

    /// The given number of letters and digits.
    pub(crate) fn letters(&mut self, count: usize) -> String {
        self.draw(count, LETTERS)
    }

    /// The given number of decimal digits.
    pub(crate) fn digits(&mut self, count: usize) -> String {
        self.draw(count, b"0123456789")
    }

    fn draw(&mut self, count: usize, from: &[u8]) -> String {
        let many = u64::try_from(from.len()).unwrap_or(1);
        (0..count)
            .filter_map(|_| {
                let at = usize::try_from(self.next().checked_rem(many)?).ok()?;
                from.get(at).copied().map(char::from)
            })
            .collect()
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// Sixteen letters that depend only on the text, for account ids and fingerprints. The result does
/// not show the text.
pub(crate) fn derived(from: &str) -> String {
    Ids::seeded(fnv1a(from.bytes())).letters(16)
}

/// The hash FNV-1a with 64 bits.
pub(crate) fn fnv1a(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_stripes_format_and_repeat_with_the_seed() {
        let mut ids = Ids::seeded(7);
        let first = ids.fresh("pi");
        assert!(first.starts_with("pi_") && first.len() == 27, "{first}");
        assert_ne!(first, ids.fresh("pi"));
        assert_eq!(first, Ids::seeded(7).fresh("pi"));
        assert_eq!(ids.digits(6).len(), 6);
        assert_eq!(derived("sk_test_a"), derived("sk_test_a"));
        assert_ne!(derived("sk_test_a"), derived("sk_test_b"));
    }
}
