//! Card networks and their issuer ranges.

use std::fmt;

/// A card network that Stripe takes.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "snake_case", ascii_case_insensitive)]
pub enum Brand {
    /// Visa; numbers start with 4.
    Visa,
    /// Mastercard; numbers start with 51-55 or 2221-2720.
    Mastercard,
    /// American Express; numbers start with 34 or 37.
    Amex,
    /// Discover; numbers start with 6011, 644-649 or 65.
    Discover,
    /// Diners Club; numbers start with 300-305, 3095, 36, 38 or 39.
    Diners,
    /// JCB; numbers start with 3528-3589.
    Jcb,
    /// China UnionPay; numbers start with 62 or 81.
    #[strum(serialize = "unionpay")]
    UnionPay,
}

/// An issuer range: the first four digits, the lengths in digits, and the network.
type Range = (std::ops::RangeInclusive<u16>, std::ops::RangeInclusive<usize>, Brand);

/// Issuer ranges of ISO/IEC 7812-1, as the networks publish them: Visa Core Rules (4; 16 and 19
/// digits), Mastercard Transaction Processing Rules (51-55, 2221-2720), American Express Global
/// Network (34, 37), Discover Network IIN ranges (6011, 644-649, 65, and those of Diners Club
/// 300-305, 3095, 36, 38, 39), JCB (3528-3589), UnionPay (62, 81). Visa's numbers of 13 digits are
/// not here: Visa converted them to 16 digits decades ago, and German EAN-13 begin with 400 to 440.
/// (Secondary sources: github.com/braintree/credit-card-type lists 16, 18 and 19 digits for Visa; Visa's
/// own rules were not read for the end of 13.) Stripe names a number of 62 "unionpay", regardless of the
/// network that carries the payment.
const RANGES: &[Range] = &[
    (4000..=4999, 16..=16, Brand::Visa),
    (4000..=4999, 19..=19, Brand::Visa),
    (5100..=5599, 16..=16, Brand::Mastercard),
    (2221..=2720, 16..=16, Brand::Mastercard),
    (3400..=3499, 15..=15, Brand::Amex),
    (3700..=3799, 15..=15, Brand::Amex),
    (6011..=6011, 16..=19, Brand::Discover),
    (6440..=6599, 16..=19, Brand::Discover),
    (3000..=3059, 14..=19, Brand::Diners),
    (3095..=3095, 14..=19, Brand::Diners),
    (3600..=3699, 14..=19, Brand::Diners),
    (3800..=3999, 14..=19, Brand::Diners),
    (3528..=3589, 16..=19, Brand::Jcb),
    (6200..=6299, 16..=19, Brand::UnionPay),
    (8100..=8199, 16..=19, Brand::UnionPay),
];

impl Brand {
    /// Every card network, in the order of the variants.
    pub const ALL: &'static [Brand] = <Brand as strum::VariantArray>::VARIANTS;

    /// Stripe's name of the network, as in the contract.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The name that payers know.
    pub fn spoken(self) -> &'static str {
        match self {
            Brand::Visa => "Visa",
            Brand::Mastercard => "Mastercard",
            Brand::Amex => "American Express",
            Brand::Discover => "Discover",
            Brand::Diners => "Diners Club",
            Brand::Jcb => "JCB",
            Brand::UnionPay => "UnionPay",
        }
    }

    /// Reads Stripe's name or the operator's, in upper or lower case. `None` for an unknown name.
    pub fn parse(name: &str) -> Option<Brand> {
        name.parse().ok()
    }

    /// The network of a number, by first digits and length.
    pub fn of(digits: &str) -> Option<Brand> {
        range(digits, |lengths| lengths.contains(&digits.len()))
    }

    /// The network of a number by the first digits alone; the length may be wrong.
    pub fn of_prefix(digits: &str) -> Option<Brand> {
        range(digits, |_| true)
    }
}

fn range(digits: &str, fits: impl Fn(&std::ops::RangeInclusive<usize>) -> bool) -> Option<Brand> {
    let first: u16 = digits.get(..4)?.parse().ok()?;
    let row = RANGES.iter().find(|(firsts, lengths, _)| firsts.contains(&first) && fits(lengths));
    row.map(|(_, _, brand)| *brand)
}

impl fmt::Display for Brand {
    /// The operator's name of the network: "VISA".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.as_str().to_uppercase())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// First and last number inside a range, the number before and the number after.
    type Edge = (&'static str, &'static str, &'static str, &'static str, Brand);

    /// The ranges, repeated independently as edges.
    const EDGES: &[Edge] = &[
        ("4000", "4999", "3999", "5000", Brand::Visa),
        ("5100", "5599", "5099", "5600", Brand::Mastercard),
        ("2221", "2720", "2220", "2721", Brand::Mastercard),
        ("3400", "3499", "3399", "3500", Brand::Amex),
        ("3700", "3799", "3699", "3800", Brand::Amex),
        ("6011", "6011", "6010", "6012", Brand::Discover),
        ("6440", "6599", "6439", "6600", Brand::Discover),
        ("3000", "3059", "2999", "3060", Brand::Diners),
        ("3095", "3095", "3094", "3096", Brand::Diners),
        ("3600", "3699", "3599", "3700", Brand::Diners),
        ("3800", "3999", "3799", "4000", Brand::Diners),
        ("3528", "3589", "3527", "3590", Brand::Jcb),
        ("6200", "6299", "6199", "6300", Brand::UnionPay),
        ("8100", "8199", "8099", "8200", Brand::UnionPay),
    ];

    fn lengths(brand: Brand) -> &'static [usize] {
        match brand {
            Brand::Visa => &[16, 19],
            Brand::Mastercard => &[16],
            Brand::Amex => &[15],
            Brand::Diners => &[14, 15, 16, 17, 18, 19],
            Brand::Discover | Brand::Jcb | Brand::UnionPay => &[16, 17, 18, 19],
        }
    }

    #[test]
    fn each_brand_range_ends_at_the_networks_bounds() {
        for (first, last, before, behind, brand) in EDGES {
            for length in 4..=20 {
                let number = |start: &str| format!("{start:0<length$}");
                let expected = lengths(*brand).contains(&length).then_some(*brand);
                assert_eq!(Brand::of(&number(first)), expected, "{first} with {length}");
                assert_eq!(Brand::of(&number(last)), expected, "{last} with {length}");
                for outside in [before, behind] {
                    assert_ne!(Brand::of(&number(outside)), Some(*brand), "{outside} with {length}");
                }
            }
        }
    }

    proptest! {
        /// No number belongs to two networks, and each number belongs to the network of the range.
        #[test]
        fn a_number_has_one_brand(first in 0_u16..=9999, rest in "[0-9]{8,15}") {
            let number = format!("{first:04}{rest}");
            let of_edges: Vec<_> = EDGES
                .iter()
                .filter(|(from, to, _, _, brand)| {
                    let (from, to): (u16, u16) = (from.parse().unwrap(), to.parse().unwrap());
                    (from..=to).contains(&first) && lengths(*brand).contains(&number.len())
                })
                .map(|(.., brand)| *brand)
                .collect();
            prop_assert!(of_edges.len() <= 1);
            prop_assert_eq!(Brand::of(&number), of_edges.first().copied());
        }

        #[test]
        fn no_text_panics(text in ".{0,30}") {
            let _ = Brand::of(&text);
        }
    }

    #[test]
    fn names_are_stripes_and_the_operators() {
        for brand in Brand::ALL.iter().copied() {
            assert_eq!(Brand::parse(brand.as_str()), Some(brand));
            assert_eq!(Brand::parse(&brand.to_string()), Some(brand));
        }
        assert_eq!(Brand::parse("cartes_bancaires"), None);
    }
}
