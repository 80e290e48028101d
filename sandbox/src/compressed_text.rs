//! Compressed texts for long storage. The dictionary is the common part of all answers.

use lz4_flex::block::{compress_with_dict, decompress_with_dict};

/// The common part of answers: the names of their fields.
const DICTIONARY: &[u8] = include_bytes!("compressed_text.dictionary");

/// A compressed text and the original length.
#[derive(Clone, Debug)]
pub(crate) struct CompressedText {
    bytes: Box<[u8]>,
    length: usize,
}

impl CompressedText {
    /// Compresses a text with the dictionary.
    pub(crate) fn compress(text: &[u8]) -> Self {
        Self { bytes: compress_with_dict(text, DICTIONARY).into_boxed_slice(), length: text.len() }
    }

    /// The original text; empty if decompression fails.
    pub(crate) fn decompress(&self) -> Vec<u8> {
        decompress_with_dict(&self.bytes, self.length, DICTIONARY).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_compressed_text_is_small_and_decompresses_unchanged() {
        let text = [DICTIONARY, b"{\"id\": \"pi_1\"}"].concat();
        let compressed = CompressedText::compress(&text);
        assert_eq!(compressed.decompress(), text);
        assert!(compressed.bytes.len() < text.len() / 10, "{} of {}", compressed.bytes.len(), text.len());
        assert_eq!(CompressedText::compress(b"").decompress(), b"");
    }
}
