//! Whole lists, page by page.

use serde::de::DeserializeOwned;

use crate::{
    client::{Owner, StripeClient},
    endpoint::Query,
    json,
    reply::RawReply,
    view::{self, List},
};

/// An object whose id can be the cursor of a list.
pub(crate) trait Listed: DeserializeOwned {
    /// The object's id, for `starting_after`.
    fn id(&self) -> &str;
}

macro_rules! listed {
    ($($view:ident),*) => {$(
        impl Listed for view::$view {
            fn id(&self) -> &str {
                &self.id
            }
        }
    )*};
}

listed!(PaymentMethod, Intent, Refund, Dispute);

/// All objects of a list, newest first. `None` when a page could not be read, or when the list has more
/// than `most_pages` pages.
pub(crate) async fn all<T: Listed + Into<S>, S>(
    client: &StripeClient,
    query: Query,
    path: &str,
    most_pages: usize,
) -> Option<Vec<S>> {
    let mut all: Vec<T> = vec![];
    for _ in 0..most_pages {
        let after = all.last().map(|last| format!("{path}&starting_after={}", last.id()));
        let page: List<T> = page(client, query, after.as_deref().unwrap_or(path)).await?;
        let more = page.has_more && !page.data.is_empty();
        all.extend(page.data);
        if !more {
            return Some(all.into_iter().map(Into::into).collect());
        }
    }
    None
}

/// One page of a list; `None` without a readable answer.
async fn page<T: Listed>(client: &StripeClient, query: Query, path: &str) -> Option<List<T>> {
    let RawReply::Done { object, .. } = client.get(query, path).await else { return None };
    match serde_json::from_value(object) {
        Ok(page) => Some(page),
        Err(error) => {
            let Owner { tenant, payment_system } = client.owner();
            tracing::error!(
                tenant,
                payment_system,
                path,
                error = json::reason(&error),
                "a list from Stripe could not be read"
            );
            None
        }
    }
}
