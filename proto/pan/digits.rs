//! Digits of all scripts, and characters without a width.

/// The code points of the zeros of Unicode's decimal digits (general category Nd, Unicode 16) apart from
/// ASCII, and of superscript and subscript digits. Nine further digits follow each zero.
#[rustfmt::skip]
const ZEROS: [u32; 77] = [
    0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6,
    0xe50, 0xed0, 0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50,
    0x1bb0, 0x1c40, 0x1c50, 0x2070, 0x2080, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0,
    0xff10, 0x104a0, 0x10d30, 0x10d40, 0x11066, 0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450,
    0x114d0, 0x11650, 0x116c0, 0x116d0, 0x116da, 0x11730, 0x118e0, 0x11950, 0x11bf0, 0x11c50,
    0x11d50, 0x11da0, 0x11de0, 0x11f50, 0x16a60, 0x16ac0, 0x16b50, 0x16d70, 0x1ccf0, 0x1d7ce,
    0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6, 0x1e140, 0x1e2f0, 0x1e4f0, 0x1e5f1, 0x1e950, 0x1fbf0,
];

/// The code points of the ones of numbered signs: circled, in parentheses, with a full stop, double
/// circled, and dingbats. Eight further digits follow each one.
const ONES: [u32; 8] = [0x2460, 0x2474, 0x2488, 0x24f5, 0x2776, 0x2780, 0x278a, 0x1f101];

/// The Chinese numerals 0 to 9, which write numbers digit by digit.
const CHINESE: [char; 10] = ['〇', '一', '二', '三', '四', '五', '六', '七', '八', '九'];

/// The value of a digit, including digits of other scripts and forms.
pub(super) fn digit(character: char) -> Option<u8> {
    match character {
        '0'..='9' => return u8::try_from(u32::from(character) & 0xf).ok(),
        // Nearly every text is ASCII.
        '\0'..='\u{7f}' => return None,
        // Superscript 1, 2 and 3 are outside the block of the other superscripts.
        '\u{b9}' => return Some(1),
        '\u{b2}' => return Some(2),
        '\u{b3}' => return Some(3),
        '\u{24ea}' | '\u{24ff}' | '\u{1f100}' | '\u{1f10b}' | '\u{1f10c}' => return Some(0),
        _ => {}
    }
    let after = |first: u32, last: u32| {
        let value = u32::from(character).checked_sub(first).filter(|value| *value <= last)?;
        u8::try_from(value).ok()
    };
    // The last zero that is not behind the character is the only candidate.
    let zero = ZEROS.partition_point(|zero| *zero <= u32::from(character)).checked_sub(1);
    zero.and_then(|index| after(*ZEROS.get(index)?, 9))
        .or_else(|| ONES.into_iter().find_map(|one| after(one, 8)?.checked_add(1)))
        .or_else(|| u8::try_from(CHINESE.iter().position(|numeral| *numeral == character)?).ok())
}

/// Whether a character has no width, so that a reader does not see that two digits are separated.
pub(super) fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_table_is_in_order_and_each_digit_has_its_value() {
        assert!(ZEROS.is_sorted());
        for zero in ZEROS {
            for value in 0..10_u8 {
                let character = char::from_u32(zero + u32::from(value)).unwrap();
                // Superscript 1 to 3 are elsewhere, and letters are in their place.
                assert_eq!(digit(character), Some(value), "{character}");
            }
        }
        for (text, value) in [("٣३৩३３³③⑶⒊➂三", 3), ("〇⓪０", 0), ("九⑨９", 9)] {
            assert!(text.chars().all(|character| digit(character) == Some(value)), "{text}");
        }
        for other in ['a', 'ä', '½', 'Ⅳ', '十', '\u{10ffff}', '\u{80}'] {
            assert_eq!(digit(other), None, "{other}");
        }
    }
}
