//! Inputs to begin with: one good one at least for each target, and some that were wrong
//! once.

use causeway::v1;
use prost::Message;

use super::{link, webhooks};

const INTENT: &str = r#"{"id":"pi_1","object":"payment_intent","status":"requires_capture","amount":1250,"amount_received":0,
"currency":"usd","livemode":false,"client_secret":"pi_1_secret_2","created":1795000000,"capture_method":"manual",
"metadata":{"causeway_payment":"01997b1c-8f4e-7d3a-9c55-6f1d2a3b4c5d"},"payment_method":"pm_1",
"latest_charge":{"id":"ch_1","paid":true,"amount_refunded":0,"payment_method_details":{"card":{"brand":"visa",
"last4":"4242","exp_month":12,"exp_year":2034,"capture_before":1796000000,"checks":{"cvc_check":"pass"}}}}}"#;
const ERROR: &str = r#"{"error":{"type":"card_error","code":"card_declined","decline_code":"insufficient_funds",
"message":"Your card has insufficient funds.","payment_intent":{"id":"pi_1","status":"requires_payment_method",
"amount":1250,"currency":"usd","metadata":{"causeway_payment":"01997b1c-8f4e-7d3a-9c55-6f1d2a3b4c5d"}}}}"#;

fn order() -> Vec<u8> {
    let message = v1::AuthorizeRequest {
        request_id: "r-1".to_owned(),
        amount: Some(v1::Money { amount: "12.50".to_owned(), currency: "USD".to_owned() }),
        instrument: Some(v1::authorize_request::Instrument::PaymentMethod("pm_card_visa".to_owned())),
        description: "Fiber".to_owned(),
        metadata: [("order".to_owned(), "17".to_owned())].into(),
        receipt_email: "a@b.de".to_owned(),
        customer: Some(v1::Customer { id: "c-1".to_owned(), ..Default::default() }),
        ..Default::default()
    };
    message.encode_to_vec()
}

fn paid_by_card() -> Vec<u8> {
    let card = v1::CardData {
        number: "4000056655665556".to_owned(),
        exp_month: 12,
        exp_year: 2034,
        cvc: "739".to_owned(),
        holder_name: "Ann".to_owned(),
    };
    let money = v1::Money { amount: "1.00".to_owned(), currency: "USD".to_owned() };
    let message = v1::AuthorizeRequest {
        request_id: "r-2".to_owned(),
        amount: Some(money),
        instrument: Some(v1::authorize_request::Instrument::Card(card)),
        ..Default::default()
    };
    message.encode_to_vec()
}

fn texts(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

/// Card numbers in groups and escapes, and identifiers that are none.
const NUMBERS: [&str; 5] = [
    "4242424242424242",
    "42 42 42 42 42 42 42 42",
    "DE89 3704 0044 0532 0130 00",
    "01997b1c-8f4e-7d3a-9c55-6f1d2a3b4c5d",
    "%34242424242424242 \\u0034 &#52;",
];

/// The seeds of a target.
pub(crate) fn of(target: &str) -> Vec<Vec<u8>> {
    match target {
        "pan_scan" => texts(&NUMBERS),
        "proxy_header" => vec![
            b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\x02\x07\x0a\0\0\x01\x1f\x90\x01\xbb".to_vec(),
            b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0".to_vec(),
        ],
        "link_verify" => vec![link::good()],
        "link_header_parse" => {
            let good = link::good();
            good.splitn(5, |byte| *byte == b'\n').take(3).map(<[u8]>::to_vec).collect()
        }
        "grpc_authorize_decode" => vec![order(), paid_by_card()],
        "proto_to_domain" => {
            let with = |kind: u8, message: Vec<u8>| [vec![kind], message].concat();
            let (request_id, payment_id) =
                ("r".to_owned(), "01997b1c-8f4e-7d3a-9c55-6f1d2a3b4c5d".to_owned());
            let refund = v1::RefundRequest { request_id, payment_id, ..Default::default() };
            vec![
                with(0, order()),
                with(0, paid_by_card()),
                with(1, paid_by_card()),
                with(3, refund.encode_to_vec()),
            ]
        }
        "money_parse_format" => texts(&[
            "12.50 USD",
            "0.01 CHF",
            "500 JPY",
            "1.230 KWD",
            "99999999.99 EUR",
            "5 ISK",
            "00012.5 USD",
            "-1 USD",
            "9223372036854775808 JPY",
            "1.005 USD",
        ]),
        "canonical_params" => {
            texts(&["amount=1250\ncurrency=usd\nmetadata[a b]=ä&=%", "expand[]=latest_charge", "=\n=="])
        }
        "stripe_response_parse" => texts(&[
            INTENT,
            &INTENT
                .replace("requires_capture", "succeeded")
                .replace("\"amount_received\":0", "\"amount_received\":1250"),
            &INTENT.replace("\"livemode\":false", "\"livemode\":true,\"more\":[-1,1.5,null]"),
            "{\"id\":\"re_1\",\"amount\":1250,\"currency\":\"usd\",\"status\":\"succeeded\"}",
            "{\"id\":\"pi_1\",\"id\":\"pi_2\"}",
        ]),
        "stripe_error_classify" => {
            let with =
                |status: u16, retry: u8| [&status.to_be_bytes()[..], &[retry], ERROR.as_bytes()].concat();
            vec![with(402, 0), with(400, 1), with(500, 2), with(409, 0), with(200, 0)]
        }
        "redactor" => {
            texts(&["4242 4242 4242 4242", "order 17, card 378282246310005, thanks", "INV-1", "\u{ff14}242"])
        }
        "webhook_signature" => vec![webhooks::good()],
        "webhook_event_to_transition" => {
            let of_payment = format!(
                "{{\"id\":\"evt_1\",\"type\":\"payment_intent.succeeded\",\"created\":1,\"livemode\":false,\"data\":{{\"object\":{INTENT}}}}}"
            );
            let fixtures = [
                include_str!("../../relay/stripe/fixtures/events/payment_intent.succeeded.json"),
                include_str!("../../relay/stripe/fixtures/events/charge.refunded.json"),
                include_str!("../../relay/stripe/fixtures/events/charge.dispute.created.json"),
            ];
            texts(&[&of_payment, fixtures[0], fixtures[1], fixtures[2]])
        }
        other => panic!("{other} has no seeds"),
    }
}
