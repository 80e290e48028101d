//! Whole lists, page by page.

use std::collections::HashSet;

use serde::de::DeserializeOwned;

use crate::{
    client::{Owner, StripeClient},
    endpoint::Query,
    expected::{Disbelief, Expected},
    json::{self, StripeJson},
    paths::PAGE,
    reply::{RawReply, not_ours},
    snapshot::read_believed,
    view,
};

/// An object whose id can be the cursor of a list.
pub(crate) trait Listed: DeserializeOwned {
    /// Stripe's name of the type, in the field `object`.
    const OBJECT: &'static str;

    /// The object's id, for `starting_after`.
    fn id(&self) -> &str;
}

macro_rules! listed {
    ($($view:ident $name:literal),*) => {$(
        impl Listed for view::$view {
            const OBJECT: &'static str = $name;

            fn id(&self) -> &str {
                self.id.as_str()
            }
        }
    )*};
}

listed!(PaymentMethod "payment_method", Intent "payment_intent", Refund "refund", Dispute "dispute");

/// A list at Stripe.
#[derive(Clone, Copy)]
pub(crate) struct List<'a> {
    /// The call, for the queue.
    pub(crate) query: Query,
    /// The path of the first page.
    pub(crate) path: &'a str,
    /// The field of each element that names the object to which the list belongs, and its id.
    pub(crate) parent: Option<(&'static str, &'a str)>,
}

/// All objects of a list, newest first. `None` when a page could not be read, when the list has more than
/// `most_pages` pages, or when an element cannot be in this list.
pub(crate) async fn all<T: Listed + Into<S>, S>(
    client: &StripeClient,
    list: List<'_>,
    most_pages: usize,
) -> Option<Vec<S>> {
    let expected = Expected::listed(T::OBJECT, list.parent, client.ours());
    let (mut all, mut known): (Vec<T>, HashSet<String>) = (vec![], HashSet::new());
    for _ in 0..most_pages {
        let after = all.last().map(|last| format!("{}&starting_after={}", list.path, last.id()));
        let (page, request, has_more) =
            page(client, list.query, after.as_deref().unwrap_or(list.path)).await?;
        let more = has_more && !page.is_empty();
        for element in page {
            let object =
                expected.believe(element).map_err(|why| not_ours(client.owner(), &request, &why)).ok()?;
            let object: T =
                read_believed::<T, T>(object).map_err(|error| unreadable(client, list.path, &error)).ok()?;
            if !known.insert(object.id().to_owned()) {
                not_ours(client.owner(), &request, &Disbelief::twice(object.id()));
                return None;
            }
            all.push(object);
        }
        if !more {
            return Some(all.into_iter().map(Into::into).collect());
        }
    }
    None
}

/// One page of a list, with the `Request-Id` and whether the list has more pages; `None` without a readable
/// answer.
async fn page(client: &StripeClient, query: Query, path: &str) -> Option<(Vec<StripeJson>, String, bool)> {
    let RawReply::Done { object, request } = client.get(query, path).await else { return None };
    let Some((data, more)) = object.into_page().filter(|(data, _)| data.len() <= PAGE) else {
        let Owner { tenant, payment_system } = client.owner();
        tracing::error!(
            tenant,
            payment_system,
            path,
            "a list from Stripe is no list of at most {PAGE} objects"
        );
        return None;
    };
    Some((data, request, more))
}

fn unreadable(client: &StripeClient, path: &str, error: &serde_json::Error) {
    let Owner { tenant, payment_system } = client.owner();
    tracing::error!(
        tenant,
        payment_system,
        path,
        error = json::reason(error),
        "a list from Stripe could not be read"
    );
}
