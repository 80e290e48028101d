//! The pages of a list: newest first, as many as wanted, before or after an object, and from a span of time.

use serde_json::{Value, json};

use crate::error::{Answer, StripeError};
use crate::form::Form;
use crate::objects::{Object, Seen};

/// The parameters of every list.
pub(crate) const CURSORS: &[&str] = &["ending_before", "expand[]", "limit", "starting_after"];

/// The parameters of a list that can be narrowed to a span of time.
pub(crate) const CREATED: &[&str] =
    &["created", "created[gt]", "created[gte]", "created[lt]", "created[lte]"];

/// Which part of a list is wanted.
#[derive(Debug)]
pub(crate) struct Page {
    limit: usize,
    starting_after: Option<String>,
    ending_before: Option<String>,
    /// The earliest and the latest moment at which an object may have been created.
    created: (i64, i64),
}

impl Page {
    /// Reads which part is wanted.
    pub(crate) fn read(form: &Form) -> Answer<Self> {
        let limit = form.positive("limit")?.unwrap_or(10);
        let limit = usize::try_from(limit).ok().filter(|limit| *limit <= 100).ok_or_else(|| {
            StripeError::invalid("This value must be less than or equal to 100 (inclusive).")
                .code("parameter_invalid_integer")
                .param("limit")
        })?;
        let starting_after = form.text("starting_after")?.map(str::to_owned);
        let ending_before = form.text("ending_before")?.map(str::to_owned);
        if starting_after.is_some() && ending_before.is_some() {
            return Err(StripeError::invalid(
                "You may only specify one of these parameters: starting_after, ending_before.",
            )
            .code("parameters_exclusive"));
        }
        Ok(Self { limit, starting_after, ending_before, created: created(form)? })
    }

    /// Cuts the page out of a list that is newest first.
    pub(crate) fn cut<T: Object>(&self, all: &[&T], seen: Seen, kind: &str, url: &str) -> Answer<Value> {
        let (earliest, latest) = self.created;
        let place = |id: &String, param: &str| {
            let found = all.iter().position(|item| item.id() == id);
            found.ok_or_else(|| StripeError::missing(kind, id, param))
        };
        let (before, after) = match (&self.starting_after, &self.ending_before) {
            (Some(id), _) => (None, Some(place(id, "starting_after")?)),
            (None, Some(id)) => (Some(place(id, "ending_before")?), None),
            (None, None) => (None, None),
        };
        let from = after.map_or(0, |at| at.saturating_add(1));
        let to = before.unwrap_or(all.len());
        let part = all.get(from..to).unwrap_or_default();
        let fitting: Vec<&&T> =
            part.iter().filter(|item| item.created() >= earliest && item.created() <= latest).collect();
        let left_out = fitting.len().saturating_sub(self.limit);
        // Before an object means just before it: the older end of what comes before.
        let shown = if before.is_some() {
            fitting.get(left_out..)
        } else {
            fitting.get(..self.limit.min(fitting.len()))
        };
        let data: Vec<Value> = shown.unwrap_or_default().iter().map(|item| item.show(seen)).collect();
        Ok(json!({ "object": "list", "data": data, "has_more": left_out > 0, "url": url }))
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
