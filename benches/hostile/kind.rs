//! Kinds of hostile connections, and the listeners that they fit.

/// A kind of hostile connection.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Streams of the reflection service, each with a question; no answer is read.
    Reflection,
    /// Streams that watch the health service; no answer is read.
    Health,
    /// HEADERS that refer several times to one field of nearly 4 KiB.
    IndexedHeaders,
    /// Requests whose answers get no window; every second connection reads no byte at all.
    ZeroWindow,
    /// Pings are answered, and there is never a request.
    Pings,
    /// A request for a page that does not exist, each few seconds, on the same connection.
    KeepAliveErrors,
    /// No byte; of TLS the handshake, or not even that.
    Silence,
    /// A head, or a body, of one byte a second.
    Slow,
    /// Requests without a good signature or token, as fast as answers come.
    Unsigned,
}

/// A listener under attack.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    Adapter,
    Relay,
    Webhooks,
}

impl Kind {
    /// Every kind, in the order of the table.
    pub(crate) const ALL: [Kind; 9] = [
        Kind::Reflection,
        Kind::Health,
        Kind::IndexedHeaders,
        Kind::ZeroWindow,
        Kind::Pings,
        Kind::KeepAliveErrors,
        Kind::Silence,
        Kind::Slow,
        Kind::Unsigned,
    ];

    /// The name in the table and in arguments.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Reflection => "reflection",
            Kind::Health => "health",
            Kind::IndexedHeaders => "indexed-headers",
            Kind::ZeroWindow => "zero-window",
            Kind::Pings => "pings",
            Kind::KeepAliveErrors => "keep-alive-errors",
            Kind::Silence => "silence",
            Kind::Slow => "slow",
            Kind::Unsigned => "unsigned",
        }
    }

    /// The kind of a name.
    pub(crate) fn named(name: &str) -> Kind {
        Kind::ALL.into_iter().find(|kind| kind.name() == name).unwrap()
    }

    /// Whether the kind fits the protocol of a listener.
    pub(crate) fn fits(self, target: Target) -> bool {
        match self {
            Kind::Silence | Kind::Slow | Kind::Unsigned => true,
            Kind::KeepAliveErrors => target == Target::Webhooks,
            Kind::Reflection | Kind::Health | Kind::IndexedHeaders | Kind::ZeroWindow | Kind::Pings => {
                target != Target::Webhooks
            }
        }
    }
}

impl Target {
    /// Every listener.
    pub(crate) const ALL: [Target; 3] = [Target::Adapter, Target::Relay, Target::Webhooks];

    /// The name in the table and in arguments.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Target::Adapter => "adapter",
            Target::Relay => "relay",
            Target::Webhooks => "webhooks",
        }
    }

    /// The listener of a name.
    pub(crate) fn named(name: &str) -> Target {
        Target::ALL.into_iter().find(|target| target.name() == name).unwrap()
    }
}
