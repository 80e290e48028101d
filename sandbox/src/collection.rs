//! A collection of objects of one kind: found by id or by indexed values, listed from the newest to the oldest.
//! A snapshot of an object stays unchanged when the object changes.

use std::collections::{HashMap, VecDeque};
use std::iter;
use std::sync::Arc;

use crate::balance_sums::{BalanceSums, CurrencySums};
use crate::index::{Index, IndexQuery};
use crate::objects::Object;
use crate::storage::touched::ObjectRecorder;

/// Objects in the order of creation.
#[derive(Debug)]
pub(crate) struct Collection<T> {
    items: VecDeque<Arc<T>>,
    /// By id: the number of objects that were added before this object.
    numbers: HashMap<String, usize>,
    /// The number of objects that were removed.
    removed: usize,
    /// The numbers of the objects, by the values of indexed fields.
    index: Index,
    /// The sums over the objects that change the balance.
    sums: BalanceSums,
    recorder: Option<ObjectRecorder>,
}

impl<T> Default for Collection<T> {
    fn default() -> Self {
        Self {
            items: VecDeque::new(),
            numbers: HashMap::new(),
            removed: 0,
            index: Index::default(),
            sums: BalanceSums::default(),
            recorder: None,
        }
    }
}

impl<T: Object + Clone> Collection<T> {
    /// Adds an object, or replaces the object with the same id.
    pub(crate) fn put(&mut self, item: T) -> Arc<T> {
        let item = Arc::new(item);
        self.put_shared(Arc::clone(&item));
        item
    }

    /// Adds or replaces an object that is shared already.
    pub(crate) fn put_shared(&mut self, item: Arc<T>) {
        self.close();
        self.record(item.id());
        let end = self.removed.saturating_add(self.items.len());
        let number = self.numbers.get(item.id()).copied().unwrap_or(end);
        match number.checked_sub(self.removed).and_then(|position| self.items.get_mut(position)) {
            Some(present) => {
                self.index.open(&**present, number);
                self.sums.subtract(&**present);
                self.index.close(&*item);
                self.sums.add(&*item);
                *present = item;
            }
            None => {
                self.index.add(&*item, number);
                self.sums.add(&*item);
                self.numbers.insert(item.id().to_owned(), number);
                self.items.push_back(item);
            }
        }
    }

    /// Removes the objects that were created before a moment.
    pub(crate) fn remove_created_before(&mut self, moment: i64) {
        let is_old = |item: &Arc<T>| item.created() < moment;
        if !self.items.front().is_some_and(is_old) {
            return;
        }
        self.close();
        if let Some(recorder) = &self.recorder {
            recorder.record_created_before(moment);
        }
        while self.items.front().is_some_and(is_old) {
            let Some(item) = self.items.pop_front() else { return };
            self.numbers.remove(item.id());
            self.index.remove(&*item, self.removed);
            self.sums.subtract(&*item);
            self.removed = self.removed.saturating_add(1);
        }
    }

    /// Removes one object. The cost grows with the number of newer objects.
    pub(crate) fn remove(&mut self, id: &str) -> Option<Arc<T>> {
        self.close();
        self.record(id);
        let position = self.position(id)?;
        let item = self.items.remove(position)?;
        let number = self.numbers.remove(id)?;
        self.index.remove(&*item, number);
        self.sums.subtract(&*item);
        for (newer, number) in self.items.iter().skip(position).zip(number..) {
            self.index.remove(&**newer, number.saturating_add(1));
            self.index.add(&**newer, number);
            self.numbers.insert(newer.id().to_owned(), number);
        }
        Some(item)
    }

    /// A reference to an object.
    pub(crate) fn get(&self, id: &str) -> Option<&T> {
        self.items.get(self.position(id)?).map(AsRef::as_ref)
    }

    /// A snapshot of the object's current state.
    pub(crate) fn snapshot(&self, id: &str) -> Option<Arc<T>> {
        self.items.get(self.position(id)?).cloned()
    }

    /// A mutable reference to an object. Existing snapshots stay unchanged.
    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut T> {
        self.close();
        let position = self.position(id)?;
        self.record(id);
        let item = self.items.get_mut(position)?;
        let number = self.removed.saturating_add(position);
        self.index.open(&**item, number);
        self.sums.subtract(&**item);
        Some(Arc::make_mut(item))
    }

    /// All objects, the newest first.
    pub(crate) fn newest_first(&self) -> impl Iterator<Item = &T> {
        self.items.iter().rev().map(AsRef::as_ref)
    }

    /// Snapshots of all objects, the oldest first.
    pub(crate) fn snapshots(&self) -> impl Iterator<Item = Arc<T>> {
        self.items.iter().cloned()
    }

    /// The objects that may fit the query, the newest first.
    pub(crate) fn found<'a>(&'a self, query: &'a IndexQuery) -> impl Iterator<Item = &'a T> {
        self.descending(self.items.len(), query)
    }

    /// The objects that are newer than an object and may fit the query, the oldest of them first.
    pub(crate) fn newer_than<'a>(
        &'a self,
        id: &str,
        query: &'a IndexQuery,
    ) -> Option<impl Iterator<Item = &'a T>> {
        let mut next = self.numbers.get(id)?.saturating_add(1);
        let end = self.removed.saturating_add(self.items.len());
        Some(iter::from_fn(move || {
            let number = self.index.next(query, next, end)?;
            next = number.saturating_add(1);
            self.items.get(number.checked_sub(self.removed)?).map(AsRef::as_ref)
        }))
    }

    /// The objects that are older than an object and may fit the query, the newest of them first.
    pub(crate) fn older_than<'a>(
        &'a self,
        id: &str,
        query: &'a IndexQuery,
    ) -> Option<impl Iterator<Item = &'a T>> {
        Some(self.descending(self.position(id)?, query))
    }

    /// The objects that were created at a moment or before and may fit the query, the newest first. Relies
    /// on objects being added in the order of creation.
    pub(crate) fn created_by<'a>(
        &'a self,
        latest: i64,
        query: &'a IndexQuery,
    ) -> impl Iterator<Item = &'a T> {
        let count = self.items.partition_point(|item| item.created() <= latest);
        self.descending(count, query)
    }

    /// The sums of the balance at a moment in unix seconds.
    pub(crate) fn balance(&mut self, now: i64) -> CurrencySums<'_> {
        self.close();
        self.sums.at(now)
    }

    /// Records every change from now on.
    pub(crate) fn record_changes(&mut self, recorder: ObjectRecorder) {
        self.recorder = Some(recorder);
    }

    /// The first `count` objects, as far as they may fit the query, the newest first.
    fn descending<'a>(&'a self, count: usize, query: &'a IndexQuery) -> impl Iterator<Item = &'a T> {
        let mut end = self.removed.saturating_add(count);
        iter::from_fn(move || {
            end = self.index.previous(query, end)?;
            self.items.get(end.checked_sub(self.removed)?).map(AsRef::as_ref)
        })
    }

    /// Indexes the object that was changed last.
    fn close(&mut self) {
        let Some(number) = self.index.opened() else { return };
        if let Some(item) = number.checked_sub(self.removed).and_then(|position| self.items.get(position)) {
            self.index.close(&**item);
            self.sums.add(&**item);
        }
    }

    fn record(&self, id: &str) {
        if let Some(recorder) = &self.recorder {
            recorder.record(id);
        }
    }

    fn position(&self, id: &str) -> Option<usize> {
        self.numbers.get(id)?.checked_sub(self.removed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::balance_sums::BalanceSum;
    use crate::ids::Ids;
    use crate::objects::balance_transaction::{BalanceTransaction, TransactionKind};

    fn transaction(id: usize, created: i64, source: usize) -> BalanceTransaction {
        BalanceTransaction {
            id: format!("txn_{id}"),
            created,
            available_on: created + i64::try_from(source).unwrap() * 10,
            kind: if source == 0 { TransactionKind::Refund } else { TransactionKind::Charge },
            amount: 1000,
            currency: if id.is_multiple_of(3) { "eur" } else { "usd" }.to_owned(),
            source: format!("ch_{source}"),
            description: None,
            payout: None,
        }
    }

    /// Compares the index and the sums with a look at every object.
    fn check(collection: &mut Collection<BalanceTransaction>, now: i64) {
        let all: Vec<BalanceTransaction> = collection.newest_first().cloned().collect();
        for source in ["ch_0", "ch_1", "ch_4", "ch_9"] {
            let fits = |item: &&BalanceTransaction| item.source == source && item.currency == "usd";
            let wanted: Vec<&str> = all.iter().filter(fits).map(Object::id).collect();
            let query = IndexQuery::all([("source", source), ("currency", "USD")]);
            let found: Vec<&str> = collection.found(&query).filter(fits).map(Object::id).collect();
            assert_eq!(found, wanted);
            assert!(
                collection.found(&query).count() <= wanted.len() + 1,
                "only an open object is found in vain"
            );
            let any = IndexQuery::any([("source", source), ("type", "refund")]);
            let fits =
                |item: &&BalanceTransaction| item.source == source || item.kind == TransactionKind::Refund;
            let wanted: Vec<&str> = all.iter().filter(fits).map(Object::id).collect();
            assert_eq!(collection.found(&any).filter(fits).map(Object::id).collect::<Vec<_>>(), wanted);
            let Some(oldest) = all.last() else { continue };
            let mut newer: Vec<&str> =
                collection.newer_than(&oldest.id, &any).unwrap().filter(fits).map(Object::id).collect();
            newer.reverse();
            newer.extend(fits(&oldest).then_some(oldest.id.as_str()));
            assert_eq!(newer, wanted);
        }
        let mut sums = CurrencySums::new();
        for item in &all {
            let sum = sums.entry(item.currency.as_str()).or_default();
            *if item.available_on > now { &mut sum.pending } else { &mut sum.available } += item.net();
        }
        let mut kept = collection.balance(now);
        kept.retain(|_, sum| *sum != BalanceSum::default());
        sums.retain(|_, sum| *sum != BalanceSum::default());
        assert_eq!(kept, sums);
    }

    #[test]
    fn the_index_and_the_sums_follow_every_change() {
        let (mut collection, mut ids) = (Collection::<BalanceTransaction>::default(), Ids::seeded(7));
        let mut pick = |count: usize| ids.digits(4).parse::<usize>().unwrap() % count;
        for step in 0..600 {
            let now = i64::try_from(step / 4).unwrap();
            let known = format!("txn_{}", pick(step + 1));
            match pick(10) {
                0 => drop(collection.remove(&known)),
                1 | 2 => {
                    if let Some(found) = collection.get_mut(&known) {
                        found.source = format!("ch_{}", pick(5));
                    }
                }
                3 => {
                    if let Some(found) = collection.get(&known).cloned() {
                        collection.put(BalanceTransaction { amount: 500, ..found });
                    }
                }
                4 if step > 300 => collection.remove_created_before(now - 60),
                _ => drop(collection.put(transaction(step, now, pick(5)))),
            }
            check(&mut collection, now);
        }
        assert!(collection.newest_first().count() > 50);
    }
}
