//! Large corpora, made from a seed: numbers that are no card, of which less than one in a hundred may be
//! refused, and card numbers of every network in every grouping, of which all are.

use super::holds_card_number;

/// Texts of each kind.
const EACH: usize = 10_000;

/// A generator of pseudo-random numbers (SplitMix64), the same on every machine.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn place(&mut self, length: usize) -> usize {
        usize::try_from(self.below(u64::try_from(length).unwrap())).unwrap()
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn digits(&mut self, count: usize) -> String {
        (0..count).map(|_| char::from(b'0' + u8::try_from(self.below(10)).unwrap())).collect()
    }

    /// A text by a pattern: `0` is a digit, `x` a hexadecimal digit, `A` a letter, all else itself.
    fn fill(&mut self, pattern: &str) -> String {
        let mut pick = |from: &str| from.chars().nth(self.place(from.len()));
        let sign = |sign: char| match sign {
            '0' => pick("0123456789").unwrap(),
            'x' => pick("0123456789abcdef").unwrap(),
            'A' => pick("ABCDEFGHIJKLMNOPQRSTUVWXYZ").unwrap(),
            other => other,
        };
        pattern.chars().map(sign).collect()
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.place(of.len())]
    }
}

/// A number with the check digit of GS1 (EAN-13, GTIN-14).
fn gs1(body: &str) -> String {
    let weighted = body
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, digit)| u32::from(digit - b'0') * if place % 2 == 0 { 3 } else { 1 });
    format!("{body}{}", (10 - weighted.sum::<u32>() % 10) % 10)
}

fn gtin_14(dice: &mut Dice) -> String {
    let body = format!("{}{}", dice.below(9), dice.digits(12));
    gs1(&body)
}

/// Countries with the pattern of the account in their IBAN.
const ACCOUNTS: [(&str, &str); 12] = [
    ("DE", "000000000000000000"),
    ("AT", "0000000000000000"),
    ("CH", "00000000000000000"),
    ("FR", "0000000000AA00000000000"),
    ("GB", "AAAA00000000000000"),
    ("NL", "AAAA0000000000"),
    ("BE", "000000000000"),
    ("ES", "00000000000000000000"),
    ("IT", "A0000000000000000000000"),
    ("PL", "000000000000000000000000"),
    ("NO", "00000000000"),
    ("PT", "000000000000000000000"),
];

fn iban(dice: &mut Dice) -> String {
    let (country, pattern) = ACCOUNTS[usize::try_from(dice.below(12)).unwrap()];
    let account = dice.fill(pattern);
    let number: String =
        format!("{account}{country}00").chars().map(|sign| sign.to_digit(36).unwrap().to_string()).collect();
    let rest = number.bytes().fold(0_u32, |rest, digit| (rest * 10 + u32::from(digit - b'0')) % 97);
    let whole = format!("{country}{:02}{account}", 98 - rest);
    match dice.below(2) {
        0 => whole,
        _ => {
            whole.as_bytes().chunks(4).map(|part| String::from_utf8_lossy(part)).collect::<Vec<_>>().join(" ")
        }
    }
}

/// Phone numbers of ten countries, as people and programs write them.
const PHONES: [&str; 30] = [
    "+49 151 00000000",
    "+49 (0) 30 00000000",
    "004917600000000",
    "+43 664 0000000",
    "0043 1 0000000",
    "+43-1-0000000",
    "+41 79 000 00 00",
    "+41 44 000 00 00",
    "0041790000000",
    "+33 6 00 00 00 00",
    "01 00 00 00 00",
    "0033 1 00 00 00 00",
    "+44 7000 000000",
    "+44 20 0000 0000",
    "(020) 0000 0000",
    "+1 (200) 000-0000",
    "1-200-000-0000",
    "200.000.0000",
    "+39 300 0000000",
    "+39 06 0000 0000",
    "0039 300 000 0000",
    "+81 90-0000-0000",
    "+81-3-0000-0000",
    "090-0000-0000",
    "+86 130 0000 0000",
    "+86 10 0000 0000",
    "0086 13000000000",
    "+91 90000 00000",
    "+91-22-0000-0000",
    "0091 9000000000",
];

/// Order and invoice numbers of common shapes.
const ORDERS: [&str; 20] = [
    "ORD-000000",
    "INV-2026-000000",
    "2026-11-000000",
    "#000000",
    "000-0000000-0000000",
    "R000000000",
    "20261121-000000",
    "SO0000000000",
    "1000000000",
    "000000/2026",
    "PO-00000-00",
    "A0000-0000-A",
    "20261121042600-000",
    "2026112104260000",
    "1Z AAA AAA 00 0000 0000",
    "00-00000-00000",
    "C-00000000-0000",
    "2026.0000.0000",
    "in_0000AAAA0000",
    "173210000000000",
];

fn not_refused(kind: &str, mut make: impl FnMut(&mut Dice) -> String) {
    let mut dice = Dice(17);
    let refused = (0..EACH).filter(|_| holds_card_number(&make(&mut dice))).count();
    println!("{kind}: {refused} of {EACH} are refused");
    assert!(refused * 100 < EACH, "{kind}: {refused} of {EACH} are refused");
}

#[test]
fn fewer_than_one_in_a_hundred_other_numbers_is_refused() {
    not_refused("EAN-13", |dice| gs1(&dice.digits(12)));
    not_refused("GTIN-14", gtin_14);
    not_refused("IBAN", iban);
    not_refused("phone numbers", |dice| {
        let pattern = dice.one(&PHONES);
        dice.fill(pattern)
    });
    not_refused("UUIDs", |dice| dice.fill("xxxxxxxx-xxxx-4xxx-axxx-xxxxxxxxxxxx"));
    not_refused("UUIDs without hyphens", |dice| dice.fill("xxxxxxxxxxxx4xxxaxxxxxxxxxxxxxxx"));
    not_refused("order numbers", |dice| {
        let pattern = dice.one(&ORDERS);
        dice.fill(pattern)
    });
}

/// The first digits of each network, and its lengths.
const NETWORKS: [(&str, &[usize]); 16] = [
    ("4", &[16, 19]),
    ("51", &[16]),
    ("55", &[16]),
    ("2221", &[16]),
    ("2720", &[16]),
    ("34", &[15]),
    ("37", &[15]),
    ("6011", &[16, 19]),
    ("644", &[16, 19]),
    ("65", &[16, 19]),
    ("300", &[14, 16]),
    ("36", &[14, 19]),
    ("38", &[14, 16]),
    ("3528", &[16, 19]),
    ("62", &[16, 17, 18, 19]),
    ("81", &[16, 19]),
];

/// A number that begins with `first`, with its check digit.
fn card(dice: &mut Dice, first: &str, length: usize) -> String {
    let body = format!("{first}{}", dice.digits(length - 1 - first.len()));
    let doubled = body.bytes().rev().enumerate().map(|(place, digit)| {
        let value = u32::from(digit - b'0') * if place % 2 == 0 { 2 } else { 1 };
        if value > 9 { value - 9 } else { value }
    });
    format!("{body}{}", (10 - doubled.sum::<u32>() % 10) % 10)
}

fn grouped(number: &str, sizes: &[usize], separator: &str) -> String {
    let (mut rest, mut parts) = (number, vec![]);
    for size in sizes.iter().chain(std::iter::repeat(sizes.last().unwrap())) {
        if rest.is_empty() {
            break;
        }
        let (part, after) = rest.split_at((*size).min(rest.len()));
        parts.push(part);
        rest = after;
    }
    parts.join(separator)
}

#[test]
fn every_card_number_is_refused_in_every_grouping() {
    let mut dice = Dice(4);
    let groupings: [&[usize]; 9] = [&[19], &[4], &[8], &[2], &[1], &[3], &[5], &[4, 4, 8], &[8, 4, 4]];
    let separators = [
        " ", "-", ".", "/", ",", "_", ":", "|", "*", "\u{a0}", "\u{202f}", "\u{2011}", "\t", "\n", "+", "%20",
    ];
    for (first, lengths) in NETWORKS {
        for length in lengths {
            for _ in 0..20 {
                let number = card(&mut dice, first, *length);
                for sizes in groupings {
                    for separator in separators {
                        let text = grouped(&number, sizes, separator);
                        for text in [text.clone(), format!("card {text} exp 12/27"), format!("INV-{text}")] {
                            assert!(holds_card_number(&text), "{text}");
                        }
                    }
                }
                let printed = grouped(&number, &[4, 6, 5], " ");
                assert!(number.len() > 15 || holds_card_number(&printed), "{printed}");
            }
        }
    }
}

/// Digits of other scripts, one script a number and scripts mixed.
#[test]
fn every_card_number_is_refused_in_other_scripts() {
    let mut dice = Dice(4);
    for (first, lengths) in NETWORKS {
        let number = card(&mut dice, first, lengths[0]);
        let zeros = ['０', '٠', '۰', '०', '๐', '𝟎', '𝟶', '₀'];
        let sign =
            |zero: char, digit: char| char::from_u32(u32::from(zero) + digit.to_digit(10).unwrap()).unwrap();
        for zero in zeros {
            let text: String = number.chars().map(|digit| sign(zero, digit)).collect();
            assert!(holds_card_number(&text), "{text}");
        }
        let mixed: String =
            number.chars().zip(zeros.iter().cycle()).map(|(digit, zero)| sign(*zero, digit)).collect();
        assert!(holds_card_number(&mixed), "{mixed}");
    }
}
