//! Places that several owners share, such as operations in flight or watchers. Each owner has some
//! reserved places; the rest is for whoever comes first, up to a limit for one owner. So no owner
//! can take the places of the others.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// The places, and the owners that hold places now.
#[derive(Debug)]
pub struct Shares<K: Eq + Hash> {
    most: usize,
    reserved: usize,
    most_of_one: usize,
    unreserved: usize,
    taken: Mutex<HashMap<K, usize>>,
}

/// A held place, given back on drop.
#[derive(Debug)]
pub struct SharedPlace<K: Eq + Hash + Clone> {
    shares: Arc<Shares<K>>,
    owner: K,
}

/// Why there is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exhausted {
    /// The owner holds as many places as one owner may have.
    Share {
        /// Maximum number of places of one owner.
        limit: usize,
    },
    /// All places are taken, except for the reserved places of other owners.
    All {
        /// Number of places of all owners together.
        limit: usize,
    },
}

impl<K: Eq + Hash + Clone> Shares<K> {
    /// `most` places for `owners` owners, with at most `reserved` reserved places for each of them.
    /// One owner has everything but the reserved places of the others.
    pub fn new(most: usize, owners: usize, reserved: usize) -> Shares<K> {
        let owners = owners.max(1);
        // Half of the places stay unreserved, so that an owner with much work can use them.
        let even = most.checked_div(owners.saturating_mul(2)).unwrap_or_default();
        let reserved = reserved.min(even);
        let others = reserved.saturating_mul(owners.saturating_sub(1));
        Shares {
            most,
            reserved,
            most_of_one: most.saturating_sub(others),
            unreserved: most.saturating_sub(reserved.saturating_mul(owners)),
            taken: Mutex::default(),
        }
    }

    /// `most` places of which each of `owners` owners has some reserved, and one owner of several has
    /// half at most.
    pub fn halves(most: usize, owners: usize) -> Shares<K> {
        let half = if owners > 1 { most.div_ceil(2) } else { most };
        Shares::new(most, owners, most).with_most_of_one(half)
    }

    /// As before, with at most `most_of_one` places for one owner.
    pub fn with_most_of_one(self, most_of_one: usize) -> Shares<K> {
        Shares { most_of_one: self.most_of_one.min(most_of_one.max(1)), ..self }
    }

    /// Maximum number of places of one owner.
    pub fn most_of_one(&self) -> usize {
        self.most_of_one
    }

    /// Takes a place for an owner.
    pub fn take(self: &Arc<Self>, owner: &K) -> Result<SharedPlace<K>, Exhausted> {
        let mut taken = self.lock();
        let own = taken.get(owner).copied().unwrap_or_default();
        if own >= self.most_of_one {
            return Err(Exhausted::Share { limit: self.most_of_one });
        }
        let over = |count: &usize| count.saturating_sub(self.reserved);
        if own >= self.reserved && taken.values().map(over).sum::<usize>() >= self.unreserved {
            return Err(Exhausted::All { limit: self.most });
        }
        taken.insert(owner.clone(), own.saturating_add(1));
        drop(taken);
        Ok(SharedPlace { shares: Arc::clone(self), owner: owner.clone() })
    }

    /// How many places a new place of the owner comes after, where all owners take turns.
    pub fn before(&self, owner: &K) -> usize {
        let taken = self.lock();
        let own = taken.get(owner).copied().unwrap_or_default();
        let turns = |(other, count): (&K, &usize)| {
            if other == owner { own } else { (*count).min(own.saturating_add(1)) }
        };
        taken.iter().map(turns).fold(0, usize::saturating_add)
    }

    /// Number of taken places of all owners.
    pub fn taken(&self) -> usize {
        self.lock().values().sum()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, usize>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Eq + Hash + Clone> Drop for SharedPlace<K> {
    fn drop(&mut self) {
        let mut taken = self.shares.lock();
        let left = taken.get(&self.owner).copied().unwrap_or_default().saturating_sub(1);
        if left > 0 {
            taken.insert(self.owner.clone(), left);
        } else {
            taken.remove(&self.owner);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As many places as an owner gets.
    fn greedy(shares: &Arc<Shares<&'static str>>, owner: &'static str) -> Vec<SharedPlace<&'static str>> {
        std::iter::from_fn(|| shares.take(&owner).ok()).collect()
    }

    #[test]
    fn whatever_some_take_the_others_have_their_places() {
        for (most, owners, reserved) in [(10, 3, 2), (10, 3, 100), (4, 2, 1), (1020, 3, 8), (5, 2, 0)] {
            let shares = Arc::new(Shares::new(most, owners, reserved));
            let names = ["a", "b", "c"];
            let held: Vec<_> = names.iter().take(owners).map(|name| greedy(&shares, name)).collect();
            let reserved = reserved.min(most / (2 * owners));
            assert_eq!(held[0].len(), most - reserved * (owners - 1), "the first has the most");
            for held in &held[1..] {
                assert_eq!(held.len(), reserved);
            }
            assert_eq!(shares.taken(), most, "and no place is lost");
            drop(held);
            assert_eq!(shares.taken(), 0);
        }
    }

    #[test]
    fn one_owner_alone_has_everything() {
        let shares = Arc::new(Shares::new(3, 1, 100));
        let held = greedy(&shares, "a");
        assert_eq!(held.len(), 3);
        assert_eq!(shares.take(&"a").unwrap_err(), Exhausted::Share { limit: 3 });
    }

    #[test]
    fn the_reason_says_whether_the_share_or_everything_is_used_up() {
        let shares = Arc::new(Shares::new(8, 2, 2).with_most_of_one(4));
        let first = greedy(&shares, "a");
        assert_eq!((first.len(), shares.take(&"a").unwrap_err()), (4, Exhausted::Share { limit: 4 }));
        let second = greedy(&shares, "b");
        assert_eq!((second.len(), shares.take(&"b").unwrap_err()), (4, Exhausted::Share { limit: 4 }));
        drop(first);
        assert!(shares.take(&"a").is_ok());
        let shares = Arc::new(Shares::new(9, 3, 1));
        let first = greedy(&shares, "a");
        assert_eq!((first.len(), greedy(&shares, "b").len()), (7, 1));
        let _second = shares.take(&"b").unwrap();
        assert_eq!(shares.take(&"b").unwrap_err(), Exhausted::All { limit: 9 });
    }
}
