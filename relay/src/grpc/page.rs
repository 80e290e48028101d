//! Pages of lists, and the tokens of pages. A token is the id of the last item, masked with the
//! tenant, the method and the filter: a token of another list names an item that does not exist.
//!
//! A token looks like a UUID, as it did in earlier versions, so adapters of those versions pass a
//! token on.

use causeway::{
    bounds::{self, Page},
    refusal::{Limit, Refusal, Violation},
    request::PageToken,
    tenant::TenantName,
};
use prost::Message;
use sha2::{Digest, Sha256};
use tonic::{Response, Status};

/// One list: a method with a filter, as one tenant sees the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ListMask(u128);

impl ListMask {
    /// The list of a method. `filter` is the request without page size and token.
    pub(super) fn of(tenant: &TenantName, method: &str, filter: &impl Message) -> ListMask {
        let mut hash = Sha256::new();
        for part in [tenant.as_str().as_bytes(), method.as_bytes(), &filter.encode_to_vec()] {
            hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(part);
        }
        let hash: [u8; 32] = hash.finalize().into();
        let (half, _) = hash.split_first_chunk().unwrap_or((&[0; 16], &[]));
        ListMask(u128::from_be_bytes(*half))
    }

    /// The id of the last item of the page before, if the token is one of this list.
    pub(super) fn open(self, token: PageToken) -> u128 {
        token.0 ^ self.0
    }

    /// The token of the page after this one; empty on the last page.
    pub(super) fn next<T>(self, page: &Page<T>) -> String {
        page.next().map(|id| PageToken(id ^ self.0).to_string()).unwrap_or_default()
    }
}

/// The refusal of a token that is not one of this list.
pub(super) fn not_of_this_list() -> Refusal {
    let problem = "it is not of this list: the page before had another filter, or is of another tenant or of an \
                   earlier version of the relay; start with the first page";
    Refusal::MalformedRequest(vec![Violation { field: "page_token".to_owned(), problem: problem.to_owned() }])
}

/// The refusal of a list that was asked for without pages and does not fit into one answer.
pub(super) fn too_large() -> Refusal {
    Limit::Answer { most: bounds::WHOLE_LIMIT }.into()
}

/// Sends an answer that every client can read. Every answer of the relay goes through this function.
pub(super) fn answer<M: Message>(message: M) -> Result<Response<M>, Status> {
    let size = message.encoded_len();
    if size > bounds::CLIENT_LIMIT {
        tracing::error!(size, "an answer is larger than clients read, and was refused; please report this");
        return Err(too_large().into());
    }
    Ok(Response::new(message))
}

#[cfg(test)]
mod tests {
    use causeway::v1::{GetOrderRequest, ListPaymentsRequest};

    use super::*;

    #[test]
    fn a_token_is_of_one_list_only() {
        let tenant = |name: &str| TenantName::parse(name).unwrap();
        let filter = |reference: &str| ListPaymentsRequest {
            billing_reference: reference.to_owned(),
            ..Default::default()
        };
        let list = ListMask::of(&tenant("acme"), "ListPayments", &filter("INV"));
        let mut page = Page::of(1);
        assert_eq!(list.next(&page), "", "the last page has none");
        assert!(page.add(7, 1, ()) && !page.add(8, 1, ()));
        let token = PageToken::parse(&list.next(&page)).unwrap();
        assert_eq!(list.open(token), 7);
        let order = GetOrderRequest { billing_reference: "INV".to_owned(), ..Default::default() };
        for other in [
            ListMask::of(&tenant("globex"), "ListPayments", &filter("INV")),
            ListMask::of(&tenant("acme"), "ListPayments", &filter("INV2")),
            ListMask::of(&tenant("acme"), "GetOrder", &order),
        ] {
            assert_ne!(other.open(token), 7);
        }
    }
}
