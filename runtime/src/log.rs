//! The log of a program: format, filter, and the limits that keep a flood of lines off the disk.
//!
//! Each line goes through the same two limits, whichever file writes the line: [`limit`] counts lines
//! of a kind, and [`cap`] shortens a long line.

use std::{
    fmt,
    io::{self, IsTerminal},
    sync::{Arc, OnceLock},
    thread,
    time::Duration,
};

use causeway::environment::Clock;
use tracing::Subscriber;
use tracing_subscriber::{
    EnvFilter,
    fmt::{MakeWriter, format::Writer, layer, time::FormatTime},
    layer::{Layer, SubscriberExt},
    registry::Registry,
    util::SubscriberInitExt,
};

use self::{cap::Capped, limit::Limit};

/// The limit on the length of a line.
mod cap;
/// The limit on the lines of a kind.
mod limit;

/// The time between two summaries of what was left out.
const SUMMARY_EVERY: Duration = Duration::from_secs(1);

/// The limit of the log of this process, for the summary at the end.
static LIMIT: OnceLock<Limit> = OnceLock::new();

/// Format of the log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// A JSON object per line, for machines.
    Json,
    /// Plain text, for people.
    Text,
}

impl LogFormat {
    /// Reads the setting `log_format`, "json" or "text".
    pub fn parse(text: &str) -> Result<LogFormat, &'static str> {
        match text {
            "json" => Ok(LogFormat::Json),
            "text" => Ok(LogFormat::Text),
            _ => Err("it has to be \"json\" or \"text\""),
        }
    }
}

/// Reads the setting `log`: a filter as in `RUST_LOG`. A directive applies to every target that begins
/// with the name in the directive, so `causeway` covers all crates of the product.
pub fn parse_filter(text: &str) -> Result<String, String> {
    let wrong = |error| format!("it is not a filter as in \"info\" or \"warn,causeway=debug\": {error}");
    EnvFilter::try_new(text).map(|_| text.to_owned()).map_err(wrong)
}

/// Starts the log on standard error. `filter` is a filter as in `RUST_LOG`; the variable `RUST_LOG`
/// takes precedence. The clock gives the timestamps. Has no effect if a log was started before.
pub fn start(format: LogFormat, filter: &str, clock: &Arc<dyn Clock>) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(filter));
    let limit = Limit::new(Arc::clone(clock));
    let colours = io::stderr().is_terminal();
    let started = subscriber(format, filter, limit.clone(), clock, colours, io::stderr).try_init();
    if started.is_err() {
        tracing::debug!("the log of this process was set up before");
        return;
    }
    drop(LIMIT.set(limit.clone()));
    let summaries = thread::Builder::new().name("log-summary".to_owned()).spawn(move || {
        loop {
            thread::sleep(SUMMARY_EVERY);
            limit.summarize();
        }
    });
    if let Err(error) = summaries {
        tracing::warn!(%error, "the log has no thread for its summaries, so that lines that are left out are counted at the end only");
    }
}

/// Logs what was left out since the last summary, before the program ends.
pub fn finish() {
    if let Some(limit) = LIMIT.get() {
        limit.summarize();
    }
}

/// The whole way of a line: filter, limit, format, cap, writer.
fn subscriber<W>(
    format: LogFormat,
    filter: EnvFilter,
    limit: Limit,
    clock: &Arc<dyn Clock>,
    colours: bool,
    writer: W,
) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    // This module of tonic logs an unreadable header in full, although the header is untrusted
    // input. The summaries pass where the lines passed that they count.
    let directives = ["tonic::transport::service::grpc_timeout=off", limit::SUMMARIES];
    let parsed = directives.into_iter().filter_map(|directive| directive.parse().ok());
    let filter = parsed.fold(filter, EnvFilter::add_directive);
    let lines = layer()
        .with_writer(Capped { inner: writer, format })
        .with_ansi(colours)
        .with_timer(Timer(Arc::clone(clock)));
    let lines: Box<dyn Layer<Registry> + Send + Sync> = match format {
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
        LogFormat::Text => lines.boxed(),
    };
    tracing_subscriber::registry().with(lines).with(limit).with(filter)
}

/// Timestamps from the clock that was handed in.
struct Timer(Arc<dyn Clock>);

impl FormatTime for Timer {
    fn format_time(&self, line: &mut Writer<'_>) -> fmt::Result {
        write!(line, "{:.6}", self.0.now())
    }
}

#[cfg(test)]
mod tests;
