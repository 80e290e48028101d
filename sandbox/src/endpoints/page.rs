//! The pages of a list: newest first, with a limit, before or after a cursor, and within a
//! range of creation times.

use serde_json::{Value, json};

use crate::error::{Answer, StripeError};
use crate::form::Form;
use crate::objects::{Object, Seen};
use crate::shelf::Collection;

/// The part of a list that the caller requests.
#[derive(Debug)]
pub(crate) struct Page {
    limit: usize,
    starting_after: Option<String>,
    ending_before: Option<String>,
    /// The earliest and the latest creation time, both included, in unix seconds.
    created: (i64, i64),
}

impl Page {
    /// Reads the parameters of the page.
    pub(crate) fn read(form: &Form) -> Answer<Self> {
        // A limit out of bounds is clamped silently.
        let limit = form.moment("limit")?.unwrap_or(10).clamp(1, 100);
        let limit = usize::try_from(limit).unwrap_or(10);
        let starting_after = form.text("starting_after")?.map(str::to_owned);
        let ending_before = form.text("ending_before")?.map(str::to_owned);
        Ok(Self { limit, starting_after, ending_before, created: created(form)? })
    }

    /// Selects the page from the matching objects of a shelf. `missing` is the kind of object in the
    /// refusal of an unknown cursor.
    pub(crate) fn cut<T: Object + Clone>(
        &self,
        shelf: &Collection<T>,
        wanted: impl Fn(&T) -> bool,
        seen: Seen,
        missing: &str,
        url: &str,
    ) -> Answer<Value> {
        let cursor = |param: &str, id: &str| StripeError::missing(missing, id, param).status(400);
        let (earliest, latest) = self.created;
        let fits = |item: &&T| item.created() <= latest && wanted(item);
        let recent = |item: &&T| item.created() >= earliest;
        let some = self.limit.saturating_add(1);
        let mut found: Vec<&T> = match (&self.starting_after, &self.ending_before) {
            (Some(id), _) => {
                let older = shelf.older_than(id).ok_or_else(|| cursor("starting_after", id))?;
                older.take_while(recent).filter(fits).take(some).collect()
            }
            (None, Some(id)) => {
                let newer = shelf.newer_than(id).ok_or_else(|| cursor("ending_before", id))?;
                newer.filter(recent).filter(fits).take(some).collect()
            }
            (None, None) => shelf.created_by(latest).take_while(recent).filter(fits).take(some).collect(),
        };
        if self.starting_after.is_some() && self.ending_before.is_some() {
            return Err(StripeError::invalid(
                "Received both starting_after and ending_before parameters. Please pass in only one.",
            ));
        }
        let more = found.len() > self.limit;
        found.truncate(self.limit);
        if self.ending_before.is_some() {
            found.reverse();
        }
        let data: Vec<Value> = found.into_iter().map(|item| item.show(seen)).collect();
        Ok(json!({ "object": "list", "data": data, "has_more": more, "url": url }))
    }
}

fn created(form: &Form) -> Answer<(i64, i64)> {
    if let Some(exactly) = form.moment("created")? {
        return Ok((exactly, exactly));
    }
    let later = form.moment("created[gt]")?.map(|moment| moment.saturating_add(1));
    let earlier = form.moment("created[lt]")?.map(|moment| moment.saturating_sub(1));
    let earliest = later.max(form.moment("created[gte]")?).unwrap_or(i64::MIN);
    let latest = [earlier, form.moment("created[lte]")?].into_iter().flatten().min().unwrap_or(i64::MAX);
    Ok((earliest, latest))
}
