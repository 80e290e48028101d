//! The description of a payment system's table.

use causeway_settings_reference::kind::{File, Secret, Url};
use schemars::JsonSchema;

/// A payment system: one account of a processor, for good. The key can be rotated at any time; for
/// another account, add another payment system and assign the currencies to the new one.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct PaymentSystemTable {
    /// The processor that executes the payments.
    processor: Processor,
    /// Login that billing platforms require in settings: longer than 4 characters. The relay does not
    /// use the value.
    #[schemars(length(min = 5))]
    login: String,
    /// The secret key of the Stripe account, `sk_…` or `rk_…`.
    #[schemars(extend("x-default" = "**required** for Stripe, one of the two"))]
    secret_key: Option<Secret>,
    /// File with the secret key. Not readable for all users.
    secret_key_file: Option<File>,
    /// The publishable key of the same account, `pk_…`, for the payer's browser.
    publishable_key: Option<String>,
    /// Id of the Stripe account, `acct_…`. Part of the idempotency keys, and of which payments, customers
    /// and cards belong to the payment system: set the id before the first payment. Under another id,
    /// earlier payments cannot be continued. With the id, the relay notices a key of another account.
    account: Option<String>,
    /// Whether the keys are test keys. Has to agree with the keys.
    #[schemars(extend("default" = false))]
    test_mode: Option<bool>,
    /// The capture of a payment that does not name a mode itself.
    capture_mode: CaptureMode,
    /// False: no new payments; captures and refunds of earlier payments continue.
    #[schemars(extend("default" = true))]
    active: Option<bool>,
    /// The allowed card brands.
    #[schemars(extend("default" = ["VISA", "MASTERCARD", "AMEX", "DISCOVER"]), length(min = 1))]
    payment_methods: Option<Vec<Brand>>,
    /// The allowed types of payment methods.
    #[schemars(extend("default" = ["card"]), length(min = 1))]
    method_types: Option<Vec<MethodType>>,
    /// The treatment of a hold request for a method without holds, such as a bank debit.
    #[schemars(extend("default" = "refuse"))]
    method_without_hold: Option<WithoutHold>,
    /// The treatment of card numbers.
    #[schemars(extend("default" = "token_only"))]
    card_data_mode: Option<CardDataMode>,
    /// Card numbers need their CVC, and off-session payments are refused.
    #[schemars(extend("default" = false))]
    cvc_required: Option<bool>,
    /// How many seconds the relay uses a customer's list of cards, and the details of a PaymentMethod,
    /// before Stripe is asked again. 0: asks each time.
    #[schemars(range(max = 86_400), extend("default" = 900))]
    card_list_seconds: Option<u64>,
    /// Enables ReleaseHold, which releases holds before they lapse.
    #[schemars(extend("default" = false))]
    release_hold: Option<bool>,
    /// Refunds wait for the approval of a second person: Refund names `requested_by`, DecideRefund names
    /// `decided_by`, and the two differ.
    #[schemars(extend("default" = false))]
    refund_approval: Option<bool>,
    /// How many hours before the end of a hold an event warns of the end. 0: no warning.
    #[schemars(range(max = 720), extend("default" = 24))]
    warn_of_hold_hours: Option<u64>,
    /// How many hours before the end of a hold with a stored card the hold is renewed. 0: never.
    #[schemars(range(max = 720), extend("default" = 0))]
    renew_hold_hours: Option<u64>,
    /// Last part of the URL that Stripe posts events to, 32 to 128 of `A-Z a-z 0-9 - _` that cannot be
    /// guessed: `openssl rand -hex 24` makes one. Needs the table `[webhooks]`. After a change the old
    /// URL answers 404.
    #[schemars(length(min = 32, max = 128), extend("x-default" = "no endpoint"))]
    webhook_endpoint: Option<String>,
    /// Signing secret of the webhook endpoint, `whsec_…`, as Stripe's dashboard shows it.
    #[schemars(extend("x-default" = "the endpoint is closed"))]
    webhook_secret: Option<Secret>,
    /// File with the signing secret. Not readable for all users.
    webhook_secret_file: Option<File>,
    /// The previous signing secret, while Stripe rolls the secret: events with either are accepted.
    previous_webhook_secret: Option<Secret>,
    /// File with the previous signing secret. Not readable for all users.
    previous_webhook_secret_file: Option<File>,
    /// How often a call to Stripe is repeated at the most, always under the same idempotency key.
    #[schemars(range(max = 10), extend("default" = 3))]
    max_network_retries: Option<u64>,
    /// Stripe's rate limit for the account, in calls per second. 0: no limit. Under load, payments go
    /// before captures, refunds, recovery and lists.
    #[schemars(range(max = 100_000), extend("x-default" = "100; with `test_mode` 25"))]
    requests_per_second: Option<u64>,
    /// Stripe's rate limit for one endpoint, in calls per second. 0: no limit.
    #[schemars(range(max = 100_000), extend("x-default" = "25; 0 if `requests_per_second` is 0"))]
    requests_per_second_per_endpoint: Option<u64>,
    /// How many calls to the account may be in flight.
    #[schemars(range(min = 1, max = 4096), extend("default" = 64))]
    requests_at_once: Option<u64>,
    /// How many new operations may wait for their calls; more are refused before they begin.
    #[schemars(range(max = 100_000), extend("default" = 256))]
    requests_waiting: Option<u64>,
    /// Time limit in seconds for a connection to Stripe.
    #[schemars(range(min = 1, max = 60), extend("default" = 5))]
    connect_timeout_seconds: Option<u64>,
    /// Time limit in seconds for one call to Stripe.
    #[schemars(range(min = 1, max = 300), extend("default" = 80))]
    timeout_seconds: Option<u64>,
    /// Base URL of Stripe's API: another host over `https`, or a sandbox on loopback. A live key goes to
    /// `https://api.stripe.com` only, unless `send_live_key_to_api_base`.
    #[schemars(extend("default" = "https://api.stripe.com"))]
    api_base: Option<Url>,
    /// Allows a live key to be sent to the host of `api_base`, over `https`. Whoever runs that host can
    /// take the key and use it.
    #[schemars(extend("default" = false))]
    send_live_key_to_api_base: Option<bool>,
}

/// The processor of a payment system.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
enum Processor {
    /// Stripe, over HTTPS.
    Stripe,
    /// answers by rule without a network, for trials; needs `test_mode = true` and no key. "decline",
    /// "insufficient", "authenticate", "sepa" and "missing" in the name of a PaymentMethod choose the
    /// answer.
    Dummy,
}

/// The capture of a payment that does not name a mode itself.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
enum CaptureMode {
    /// a hold now, the capture later.
    Manual,
    /// captured at once.
    Automatic,
}

/// A card brand.
#[derive(JsonSchema)]
#[schemars(rename_all = "UPPERCASE")]
enum Brand {
    Visa,
    Mastercard,
    Amex,
    Discover,
    Diners,
    Jcb,
    UnionPay,
}

/// A type of payment method.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
enum MethodType {
    Card,
    ApplePay,
    GooglePay,
    Link,
    Klarna,
    Paypal,
    SepaDebit,
    UsBankAccount,
}

/// The treatment of a hold request for a method without holds.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
enum WithoutHold {
    /// the request is refused.
    Refuse,
    /// the payment is captured at once, and the answer says so.
    Capture,
}

/// The treatment of card numbers.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
enum CardDataMode {
    /// a card number is accepted only in the call that makes a token of the card.
    TokenOnly,
    /// card number and expiry are accepted with every payment. The CVC is never stored.
    FullCard,
}
