//! Whole lists, page by page.

use serde::de::DeserializeOwned;

use super::{client::Asked, view::List};
use crate::processor::Processor;

/// An object that a list can go on after.
pub trait Listed: DeserializeOwned {
    /// Its id.
    fn id(&self) -> &str;
}

macro_rules! listed {
    ($($view:ident),*) => {$(
        impl Listed for super::view::$view {
            fn id(&self) -> &str {
                &self.id
            }
        }
    )*};
}

listed!(PaymentMethod, Intent, Refund, Dispute);

/// All that a path lists, newest first. `None` when the processor could not be asked
/// for all of it, or when there are more than `most_pages`.
pub async fn all<T: Listed>(processor: &dyn Processor, path: &str, most_pages: usize) -> Option<Vec<T>> {
    let mut all: Vec<T> = vec![];
    for _ in 0..most_pages {
        let after = all.last().map(|last| format!("{path}&starting_after={}", last.id()));
        let page: List<T> = page(processor, after.as_deref().unwrap_or(path)).await?;
        let more = page.has_more && !page.data.is_empty();
        all.extend(page.data);
        if !more {
            return Some(all);
        }
    }
    None
}

/// One page.
pub async fn page<T: Listed>(processor: &dyn Processor, path: &str) -> Option<List<T>> {
    let Asked::Done { object, .. } = processor.look(path).await else { return None };
    match serde_json::from_value(object) {
        Ok(page) => Some(page),
        Err(error) => {
            tracing::error!(path, %error, "a list of Stripe's does not read as one");
            None
        }
    }
}
