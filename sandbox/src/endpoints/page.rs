//! The pages of a list: newest first, with a limit, before or after a cursor, and within a
//! range of creation times.

use serde_json::{Value, json};

use crate::collection::Collection;
use crate::error::{StripeError, StripeResult};
use crate::form::Form;
use crate::index::IndexQuery;
use crate::objects::{Object, RenderContext};

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
    pub(crate) fn read(form: &Form) -> StripeResult<Self> {
        // A limit out of bounds is clamped silently.
        let limit = form.integer("limit")?.unwrap_or(10).clamp(1, 100);
        let limit = usize::try_from(limit).unwrap_or(10);
        let starting_after = form.text("starting_after")?.map(str::to_owned);
        let ending_before = form.text("ending_before")?.map(str::to_owned);
        Ok(Self { limit, starting_after, ending_before, created: span(form, "created")? })
    }

    /// Selects the page from the matching objects of a small collection. `kind` is the kind of object in the
    /// refusal of an unknown cursor.
    pub(crate) fn select<T: Object + Clone>(
        &self,
        collection: &Collection<T>,
        wanted: impl Fn(&T) -> bool,
        context: RenderContext,
        kind: &str,
        url: &str,
    ) -> StripeResult<Value> {
        self.select_indexed((collection, &IndexQuery::default()), wanted, context, kind, url)
    }

    /// Selects the page from the matching objects of a collection. The query finds at least all objects that
    /// are wanted; `kind` is the kind of object in the refusal of an unknown cursor.
    pub(crate) fn select_indexed<T: Object + Clone>(
        &self,
        (collection, query): (&Collection<T>, &IndexQuery),
        wanted: impl Fn(&T) -> bool,
        context: RenderContext,
        kind: &str,
        url: &str,
    ) -> StripeResult<Value> {
        let cursor = |param: &str, id: &str| StripeError::missing(kind, id, param).status(400);
        let (earliest, latest) = self.created;
        let fits = |item: &&T| item.created() <= latest && wanted(item);
        let recent = |item: &&T| item.created() >= earliest;
        let count = self.limit.saturating_add(1);
        let mut found: Vec<&T> = match (&self.starting_after, &self.ending_before) {
            (Some(id), _) => {
                let older = collection.older_than(id, query).ok_or_else(|| cursor("starting_after", id))?;
                older.take_while(recent).filter(fits).take(count).collect()
            }
            (None, Some(id)) => {
                let newer = collection.newer_than(id, query).ok_or_else(|| cursor("ending_before", id))?;
                newer.filter(recent).filter(fits).take(count).collect()
            }
            (None, None) => {
                collection.created_by(latest, query).take_while(recent).filter(fits).take(count).collect()
            }
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
        let data: Vec<Value> = found.into_iter().map(|item| item.show(context)).collect();
        Ok(json!({ "object": "list", "data": data, "has_more": more, "url": url }))
    }
}

/// The earliest and the latest moment of a filter such as `created`, both included, in unix seconds.
pub(crate) fn span(form: &Form, name: &str) -> StripeResult<(i64, i64)> {
    if let Some(exactly) = form.integer(name)? {
        return Ok((exactly, exactly));
    }
    let bound = |word: &str| form.integer(&format!("{name}[{word}]"));
    let later = bound("gt")?.map(|moment| moment.saturating_add(1));
    let earlier = bound("lt")?.map(|moment| moment.saturating_sub(1));
    let earliest = later.max(bound("gte")?).unwrap_or(i64::MIN);
    let latest = [earlier, bound("lte")?].into_iter().flatten().min().unwrap_or(i64::MAX);
    Ok((earliest, latest))
}
