//! Rows of the journal: the JSON of a payment keeps its bytes, because older rows are read and compared.

use causeway_domain::payment::Payment;

/// The row of a captured payment, with an amount in every place that has one.
const ROW: &str = r#"{"id":"01997b1c-8f4e-7d3a-9c55-6f1d2a3b4c5d","tenant":"acme","payment_system":"main","account":"",
    "test_mode":true,"order":{"request_id":"r-1","amount":{"minor":999999999999,"currency":"KWD"},
    "capture_mode":null,"payment_method":"pm_1","customer":null,"reference":"INV 1","description":null,
    "metadata":{},"receipt_email":null,"descriptor_suffix":null,"return_url":null,"off_session":false,
    "amount_due":{"minor":1,"currency":"KWD"},"expected_total":{"minor":999999999999,"currency":"KWD"}},
    "capture_mode":"Manual","created":"2026-11-20T00:00:00Z","updated":"2026-11-20T00:00:00Z",
    "state":{"Captured":{"captured":{"minor":999999999990,"currency":"KWD"}}},
    "facts":{"payment_intent":"pi_1","marked_as":null,"payment_method":null,"charge":"ch_1",
    "balance_transaction":null,"request":null,"card":null,"hold_expires":null,"authorization_code":null,
    "avs_line1":null,"avs_postal_code":null,"cvc":null,"network_transaction_id":null},
    "open_capture":{"request_id":"r-2","amount":{"minor":10,"currency":"KWD"},"unknown":false,
    "asked":null},"refunds":[{"id":"01997b1c-8f4e-7d3a-9c55-6f1d2a3b4c5e","request_id":"r-3",
    "amount":{"minor":1250,"currency":"KWD"},"reason":null,"note":null,"created":"2026-11-20T00:00:00Z",
    "state":"Succeeded","processor_id":"re_1","balance_transaction":null}],"disputes":[{"id":"du_1",
    "amount":{"minor":10,"currency":"KWD"},"reason":"fraudulent","opened":"2026-11-20T00:00:00Z",
    "due_by":null,"submissions":0,"state":"Lost","balance_transactions":[],"began_as_inquiry":false}],
    "origin":"Internal","former_held":false,"warned":false,"told":{"marks":[],"unknown":false}}"#;

#[test]
fn the_row_of_a_payment_keeps_its_bytes() {
    let row: String = ROW.lines().map(str::trim_start).collect();
    let payment: Payment = serde_json::from_str(&row).unwrap();
    assert_eq!(serde_json::to_string(&payment).unwrap(), row);
}

/// An amount of nothing, above the maximum or below zero was never written, and is not read.
#[test]
fn a_row_with_an_impossible_amount_is_refused() {
    let row: String = ROW.lines().map(str::trim_start).collect();
    for (wrong, why) in [
        ("0", "the amount is zero"),
        ("1000000000000", "the amount is more than 999999999.999 KWD, the most that one payment can be"),
        ("-1", "invalid value: integer `-1`, expected u64"),
        ("1.0", "invalid type: floating point `1.0`, expected u64"),
    ] {
        let wrong = row.replace("\"minor\":999999999990,", &format!("\"minor\":{wrong},"));
        let error = serde_json::from_str::<Payment>(&wrong).unwrap_err().to_string();
        assert!(error.starts_with(why), "{error}");
    }
}
