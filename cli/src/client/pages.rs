//! Answers that come in pages, read to the end.

use causeway::v1;
use tonic::{Response, Status};

use super::Client;

/// Cards on a page.
const CARDS: i32 = 500;

impl Client {
    /// Reads one payment with the whole timeline.
    pub(crate) async fn payment(
        &self,
        mut message: v1::GetPaymentRequest,
    ) -> Result<v1::GetPaymentResponse, Status> {
        let mut timeline = vec![];
        loop {
            let request = self.request(message.clone());
            let part = self.processor.clone().get_payment(request).await?.into_inner();
            timeline.extend(part.timeline);
            message.timeline_after = part.next_timeline_after;
            if message.timeline_after == 0 {
                return Ok(v1::GetPaymentResponse { timeline, ..part });
            }
        }
    }

    /// Reads all payments with a billing reference.
    pub(crate) async fn order(
        &self,
        mut message: v1::GetOrderRequest,
    ) -> Result<v1::GetOrderResponse, Status> {
        let mut order: Option<v1::GetOrderResponse> = None;
        loop {
            let request = self.request(message.clone());
            let page = self.processor.clone().get_order(request).await?.into_inner();
            message.page_token.clone_from(&page.next_page_token);
            let so_far = match order {
                None => page,
                Some(order) => joined(order, page),
            };
            if message.page_token.is_empty() {
                return Ok(so_far);
            }
            order = Some(so_far);
        }
    }

    /// Lists all cards of a customer.
    pub(crate) async fn cards(
        &self,
        mut message: v1::ListCardsRequest,
    ) -> Result<v1::ListCardsResponse, Status> {
        message.page_size = CARDS;
        let mut cards = vec![];
        loop {
            let page = self.processor.clone().list_cards(self.request(message.clone())).await;
            let page = page.map(Response::into_inner)?;
            cards.extend(page.cards);
            message.page_token.clone_from(&page.next_page_token);
            if message.page_token.is_empty() {
                let next_page_token = String::new();
                return Ok(v1::ListCardsResponse { cards, next_page_token, ..page });
            }
        }
    }
}

/// An order with one more page. The totals are on the first page.
fn joined(mut order: v1::GetOrderResponse, page: v1::GetOrderResponse) -> v1::GetOrderResponse {
    order.authorizations.extend(page.authorizations);
    order.captures.extend(page.captures);
    order.refunds.extend(page.refunds);
    order.disputes.extend(page.disputes);
    order.log.extend(page.log);
    order.log.sort_by_key(|entry| entry.at.map(|at| (at.seconds, at.nanos)));
    order.log_entries_left_out = order.log_entries_left_out.saturating_add(page.log_entries_left_out);
    order.next_page_token = page.next_page_token;
    order
}
