//! The scale of a run, and the seed that determines the whole run.

use std::{
    hash::{BuildHasher, Hasher, RandomState},
    time::Duration,
};

/// The amounts of load and faults.
#[derive(Clone, Debug)]
pub(crate) struct Scale {
    pub(crate) seed: u64,
    pub(crate) payments: u64,
    /// SIGKILLs of the relay and of adapters at random moments.
    pub(crate) relay_kills: u64,
    pub(crate) adapter_kills: u64,
    pub(crate) pauses: u64,
    pub(crate) longest_pause: Duration,
    /// How often each failpoint has to kill.
    pub(crate) each_failpoint: u64,
    /// The part of the failpoints in this run, and the number of parts.
    pub(crate) part: (usize, usize),
    pub(crate) clients: u64,
    /// Whether the relay comes back a day later, after Stripe has dropped the idempotency keys.
    pub(crate) day_after: bool,
    /// The name of the built-in bug, if any.
    pub(crate) bug: Option<String>,
}

/// Figures of the full run; the small scale is a fraction of them.
const PAYMENTS: u64 = 10_000;
const KILLS: u64 = 280;

pub(crate) const TENANTS: usize = 8;
pub(crate) const CURRENCIES: [&str; 3] = ["USD", "EUR", "JPY"];

/// The seed of the run that is the same every time.
const FIXED: u64 = 20_261_121;

/// One of the two runs that make the small scale.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Half {
    pub(crate) seed: u64,
    /// Index of the half, 0 or 1.
    pub(crate) which: usize,
}

/// The runs that the environment asks for.
pub(crate) enum Runs {
    /// Two halves of the small scale, the first with a seed that never changes.
    Halves([Half; 2]),
    One(Scale),
}

impl Runs {
    /// A debug build makes the small scale. A release build, a given seed or a built-in
    /// bug makes one run.
    pub(crate) fn read() -> Runs {
        let (bug, seed) = (std::env::var("CHAOS_BUG").ok(), number("CHAOS_SEED"));
        let fresh = seed.unwrap_or_else(fresh);
        if cfg!(debug_assertions) && seed.is_none() && bug.is_none() {
            return Runs::Halves([Half { seed: FIXED, which: 0 }, Half { seed: fresh, which: 1 }]);
        }
        let whole = Scale::of(fresh, cfg!(debug_assertions), bug);
        Runs::One(match number("CHAOS_HALF") {
            Some(which) => whole.half(usize::from(which > 0)),
            None => whole,
        })
    }

    pub(crate) fn seeds(&self) -> String {
        match self {
            Runs::Halves([first, second]) => format!("{} {}", first.seed, second.seed),
            Runs::One(scale) => scale.seed.to_string(),
        }
    }
}

impl Scale {
    fn of(seed: u64, small: bool, bug: Option<String>) -> Scale {
        let usual = if bug.is_some() {
            2000
        } else if small {
            1000
        } else {
            PAYMENTS
        };
        let payments = number("CHAOS_PAYMENTS").unwrap_or(usual).max(40);
        let usual = if small { 40 } else { (KILLS * payments / PAYMENTS).max(8) };
        let kills = number("CHAOS_KILLS").unwrap_or(usual);
        let full = payments >= PAYMENTS;
        Scale {
            seed,
            payments,
            relay_kills: kills - kills / 7,
            adapter_kills: kills / 7,
            pauses: (20 * payments / PAYMENTS).max(2),
            longest_pause: Duration::from_secs(if full { 15 } else { 4 }),
            each_failpoint: match bug {
                Some(_) => 0,
                None if full => 3,
                None => 1,
            },
            part: (0, 1),
            clients: if small { 32 } else { 64 },
            day_after: bug.as_deref() == Some("resend_after_a_day"),
            bug,
        }
    }

    /// A scale with half of all amounts, and every second failpoint.
    fn half(self, which: usize) -> Scale {
        Scale {
            payments: self.payments / 2,
            relay_kills: self.relay_kills / 2,
            adapter_kills: self.adapter_kills / 2,
            part: (which, 2),
            ..self
        }
    }

    /// A number of the full run, scaled to this one.
    pub(crate) fn at_least(&self, full: u64) -> u64 {
        full * self.payments / PAYMENTS
    }
}

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} has to be a number, and it is {text}")))
}

/// A random seed, short enough to be typed again.
fn fresh() -> u64 {
    RandomState::new().build_hasher().finish() % 1_000_000_000
}

/// Splitmix64: the same seed gives the same numbers.
#[derive(Clone, Debug)]
pub(crate) struct SeededRng(pub(crate) u64);

impl SeededRng {
    /// A generator for one purpose of a run, independent of the other generators.
    pub(crate) fn of(seed: u64, purpose: &str, number: u64) -> SeededRng {
        let name =
            purpose.bytes().fold(seed, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
        let mut rng = SeededRng(name ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        rng.below(2);
        rng
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end.max(1)
    }

    pub(crate) fn place(&mut self, end: usize) -> usize {
        usize::try_from(self.below(u64::try_from(end).unwrap())).unwrap()
    }

    /// True in `of_hundred` of a hundred calls.
    pub(crate) fn percent(&mut self, of_hundred: u64) -> bool {
        self.below(100) < of_hundred
    }

    pub(crate) fn millis(&mut self, from: u64, to: u64) -> Duration {
        Duration::from_millis(from + self.below(to - from))
    }

    pub(crate) fn shuffle<T>(&mut self, all: &mut [T]) {
        for place in (1..all.len()).rev() {
            all.swap(place, self.place(place + 1));
        }
    }
}
