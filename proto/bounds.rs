//! The limits of answers: what gRPC clients read by default, how large a page of a list may be,
//! and how large one payment may be. Every list is filled through [`Page`].

use prost::Message;

use crate::v1;

/// The largest message that gRPC clients read by default, in bytes.
pub const CLIENT_LIMIT: usize = 4 * 1024 * 1024;
/// The largest page of a list, in bytes, unless one item alone is larger.
pub const PAGE_LIMIT: usize = 1024 * 1024;
/// The largest list that is answered without pages, in bytes.
pub const WHOLE_LIMIT: usize = 3 * 1024 * 1024;
/// The largest payment in an answer or an event, in bytes: two fit into an answer beside a log.
pub const PAYMENT_LIMIT: usize = 1024 * 1024;
/// The size of a payment from which no further refund is taken, in bytes: a refund that is asked
/// for is never left out of its payment.
pub const REFUNDABLE_LIMIT: usize = 512 * 1024;
/// The largest part of a timeline in one answer, in bytes.
pub const TIMELINE_LIMIT: usize = 1024 * 1024;
/// Bytes of a repeated field beside the content: tag and length.
const FRAME: usize = 8;
/// Characters of a text that is cut as the last resort.
const CUT: usize = 1000;

/// The size of a message inside another message, in bytes, rounded up.
pub fn size_of(item: &impl Message) -> usize {
    item.encoded_len().saturating_add(FRAME)
}

/// A page of a list while the page is filled: limited in items and bytes, with at least one item.
#[derive(Debug)]
pub struct Page<T> {
    items: Vec<T>,
    bytes: usize,
    most: usize,
    limit: usize,
    last: Option<u128>,
    more: bool,
}

impl<T> Page<T> {
    /// An empty page for at most `most` items.
    pub fn of(most: u32) -> Page<T> {
        Page::limited(usize::try_from(most).unwrap_or(usize::MAX), PAGE_LIMIT)
    }

    /// An empty page for a list that has to fit into one answer.
    pub fn whole() -> Page<T> {
        Page::limited(usize::MAX, WHOLE_LIMIT)
    }

    /// An empty page for a part of a timeline.
    pub fn of_timeline() -> Page<T> {
        Page::limited(usize::MAX, TIMELINE_LIMIT)
    }

    fn limited(most: usize, limit: usize) -> Page<T> {
        Page { items: vec![], bytes: 0, most, limit, last: None, more: false }
    }

    /// Adds an item with an id and a size in bytes. `false`: the page is full, and the item is the
    /// first one of the next page.
    pub fn add(&mut self, id: u128, size: usize, item: T) -> bool {
        let bytes = self.bytes.saturating_add(size);
        if self.more || self.items.len() >= self.most || (!self.items.is_empty() && bytes > self.limit) {
            self.more = true;
            return false;
        }
        self.items.push(item);
        (self.bytes, self.last) = (bytes, Some(id));
        true
    }

    /// How many items the page takes at most from now on.
    pub fn left(&self) -> usize {
        if self.more { 0 } else { self.most.saturating_sub(self.items.len()) }
    }

    /// The items so far, in order.
    pub fn items(&self) -> &[T] {
        &self.items
    }

    /// The id of the last item, where another page follows.
    pub fn next(&self) -> Option<u128> {
        self.last.filter(|_| self.more)
    }

    /// The items of the page, in order.
    pub fn into_items(self) -> Vec<T> {
        self.items
    }
}

/// Brings a payment to the size that an answer or an event may have. The oldest records are left
/// out first, and counted; the amounts of the payment count them all.
pub fn fit(payment: &mut v1::Payment) {
    leave_out(payment, |payment| &mut payment.refunds);
    leave_out(payment, |payment| &mut payment.contradictions);
    leave_out(payment, |payment| &mut payment.disputes);
    leave_out(payment, |payment| &mut payment.former_payment_intents);
    if payment.encoded_len() <= PAYMENT_LIMIT {
        return;
    }
    payment.failure.iter_mut().for_each(cut_failure);
    if payment.encoded_len() > PAYMENT_LIMIT {
        left_out(payment, payment.metadata.len());
        payment.metadata.clear();
    }
}

/// Brings an event to the size that watchers read, whichever version of the relay wrote the event.
pub fn fit_event(event: &mut v1::Event) {
    if event.encoded_len() <= PAYMENT_LIMIT {
        return;
    }
    event.payment.iter_mut().for_each(fit);
    for failure in event.refund.iter_mut().filter_map(|refund| refund.failure.as_mut()) {
        cut_failure(failure);
    }
    if let Some(alarm) = &mut event.alarm {
        cut(&mut alarm.message);
    }
}

fn cut_failure(failure: &mut v1::Failure) {
    let v1::Failure {
        code,
        processor_code,
        decline_code,
        processor_advice,
        network_decline_code,
        network_advice_code,
        parameter,
        advice: _,
        operator_message,
        payer_message,
    } = failure;
    let texts = [
        code,
        processor_code,
        decline_code,
        processor_advice,
        network_decline_code,
        network_advice_code,
        parameter,
        operator_message,
        payer_message,
    ];
    texts.into_iter().for_each(cut);
}

fn cut(text: &mut String) {
    if let Some((end, _)) = text.char_indices().nth(CUT) {
        text.truncate(end);
        text.push('…');
    }
}

/// Leaves out the oldest records of one field until the payment fits.
fn leave_out<R: Message>(payment: &mut v1::Payment, records: impl Fn(&mut v1::Payment) -> &mut Vec<R>) {
    let mut excess = payment.encoded_len().saturating_sub(PAYMENT_LIMIT);
    if excess == 0 {
        return;
    }
    // The count of left out records takes a few bytes itself.
    excess = excess.saturating_add(FRAME);
    let mut count = 0_usize;
    for record in records(payment).iter() {
        if excess == 0 {
            break;
        }
        excess = excess.saturating_sub(record.encoded_len());
        count = count.saturating_add(1);
    }
    records(payment).drain(..count);
    left_out(payment, count);
}

fn left_out(payment: &mut v1::Payment, count: usize) {
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    payment.records_left_out = payment.records_left_out.saturating_add(count);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refund(number: usize, note: usize) -> v1::RefundRecord {
        v1::RefundRecord { id: format!("r-{number}"), note: "ü".repeat(note), ..Default::default() }
    }

    #[test]
    fn a_page_ends_before_it_is_too_large_and_is_never_empty() {
        let filled = |most, size: usize, items: u128| {
            let mut page = Page::of(most);
            let added = (1..=items).take_while(|id| page.add(*id, size, *id)).count();
            (added, page.next())
        };
        assert_eq!(filled(3, 1, 3), (3, None));
        assert_eq!(filled(3, 1, 4), (3, Some(3)));
        assert_eq!(filled(100, PAGE_LIMIT / 2, 9), (2, Some(2)));
        assert_eq!(filled(100, PAGE_LIMIT + 1, 2), (1, Some(1)), "one item is given in any case");
        assert_eq!(filled(100, PAGE_LIMIT + 1, 1), (1, None));
        assert_eq!(filled(100, 1, 0), (0, None));
        let mut page = Page::of(1);
        assert!(page.add(1, 1, ()) && !page.add(2, 1, ()) && !page.add(3, 0, ()), "full is full");
    }

    #[test]
    fn a_payment_of_a_usual_size_is_not_cut() {
        let refunds = (0..400).map(|number| refund(number, 500)).collect();
        let payment = v1::Payment { id: "p".to_owned(), refunds, ..Default::default() };
        let mut fitted = payment.clone();
        fit(&mut fitted);
        assert_eq!(fitted, payment);
    }

    #[test]
    fn the_oldest_records_of_a_payment_that_is_too_large_are_left_out_and_counted() {
        let refunds = (0..5000).map(|number| refund(number, 500)).collect();
        let contradictions = vec!["c".repeat(1000); 10];
        let mut payment = v1::Payment { refunds, contradictions, ..Default::default() };
        fit(&mut payment);
        assert!(payment.encoded_len() <= PAYMENT_LIMIT);
        assert!(payment.encoded_len() > PAYMENT_LIMIT / 10 * 9, "no more than necessary");
        assert_eq!(payment.refunds.last().map(|refund| refund.id.as_str()), Some("r-4999"));
        assert_eq!(payment.refunds.len() + usize::try_from(payment.records_left_out).unwrap(), 5000);
        assert_eq!(payment.contradictions.len(), 10);
    }

    #[test]
    fn whatever_is_too_large_is_cut() {
        let long = || "ü".repeat(3 * 1024 * 1024);
        let failure = || Some(v1::Failure { operator_message: long(), ..Default::default() });
        let payment = v1::Payment {
            failure: failure(),
            contradictions: vec![long(); 3],
            former_payment_intents: vec![long()],
            disputes: vec![v1::DisputeRecord { reason: long(), ..Default::default() }],
            metadata: (0..40).map(|number| (number.to_string(), long())).collect(),
            ..Default::default()
        };
        let alarm = v1::Alarm { message: long(), ..Default::default() };
        let refund = v1::RefundRecord { failure: failure(), ..Default::default() };
        let mut event = v1::Event {
            payment: Some(payment),
            alarm: Some(alarm),
            refund: Some(refund),
            ..Default::default()
        };
        fit_event(&mut event);
        assert!(event.encoded_len() <= CLIENT_LIMIT / 2, "{}", event.encoded_len());
        assert_eq!(event.payment.map(|payment| payment.records_left_out), Some(3 + 1 + 1 + 40));
    }
}
