//! Tests of the limits of the log: what a flood of lines leaves on the disk.

use std::sync::Mutex;

use causeway::environment::Clock;
use jiff::Timestamp;
use serde_json::Value;

use super::*;

/// A clock that stands still until a test moves it.
#[derive(Default)]
struct Hand(Mutex<i64>);

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(*self.0.lock().unwrap()).unwrap()
    }
}

#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Vec<u8>>>);

impl io::Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A log in memory, with a clock in the test's hand.
struct Bench {
    clock: Arc<Hand>,
    limit: Limit,
    memory: Memory,
}

/// Runs lines through the log with the format, and returns the lines that were written.
fn written(format: LogFormat, filter: &str, lines: impl FnOnce(&Bench)) -> Vec<String> {
    let clock = Arc::new(Hand::default());
    let handed: Arc<dyn Clock> = Arc::<Hand>::clone(&clock);
    let bench = Bench { clock, limit: Limit::new(Arc::clone(&handed)), memory: Memory::default() };
    let memory = bench.memory.clone();
    let writer = move || memory.clone();
    let all = subscriber(format, EnvFilter::new(filter), bench.limit.clone(), &handed, false, writer);
    tracing::subscriber::with_default(all, || lines(&bench));
    let bytes = bench.memory.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap().lines().map(str::to_owned).collect()
}

fn refused(reason: &str, tenant: Option<&str>) {
    tracing::warn!(tenant, reason, "a request was refused before it was decoded: the key id is not known");
}

#[test]
fn a_flood_of_refusals_is_counted_and_its_first_line_is_there() {
    let lines = written(LogFormat::Json, "info", |bench| {
        for second in 0..10 {
            *bench.clock.0.lock().unwrap() = second;
            for _ in 0..10_000 {
                refused("LINK_SIGNATURE", None);
            }
            bench.limit.summarize();
        }
    });
    let bytes: usize = lines.iter().map(String::len).sum();
    assert!(bytes < 100_000, "{bytes} bytes");
    let lines: Vec<Value> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0]["reason"], "LINK_SIGNATURE");
    assert_eq!(lines[0]["timestamp"], "1970-01-01T00:00:00.000000Z");
    let left_out: u64 = lines.iter().filter_map(|line| line["left_out"].as_u64()).sum();
    let summaries = lines.iter().filter(|line| line["left_out"].is_u64()).count();
    assert_eq!(left_out, 100_000 - u64::try_from(lines.len() - summaries).unwrap(), "each line is counted");
    let summary = lines.iter().find(|line| line["left_out"].is_u64()).unwrap();
    assert_eq!((&summary["level"], &summary["kind"]), (&"WARN".into(), &"reason=LINK_SIGNATURE".into()));
    assert!(summary["line"].as_str().unwrap().starts_with("a request was refused before"), "{summary}");
}

#[test]
fn a_flood_hides_neither_another_reason_nor_another_tenant() {
    let lines = written(LogFormat::Text, "info", |_| {
        (0..1_000).for_each(|_| refused("LINK_SIGNATURE", None));
        refused("LINK_CLOCK", None);
        refused("LINK_SIGNATURE", Some("acme"));
    });
    for there in ["LINK_CLOCK", "acme"] {
        assert_eq!(lines.iter().filter(|line| line.contains(there)).count(), 1, "{there}");
    }
}

#[test]
fn an_alarm_about_a_payment_is_not_left_out_for_other_payments() {
    let lines = written(LogFormat::Text, "info", |bench| {
        for payment in 0..2_000 {
            tracing::error!(tenant = "acme", payment, "a payment has another amount at Stripe");
        }
        for _ in 0..2_000 {
            tracing::error!(tenant = "acme", payment = "same", "a payment has another amount at Stripe");
        }
        bench.limit.summarize();
    });
    assert_eq!(lines.len(), 2_000 + 10 + 1);
    let summary = lines.last().unwrap();
    assert!(summary.contains("ERROR") && summary.contains("left_out=1990"), "{summary}");
}

#[test]
fn kinds_without_number_do_not_take_the_memory() {
    let mut kinds = 0;
    written(LogFormat::Text, "info", |bench| {
        for payment in 0..30_000 {
            tracing::warn!(payment, "a payment is not the expected one");
        }
        kinds = bench.limit.kinds();
        *bench.clock.0.lock().unwrap() = 60;
        bench.limit.summarize();
        assert_eq!(bench.limit.kinds(), 0, "kinds without recent lines are forgotten");
    });
    assert!(kinds <= 20_001, "{kinds}");
}

#[test]
fn a_summary_passes_the_filter_that_its_lines_passed() {
    for (filter, there) in [("test_of_a_filter=warn", true), ("off", false), ("error", false)] {
        let lines = written(LogFormat::Text, filter, |bench| {
            for _ in 0..100 {
                tracing::warn!(target: "test_of_a_filter", "a line came often");
            }
            bench.limit.summarize();
        });
        assert_eq!(lines.iter().any(|line| line.contains("left_out=50")), there, "{filter}: {lines:?}");
    }
}

#[test]
fn a_long_line_is_cut_and_stays_a_line() {
    let (text, long) = ("é".repeat(2_000_000), "y".repeat(600));
    for format in [LogFormat::Json, LogFormat::Text] {
        let lines = written(format, "trace", |_| {
            tracing::debug!(long, "Stripe sent a message: {text}");
            tracing::debug!(%long, "Stripe sent a message");
        });
        assert_eq!(lines.len(), 2, "{format:?}");
        assert!(lines.iter().all(|line| line.len() <= cap::MAX_LINE), "{format:?}");
        assert!(lines[0].contains("bytes left out)") && lines[1].contains(&long), "{format:?}");
    }
    let lines = written(LogFormat::Json, "trace", |_| tracing::debug!("Stripe sent a message: {text}"));
    let line: Value = serde_json::from_str(&lines[0]).unwrap();
    assert_eq!(line["level"], "DEBUG");
}
