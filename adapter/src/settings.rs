//! Settings of the operator: one file, read once, with every mistake reported at once.

use std::{net::SocketAddr, path::Path};

use causeway_link::{accept::ListenLimits, tls::Tls};
use causeway_runtime::{
    log::{LogFormat, parse_filter},
    settings::{self, Mistakes, Section},
};

/// Callers with tokens and rights.
pub mod caller;
/// Addresses of the relays and the credential of the link.
pub mod relay;
/// Settings for posted events.
pub mod events;
/// The description of the settings file, for the reference and the JSON schema.
#[cfg(test)]
#[expect(dead_code, reason = "the types describe the settings file and hold no values")]
mod schema;

pub use caller::{Caller, CallerName, Rights};
pub use events::Posting;
pub use relay::Relay;

/// The prefix of environment variables that override the file.
pub const PREFIX: &str = "CAUSEWAY_ADAPTER";

/// All settings of an adapter.
pub struct Settings {
    /// Address of the listener.
    pub listen: SocketAddr,
    /// Certificate and key. `None`: plaintext, on loopback only.
    pub tls: Option<Tls>,
    /// The limits of the listener before authentication.
    pub limits: ListenLimits,
    /// Format of the log lines.
    pub log_format: LogFormat,
    /// Filter of the log lines, as in `RUST_LOG`.
    pub log: String,
    /// Time for requests in flight to end after the stop signal, in seconds.
    pub drain_seconds: u64,
    /// Addresses and credential of the relays.
    pub relay: Relay,
    /// Callers with tokens and rights.
    pub callers: Vec<Caller>,
    /// Settings for posted events. `None`: events are not posted.
    pub events: Option<Posting>,
    /// Warnings about valid but suspicious settings, a sentence each.
    pub warnings: Vec<String>,
}

impl Settings {
    /// Reads the file and overlays the environment.
    pub fn read(
        file: &Path,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Settings, Mistakes> {
        settings::read(file, PREFIX, environment, read_all)
    }

    /// Reads settings from a text in memory, for tests in one process.
    pub fn from_toml(text: &str) -> Result<Settings, Mistakes> {
        settings::read_text(text, Path::new("."), PREFIX, [], read_all)
    }
}

fn read_all(root: &mut Section) -> Option<Settings> {
    let listen = root.parse_optional("listen", |text| {
        text.parse::<SocketAddr>()
            .map_err(|_| "it has to be an address and a port, as in \"127.0.0.1:50051\"")
    });
    let listen = listen.map(|listen| listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 50051))));
    let tls = settings::read_tls(root);
    if let (Some(None), Some(listen)) = (&tls, listen)
        && !listen.ip().is_loopback()
    {
        root.wrong(
            "listen",
            "tokens travel in the open here; set tls_certificate and tls_key to leave loopback",
        );
    }
    let limits = settings::read_listen_limits(root);
    let log_format = root.parse_optional("log_format", LogFormat::parse);
    let log = root.parse_optional("log", parse_filter);
    let drain_seconds = root.number("drain_seconds", 30, 0, 600);
    let relay = match root.section("relay") {
        Some(mut section) => {
            let relay = Relay::read(&mut section);
            section.finish();
            relay
        }
        None => {
            root.wrong("relay", "it is missing; the adapter needs a relay, as in [relay]");
            None
        }
    };
    let callers = caller::read_all(root);
    let events = Posting::read(root);
    Some(Settings {
        listen: listen?,
        tls: tls?,
        limits: limits?,
        log_format: log_format?.unwrap_or(LogFormat::Json),
        log: log?.unwrap_or_else(|| "info".to_owned()),
        drain_seconds: drain_seconds?,
        relay: relay?,
        callers: callers?,
        events: events?,
        warnings: root.warnings(),
    })
}
