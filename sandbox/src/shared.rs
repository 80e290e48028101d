//! What all calls and the handle share.

use std::sync::Mutex;

use jiff::Timestamp;
use tokio::sync::watch;

use crate::calls::Call;
use crate::clock::Clock;
use crate::fault::Faults;
use crate::settings::RawCards;
use crate::state::{Desk, World};

/// The sandbox behind its door.
#[derive(Debug)]
pub(crate) struct Shared {
    /// The time.
    pub(crate) clock: Clock,
    /// All that happened.
    pub(crate) world: Mutex<World>,
    /// What will go wrong.
    pub(crate) faults: Mutex<Faults>,
    /// What was received.
    pub(crate) calls: Mutex<Vec<Call>>,
    /// What statement descriptors begin with.
    pub(crate) prefix: String,
    /// What happens to the numbers of cards where nothing else was said.
    pub(crate) raw_cards: RawCards,
    /// Where the sandbox can be reached.
    pub(crate) origin: String,
    /// Changes when the sandbox stops.
    pub(crate) stopped: watch::Receiver<()>,
}

impl Shared {
    /// A place to work at one account.
    pub(crate) fn desk<'a>(
        &'a self,
        world: &'a mut World,
        account: &str,
        now: Timestamp,
        key: Option<&'a str>,
    ) -> Option<Desk<'a>> {
        Some(Desk {
            account: world.accounts.get_mut(account)?,
            ledger: &mut world.ledger,
            ids: &mut world.ids,
            now,
            key,
            origin: &self.origin,
            prefix: &self.prefix,
        })
    }
}
