//! The waiting jobs of the writer. Owners take turns, so that a tenant with many jobs, or with large
//! ones, delays a job of another tenant by one group at most.

use std::collections::{HashMap, VecDeque};

use causeway::tenant::TenantName;

use super::Job;

/// The owner of a job: a tenant, or the relay itself.
pub(super) type Owner = Option<TenantName>;

/// The waiting jobs, by owner.
#[derive(Default)]
pub(super) struct Turns {
    waiting: HashMap<Owner, VecDeque<Job>>,
    /// The owners with waiting jobs, the next one first.
    order: VecDeque<Owner>,
    jobs: usize,
}

impl Turns {
    /// Appends a job to the jobs of the owner.
    pub(super) fn push(&mut self, owner: Owner, job: Job) {
        let own = self.waiting.entry(owner.clone()).or_default();
        if own.is_empty() {
            self.order.push_back(owner);
        }
        own.push_back(job);
        self.jobs = self.jobs.saturating_add(1);
    }

    /// Takes the oldest job of the owner whose turn has come.
    pub(super) fn next(&mut self) -> Option<Job> {
        let owner = self.order.pop_front()?;
        let own = self.waiting.get_mut(&owner)?;
        let job = own.pop_front()?;
        if own.is_empty() {
            self.waiting.remove(&owner);
        } else {
            self.order.push_back(owner);
        }
        self.jobs = self.jobs.saturating_sub(1);
        Some(job)
    }

    /// Number of waiting jobs of all owners.
    pub(super) fn jobs(&self) -> usize {
        self.jobs
    }

    /// Number of owners with waiting jobs.
    pub(super) fn owners(&self) -> usize {
        self.order.len()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[test]
    fn owners_take_turns_and_each_owner_keeps_its_order() {
        let run = Arc::new(Mutex::new(String::new()));
        let mut turns = Turns::default();
        for (owner, name) in [("a", 'a'), ("a", 'b'), ("a", 'c'), ("b", 'x'), ("", 'r'), ("b", 'y')] {
            let run = Arc::clone(&run);
            let job: Job = Box::new(move |_| {
                run.lock().unwrap().push(name);
                Box::new(|_| ())
            });
            turns.push(TenantName::parse(owner).ok(), job);
        }
        assert_eq!((turns.jobs(), turns.owners()), (6, 3));
        let unused = || Err(causeway_ports::journal::JournalError::Unavailable(String::new()));
        while let Some(job) = turns.next() {
            job(unused())(Ok(()));
        }
        assert_eq!(run.lock().unwrap().as_str(), "axrbyc");
        assert_eq!((turns.jobs(), turns.owners()), (0, 0));
    }
}
