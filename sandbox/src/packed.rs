//! Compressed texts for long storage. The dictionary is the common part of all answers.

use lz4_flex::block::{compress_with_dict, decompress_with_dict};

/// The common part of answers: the names of their fields.
const DICTIONARY: &[u8] = include_bytes!("packed.dictionary");

/// A compressed text and the original length.
#[derive(Clone, Debug)]
pub(crate) struct CompressedText {
    bytes: Box<[u8]>,
    length: usize,
}

impl CompressedText {
    /// Compresses a text with the dictionary.
    pub(crate) fn pack(text: &[u8]) -> Self {
        Self { bytes: compress_with_dict(text, DICTIONARY).into_boxed_slice(), length: text.len() }
    }

    /// The original text; empty if decompression fails.
    pub(crate) fn unpack(&self) -> Vec<u8> {
        decompress_with_dict(&self.bytes, self.length, DICTIONARY).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_comes_back_as_it_was_and_is_small_meanwhile() {
        let text = [DICTIONARY, b"{\"id\": \"pi_1\"}"].concat();
        let packed = CompressedText::pack(&text);
        assert_eq!(packed.unpack(), text);
        assert!(packed.bytes.len() < text.len() / 10, "{} of {}", packed.bytes.len(), text.len());
        assert_eq!(CompressedText::pack(b"").unpack(), b"");
    }
}
