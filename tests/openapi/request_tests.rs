//! Shows which requests the judge accepts, and the exact words with which it refuses others.

use super::tests::{CREATE, NOTHING, judge, post};

#[test]
fn conforming_requests_pass() {
    let Some(judge) = judge() else { return };
    for form in [
        "amount=1099&currency=eur",
        "amount=1099&currency=eur&metadata[order]=6735&metadata[note]=",
        "amount=1099&currency=eur&payment_method_types[]=card&payment_method_types[]=link",
        "amount=1099&currency=eur&expand[0]=latest_charge&expand[1]=customer",
        "amount=1099&currency=eur&automatic_payment_methods%5Benabled%5D=true",
        "amount=1099&currency=eur&off_session=true&amount_details[discount_amount]=",
        "amount=1099&currency=eur&off_session=one_off&description=Caf%C3%A9+au+lait",
        "amount=9&currency=eur&amount_details[line_items][0][product_name]=a\
         &amount_details[line_items][0][quantity]=1&amount_details[line_items][0][unit_cost]=9",
        "amount=9&currency=eur&amount_details[line_items][][product_name]=a\
         &amount_details[line_items][][quantity]=1&amount_details[line_items][][unit_cost]=4\
         &amount_details[line_items][][product_name]=b\
         &amount_details[line_items][][quantity]=1&amount_details[line_items][][unit_cost]=5",
    ] {
        assert_eq!(post(&judge, CREATE.1, form), NOTHING, "{form}");
    }
    assert_eq!(post(&judge, "/v1/payment_intents/pi_1", "metadata="), NOTHING);
    assert_eq!(judge.request("POST", "/v1/payment_intents/pi_1/cancel", "", None, b""), NOTHING);
    let spelt = Some("Application/X-WWW-Form-Urlencoded; charset=utf-8");
    assert_eq!(judge.request("POST", "/v1/refunds", "", spelt, b"charge=ch_1&amount=5"), NOTHING);
    let query = "limit=3&created[gte]=1700000000&expand[]=data.charge&starting_after=re_1";
    assert_eq!(judge.request("GET", "/v1/refunds", query, None, b""), NOTHING);
    assert_eq!(judge.request("GET", "/v1/refunds", "created=1700000000", None, b""), NOTHING);
    assert_eq!(judge.request("GET", "/v1/charges/search", "query=amount%3E5", None, b""), NOTHING);
    assert_eq!(judge.request("DELETE", "/v1/customers/cus_1", "", None, b""), NOTHING);
}

#[test]
fn the_values_of_a_form_are_checked() {
    let Some(judge) = judge() else { return };
    let long = format!("statement_descriptor={}", "%C3%A9".repeat(23));
    for (more, problem) in [
        ("confirm=yes", r#"confirm: "yes" is not a boolean"#),
        (
            "capture_method=late",
            r#"capture_method: "late" is none of "automatic", "automatic_async", "manual""#,
        ),
        (
            "off_session=maybe",
            r#"off_session: "maybe" is not a boolean, and "maybe" is none of "one_off", "recurring""#,
        ),
        ("amount_details[discount_amount]=x", r#"amount_details[discount_amount]: "x" is not an integer"#),
        ("metadata=x", r#"metadata: "x" is not an object"#),
        ("colour=red", "colour: is not a known parameter"),
        ("shipping[name]=a&shipping[address][town]=b", "shipping[address][town]: is not a known parameter"),
        ("shipping[name]=a", "shipping[address]: is required, but missing"),
        (
            "automatic_payment_methods[allow_redirects]=never",
            "automatic_payment_methods[enabled]: is required, but missing",
        ),
        ("description[0]=a", "description: what has brackets ([0]) is not a string"),
        ("shipping=a", r#"shipping: "a" is not an object"#),
        ("expand=customer", r#"expand: "customer" is not an array"#),
        (&long, "statement_descriptor: is 23 characters long, but may be 22"),
    ] {
        assert_eq!(post(&judge, CREATE.1, &format!("amount=5&currency=eur&{more}")), [problem], "{more}");
    }
    for (form, problem) in [
        ("currency=eur", "amount: is required, but missing"),
        ("currency=eur&amount=10.5", r#"amount: "10.5" is not an integer"#),
        ("currency=eur&amount=", r#"amount: "" is not an integer"#),
        ("currency=eur&amount=05", r#"amount: "05" is not an integer"#),
        ("currency=EUR&amount=5", r#"currency: "EUR" is not a currency in three lower-case letters"#),
    ] {
        assert_eq!(post(&judge, CREATE.1, form), [problem], "{form}");
    }
}

#[test]
fn the_encoding_of_a_form_is_checked() {
    let Some(judge) = judge() else { return };
    for (more, problem) in [
        ("amount=5&amount=6", "amount: is given more than once"),
        ("amount=5&amount[x]=6", "amount[x]: is given both as one value and with brackets"),
        ("amount=5&metadata[a=6", "metadata[a: is not a well-formed name"),
        ("amount=5&metadata[]=6", "metadata[]: has no key in its brackets"),
        (
            "amount=5&expand[1]=a",
            "expand: a list has [] or counts from [0] without a gap, but this one has [1]",
        ),
        (
            "amount=5&expand[0]=a&expand[]=b",
            "expand: a list has [] or counts from [0] without a gap, but this one has [0], []",
        ),
        ("amount=5&description=a b", "form: holds the byte 0x20, which has to be escaped"),
        ("amount=5&description=100%", "form: holds a percent sign without two hexadecimal digits behind it"),
        ("amount=5&description=%ff", "description: is not UTF-8 behind its percent signs"),
    ] {
        let form = format!("currency=eur&{more}");
        assert!(post(&judge, CREATE.1, &form).iter().any(|said| said == problem), "{form}");
    }
}

#[test]
fn each_item_of_a_list_of_objects_is_checked() {
    let Some(judge) = judge() else { return };
    let form = "amount=9&currency=eur&amount_details[line_items][0][product_name]=a\
                &amount_details[line_items][0][quantity]=one&amount_details[line_items][0][unit_cost]=9\
                &amount_details[line_items][1][product_name]=b&amount_details[line_items][1][quantity]=1";
    assert_eq!(
        post(&judge, CREATE.1, form),
        [
            r#"amount_details[line_items][0][quantity]: "one" is not an integer"#,
            "amount_details[line_items][1][unit_cost]: is required, but missing",
        ]
    );
}

#[test]
fn the_closest_schema_variant_reports_the_violation() {
    let Some(judge) = judge() else { return };
    let path = "/v1/payment_methods";
    assert_eq!(post(&judge, path, "type=card&card[token]=tok_visa"), NOTHING);
    let metadata = [r#"metadata: "x" fits none of object, """#];
    assert_eq!(post(&judge, "/v1/payment_intents/pi_1", "metadata=x"), metadata);
    let card = "type=card&card[number]=4242424242424242&card[exp_month]=12&card[exp_year]=two";
    assert_eq!(post(&judge, path, card), [r#"card[exp_year]: "two" is not an integer (judged as object)"#]);
}

#[test]
fn method_path_query_and_content_type_are_checked() {
    let Some(judge) = judge() else { return };
    let check =
        |method, path, query, kind, body: &str| judge.request(method, path, query, kind, body.as_bytes());
    assert_eq!(
        check("POST", "/v1/refunds", "", Some("application/json"), "{}"),
        ["content-type: application/json is not application/x-www-form-urlencoded"]
    );
    assert_eq!(
        check("POST", "/v1/refunds", "", None, "charge=ch_1"),
        ["content-type: none is not application/x-www-form-urlencoded"]
    );
    assert_eq!(
        check("POST", "/v1/refunds", "charge=ch_1", None, ""),
        ["query charge: is not a known parameter"]
    );
    assert_eq!(check("GET", "/v1/refunds", "", None, "limit=3"), ["body: a GET has none, but 7 bytes came"]);
    assert_eq!(check("GET", "/v1/refunds", "limit=x", None, ""), [r#"query limit: "x" is not an integer"#]);
    assert_eq!(
        check("GET", "/v1/refunds", "created[after]=5", None, ""),
        ["query created[after]: is not a known parameter"]
    );
    assert_eq!(
        check("GET", "/v1/refunds", "created=x", None, ""),
        [r#"query created: "x" is not an integer"#]
    );
    assert_eq!(check("GET", "/v1/charges/search", "", None, ""), ["query query: is required, but missing"]);
    assert_eq!(
        check("DELETE", "/v1/refunds", "", None, ""),
        ["DELETE /v1/refunds: the path is there only for GET, POST"]
    );
    assert_eq!(
        check("POST", "/v1/refund", "", None, ""),
        ["POST /v1/refund: the description has no such path"]
    );
    assert_eq!(
        check("GET", "/v1/refunds/", "", None, ""),
        ["GET /v1/refunds/: the description has no such path"]
    );
    let long = format!("/v1/refunds/{}", "r".repeat(5001));
    assert!(check("GET", &long, "", None, "").is_empty(), "this parameter of a path has no limit");
    let long = format!("/v1/customers/{}", "c".repeat(5001));
    assert_eq!(
        check("GET", &long, "", None, ""),
        ["path customer: is 5001 characters long, but may be 5000"]
    );
}
