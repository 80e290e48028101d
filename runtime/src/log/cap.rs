//! The limit on the length of a line: a text that a stranger, a caller or Stripe makes long is cut.

use std::io::{self, Write};

use serde_json::Value;
use tracing_subscriber::fmt::MakeWriter;

use super::LogFormat;

/// The maximum length of a line in bytes.
pub(super) const MAX_LINE: usize = 8 * 1024;
/// The maximum length of one value of a line that is too long, in bytes.
const MAX_VALUE: usize = 512;

/// Makes writers that shorten long lines.
pub(super) struct Capped<W> {
    pub(super) inner: W,
    pub(super) format: LogFormat,
}

impl<'a, W: MakeWriter<'a>> MakeWriter<'a> for Capped<W> {
    type Writer = CappedLine<W::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        CappedLine { inner: self.inner.make_writer(), format: self.format }
    }
}

/// A writer of one line. The formatter hands over the whole line in one call.
pub(super) struct CappedLine<W> {
    inner: W,
    format: LogFormat,
}

impl<W: Write> Write for CappedLine<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if line.len() <= MAX_LINE {
            self.inner.write_all(line)?;
        } else {
            self.inner.write_all(shortened(line, self.format).as_bytes())?;
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// A JSON line stays a JSON object: each long value is cut. If that is not enough, the line is cut.
fn shortened(line: &[u8], format: LogFormat) -> String {
    let object = match format {
        LogFormat::Json => serde_json::from_slice::<Value>(line).ok(),
        LogFormat::Text => None,
    };
    if let Some(mut object) = object {
        shorten(&mut object);
        let line = format!("{object}\n");
        if line.len() <= MAX_LINE {
            return line;
        }
    }
    format!("{}\n", cut(&String::from_utf8_lossy(line), MAX_LINE / 2))
}

fn shorten(value: &mut Value) {
    match value {
        Value::String(text) if text.len() > MAX_VALUE => *text = cut(text, MAX_VALUE),
        Value::Array(values) => values.iter_mut().for_each(shorten),
        Value::Object(fields) => fields.values_mut().for_each(shorten),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The first bytes of a text, with the number of the bytes behind them.
fn cut(text: &str, length: usize) -> String {
    let kept = text.get(..text.floor_char_boundary(length)).unwrap_or_default();
    format!("{kept}… ({} bytes left out)", text.len().saturating_sub(kept.len()))
}
