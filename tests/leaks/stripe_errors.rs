//! Card numbers that a person typed into Stripe's dashboard, and that arrive in webhooks.

use super::{canary::Deck, settings::ENDPOINT, test_bed::TestBed};
use crate::stage::webhooks::{deliver, fixture, signature};

/// Events with card numbers in their texts: accepted events, which are stored and handled, and
/// others, which are refused. The same cards go through the other calls as well.
pub(super) async fn by_stripe(test_bed: &TestBed, deck: &Deck) {
    let url = format!("http://127.0.0.1:{}/webhooks/{ENDPOINT}", test_bed.events_port);
    let now = causeway_runtime::machine::environment().now().as_second();
    for (place, name) in ["charge.refunded", "payment_intent.succeeded", "customer.updated", "review.opened"]
        .into_iter()
        .enumerate()
    {
        let card = &deck.all[place];
        let mut event = fixture(name);
        event["id"] = format!("evt_leak_{place}").into();
        event["data"]["object"]["description"] = format!("paid with {}", card.number).into();
        event["data"]["object"]["metadata"]["typed"] = card.number.clone().into();
        let body = event.to_string();
        let good = signature(&test_bed.keys.webhook, now, &body);
        assert_eq!(deliver(&url, Some(&good), body.clone()).await, 200, "{name}");
        for bad in [None, Some("t=1,v1=00"), Some(signature(&test_bed.keys.events, now, &body).as_str())] {
            assert_eq!(deliver(&url, bad, body.clone()).await, 400, "{name}");
        }
        assert_eq!(
            deliver(&url.replace("leaks", card.number.as_str()), Some(&good), body).await,
            404,
            "{name}"
        );
    }
}
