//! Compressed texts for long storage. The dictionary is the common part of all answers.

use std::sync::Arc;

use lz4_flex::block::{compress_with_dict, decompress_with_dict};
use serde::{Deserialize, Serialize};

/// The common part of answers: the names of their fields.
const DICTIONARY: &[u8] = include_bytes!("compressed_text.dictionary");

/// A compressed text and the original length.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct CompressedText {
    #[serde(with = "in_base64")]
    bytes: Arc<[u8]>,
    length: usize,
}

impl CompressedText {
    /// Compresses a text with the dictionary.
    pub(crate) fn compress(text: &[u8]) -> Self {
        Self { bytes: compress_with_dict(text, DICTIONARY).into(), length: text.len() }
    }

    /// The size in memory, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// The original text; empty if decompression fails.
    pub(crate) fn decompress(&self) -> Vec<u8> {
        decompress_with_dict(&self.bytes, self.length, DICTIONARY).unwrap_or_default()
    }
}

/// Bytes as text in base64.
mod in_base64 {
    use std::sync::Arc;

    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<[u8]>, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD.decode(text).map(Arc::from).map_err(D::Error::custom)
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
