//! The limit on the lines of a kind: the first lines are written, the others are counted, and once a
//! second a summary says the number.
//!
//! A kind is a place in the code together with tenant, payment system, reason and the like, so that a
//! flood of strangers hides neither another refusal nor another tenant's line. Lines about a payment,
//! an operation or a stored event are kinds of their own: each of those costs a row of the journal, and
//! an alarm about one payment is never left out because of other payments.

use std::{
    collections::HashMap,
    fmt::{self, Debug, Write},
    sync::{Arc, Mutex, PoisonError},
};

use causeway::environment::Clock;
use tracing::{
    Event, Level, Metadata, Subscriber,
    callsite::Identifier,
    field::{Field, Visit},
};
use tracing_subscriber::layer::{Context, Layer};

/// The directive that lets the summaries pass the filter.
pub(super) const SUMMARIES: &str = "causeway_runtime::log::limit=info";
/// How many lines of a kind may be written at once.
const BURST: u32 = 50;
/// How many lines about one payment, operation or event may be written at once.
const BURST_OF_SUBJECT: u32 = 10;
/// The maximum number of kinds that are counted apart.
const MAX_KINDS: usize = 20_000;
/// The maximum length of a value that tells kinds apart, in bytes.
const MAX_WORD: usize = 64;
/// The maximum length of the line in a summary, in bytes.
const MAX_EXAMPLE: usize = 160;

/// The fields that tell kinds apart. Their values come from the settings or from the code.
const OF_KIND: [&str; 5] = ["reason", "status", "setting", "job", "method"];
/// The fields that name one thing of the journal.
const OF_SUBJECT: [&str; 4] = ["payment", "operation", "about", "event"];

/// Counts the lines of each kind. Clones share the counts.
#[derive(Clone)]
pub(super) struct Limit {
    clock: Arc<dyn Clock>,
    kinds: Arc<Mutex<HashMap<Kind, Count>>>,
}

/// What tells the kinds of lines apart.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Kind {
    place: Identifier,
    tenant: Option<String>,
    payment_system: Option<String>,
    words: Vec<String>,
    subject: Vec<String>,
}

/// The lines of a kind.
struct Count {
    metadata: &'static Metadata<'static>,
    /// How many lines may be written now.
    tokens: u32,
    /// The second of the last line, Unix time.
    at: i64,
    left_out: u64,
    /// A line that was left out, shortened.
    example: String,
}

impl Limit {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Limit {
        Limit { clock, kinds: Arc::default() }
    }

    /// Whether a line is written. Otherwise the line is counted.
    fn admits(&self, event: &Event<'_>) -> bool {
        let mut kind = Kind::of(event);
        let now = self.clock.now().as_second();
        let mut kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        if kinds.len() >= MAX_KINDS && !kinds.contains_key(&kind) {
            if *event.metadata().level() == Level::ERROR && !kind.subject.is_empty() {
                return true;
            }
            // The lines without room of their own share the count of their place in the code.
            (kind.tenant, kind.payment_system) = (None, None);
            (kind.words, kind.subject) = (vec![], vec![]);
        }
        let burst = kind.burst();
        let count = kinds.entry(kind).or_insert_with(|| Count::new(event.metadata(), burst, now));
        count.refill(burst, now);
        if count.tokens > 0 {
            count.tokens = count.tokens.saturating_sub(1);
            return true;
        }
        if count.left_out == 0 {
            count.example = Example::of(event);
        }
        count.left_out = count.left_out.saturating_add(1);
        false
    }

    /// The number of kinds that are counted now.
    #[cfg(test)]
    pub(super) fn kinds(&self) -> usize {
        self.kinds.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Logs what was left out since the last summary, a line for each kind, and forgets kinds without
    /// recent lines.
    pub(super) fn summarize(&self) {
        let now = self.clock.now().as_second();
        let mut due = vec![];
        {
            let mut kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
            for (kind, count) in kinds.iter_mut().filter(|(_, count)| count.left_out > 0) {
                let left_out = std::mem::take(&mut count.left_out);
                due.push((kind.clone(), count.metadata, left_out, std::mem::take(&mut count.example)));
            }
            kinds.retain(|kind, count| now.abs_diff(count.at) <= u64::from(kind.burst()));
        }
        // The lock is free again: each summary is a line, too.
        for (kind, metadata, left_out, example) in due {
            say(&kind, metadata, left_out, &example);
        }
    }
}

impl<S: Subscriber> Layer<S> for Limit {
    fn event_enabled(&self, event: &Event<'_>, _: Context<'_, S>) -> bool {
        let metadata = event.metadata();
        // DEBUG and TRACE are switched on by an operator that looks for something.
        let limited = *metadata.level() <= Level::INFO && metadata.target() != module_path!();
        !limited || self.admits(event)
    }
}

/// The summary has the level of the lines, so that alerts see it as they see the lines.
fn say(kind: &Kind, metadata: &Metadata<'_>, left_out: u64, line: &str) {
    let (tenant, payment_system) = (kind.tenant.as_deref(), kind.payment_system.as_deref());
    let (of, kind) = (metadata.target(), kind.words());
    macro_rules! summary {
        ($level:ident) => {
            tracing::$level!(
                tenant,
                payment_system,
                left_out,
                of,
                kind,
                line,
                "the log left out {left_out} more lines of a kind that came too often"
            )
        };
    }
    match *metadata.level() {
        Level::ERROR => summary!(error),
        Level::WARN => summary!(warn),
        _ => summary!(info),
    }
}

impl Count {
    fn new(metadata: &'static Metadata<'static>, burst: u32, now: i64) -> Count {
        Count { metadata, tokens: burst, at: now, left_out: 0, example: String::new() }
    }

    /// One more line each second. A clock that was set back gives none.
    fn refill(&mut self, burst: u32, now: i64) {
        let passed = u32::try_from(now.saturating_sub(self.at).max(0)).unwrap_or(u32::MAX);
        self.tokens = self.tokens.saturating_add(passed).min(burst);
        self.at = now;
    }
}

impl Kind {
    fn of(event: &Event<'_>) -> Kind {
        let place = event.metadata().callsite();
        let (words, subject) = (vec![], vec![]);
        let mut kind = Kind { place, tenant: None, payment_system: None, words, subject };
        event.record(&mut kind);
        kind
    }

    fn burst(&self) -> u32 {
        if self.subject.is_empty() { BURST } else { BURST_OF_SUBJECT }
    }

    /// The values beside tenant and payment system, for the summary.
    fn words(&self) -> Option<String> {
        let words: Vec<_> = self.words.iter().chain(&self.subject).map(String::as_str).collect();
        (!words.is_empty()).then(|| words.join(" "))
    }
}

impl Visit for Kind {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let word = || Short::of(value, MAX_WORD);
        match field.name() {
            "tenant" => self.tenant = Some(word()),
            "payment_system" => self.payment_system = Some(word()),
            name if OF_KIND.contains(&name) => self.words.push(format!("{name}={}", word())),
            name if OF_SUBJECT.contains(&name) => self.subject.push(format!("{name}={}", word())),
            _ => {}
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }
}

/// The message of a line that was left out.
struct Example(String);

impl Example {
    fn of(event: &Event<'_>) -> String {
        let mut example = Example(String::new());
        event.record(&mut example);
        example.0
    }
}

impl Visit for Example {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            self.0 = Short::of(value, MAX_EXAMPLE);
        }
    }
}

/// A text that takes the first bytes and refuses the rest.
struct Short {
    text: String,
    most: usize,
}

impl Short {
    fn of(value: &dyn Debug, most: usize) -> String {
        let mut short = Short { text: String::new(), most };
        if write!(short, "{value:?}").is_err() {
            short.text.push('…');
        }
        short.text
    }
}

impl Write for Short {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        let room = self.most.saturating_sub(self.text.len());
        self.text.push_str(part.get(..part.floor_char_boundary(room)).unwrap_or_default());
        if part.len() > room { Err(fmt::Error) } else { Ok(()) }
    }
}
