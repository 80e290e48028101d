//! The reasons for which a card or an account is declined, with the message and the codes that
//! Stripe gives each reason.

use serde::{Deserialize, Serialize};

use crate::error::StripeError;

/// The reason why a charge was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Decline {
    /// The bank gives no reason.
    Generic,
    /// The card has insufficient funds.
    InsufficientFunds,
    /// The card was reported lost.
    LostCard,
    /// The card was reported stolen.
    StolenCard,
    /// The card has expired.
    ExpiredCard,
    /// The security code is wrong.
    IncorrectCvc,
    /// The bank could not process the charge.
    ProcessingError,
    /// The card had too many charges in a short time.
    VelocityExceeded,
    /// The bank suspects fraud.
    Fraudulent,
    /// Radar blocked the charge before the request to the bank.
    Blocked,
    /// The card is not a test card, and the money is not real.
    TestModeLiveCard,
    /// The customer has to authenticate and is absent (off session).
    AuthenticationRequired,
    /// The customer would have to authenticate, and the caller handles no customer actions.
    AuthenticationNotHandled,
    /// The customer tried to authenticate and failed.
    AuthenticationFailed,
    /// The customer tried to authenticate for a SetupIntent, and failed.
    SetupAuthenticationFailed,
    /// The owner of the account did not agree to the debit.
    DebitNotAuthorized,
    /// The account has insufficient funds for the debit.
    DebitInsufficientFunds,
    /// The bank account was closed.
    AccountClosed,
    /// The bank knows no account with this number.
    NoAccount,
    /// The account is held in another currency.
    InvalidAccountCurrency,
    /// The customer did not agree on the page of the wallet.
    CustomerDeclined,
    /// The customer did not come back from the page of the wallet in time.
    AttemptExpired,
    /// The wallet declined, although the customer had agreed.
    ProviderDeclined,
}

const TRY_AGAIN_LATER: Option<&str> = Some("try_again_later");
const DO_NOT_TRY_AGAIN: Option<&str> = Some("do_not_try_again");
const CONFIRM_CARD_DATA: Option<&str> = Some("confirm_card_data");

const DECLINED: &str = "Your card was declined.";
const NEEDS_AUTHENTICATION: &str = "Your card was declined. This transaction requires authentication.";
const PROCESSING_ERROR: &str = "An error occurred while processing your card. Try again in a little bit.";
const TOO_MANY_ATTEMPTS: &str =
    "Your card was declined for making repeated attempts too frequently or exceeding its amount limit.";
const NO_TEST_CARD: &str = "Your card was declined. Your request was in test mode, but used a non test (live) card. For a list of valid \
     test cards, visit: https://stripe.com/docs/testing.";
const ACTION_NOT_HANDLED: &str = "This payment required an authentication action to complete, but `error_on_requires_action` was set. When \
     you're ready, you can upgrade your integration to handle actions at \
     https://stripe.com/docs/payments/payment-intents/upgrade-to-handle-actions.";
const PAYMENT_AUTHENTICATION_FAILED: &str = "The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new \
     PaymentMethod to attempt to fulfill this PaymentIntent again.";
const SETUP_AUTHENTICATION_FAILED: &str = "The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new \
     PaymentMethod to attempt to fulfill this SetupIntent again.";
const DEBIT_NOT_AUTHORIZED: &str = "The customer has notified their bank that this payment was unauthorized.";
const INSUFFICIENT_FUNDS: &str = "The customer's account has insufficient funds to cover this payment.";
const CUSTOMER_DECLINED: &str =
    "The customer declined the payment on the page of the payment method provider.";
const ATTEMPT_EXPIRED: &str =
    "The payment attempt expired, because the customer did not complete it in time.";
const PROVIDER_DECLINED: &str = "The payment was declined by the payment method provider.";
const WRONG_CURRENCY: &str = "The bank was unable to process this payment because of its currency.";

/// The fields of Stripe's error for a decline.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ErrorFields {
    /// The `code` of the error.
    pub(crate) code: &'static str,
    /// The `decline_code`, absent if no bank declined.
    pub(crate) decline_code: Option<&'static str>,
    /// The `advice_code`: to retry, to stop, or to check the data.
    pub(crate) advice_code: Option<&'static str>,
    /// The `network_advice_code` of the card network.
    pub(crate) network_advice_code: Option<&'static str>,
    /// The `network_decline_code` of the card network.
    pub(crate) network_decline_code: Option<&'static str>,
    /// The `param` at fault, such as `cvc`.
    pub(crate) param: Option<&'static str>,
    /// The `message`, in Stripe's own wording.
    pub(crate) message: &'static str,
}

impl Decline {
    /// The message and the codes of this decline.
    pub(crate) fn error_fields(self) -> ErrorFields {
        match self {
            Self::Generic => {
                fields("card_declined", "generic_decline", TRY_AGAIN_LATER, DECLINED).with_network_code("01")
            }
            Self::InsufficientFunds => fields(
                "card_declined",
                "insufficient_funds",
                TRY_AGAIN_LATER,
                "Your card has insufficient funds.",
            )
            .with_network_code("51"),
            Self::LostCard => {
                fields("card_declined", "lost_card", DO_NOT_TRY_AGAIN, DECLINED).with_network_code("41")
            }
            Self::StolenCard => {
                fields("card_declined", "stolen_card", DO_NOT_TRY_AGAIN, DECLINED).with_network_code("43")
            }
            Self::ExpiredCard => ErrorFields {
                network_advice_code: Some("03"),
                ..fields("expired_card", "expired_card", CONFIRM_CARD_DATA, "Your card has expired.")
                    .with_param("exp_month")
                    .with_network_code("54")
            },
            Self::IncorrectCvc => fields(
                "incorrect_cvc",
                "incorrect_cvc",
                CONFIRM_CARD_DATA,
                "Your card's security code is incorrect.",
            )
            .with_param("cvc"),
            Self::ProcessingError => {
                fields("processing_error", "processing_error", TRY_AGAIN_LATER, PROCESSING_ERROR)
            }
            Self::VelocityExceeded => {
                fields("card_declined", "card_velocity_exceeded", None, TOO_MANY_ATTEMPTS)
            }
            Self::Fraudulent | Self::Blocked => fields("card_declined", "fraudulent", None, DECLINED),
            Self::TestModeLiveCard => fields("card_declined", "test_mode_live_card", None, NO_TEST_CARD),
            Self::AuthenticationRequired => {
                fields("authentication_required", "authentication_required", None, NEEDS_AUTHENTICATION)
            }
            Self::AuthenticationNotHandled => {
                fields("authentication_required", "authentication_not_handled", None, ACTION_NOT_HANDLED)
            }
            Self::AuthenticationFailed => {
                without_decline_code("payment_intent_authentication_failure", PAYMENT_AUTHENTICATION_FAILED)
            }
            Self::SetupAuthenticationFailed => {
                without_decline_code("setup_intent_authentication_failure", SETUP_AUTHENTICATION_FAILED)
            }
            Self::DebitNotAuthorized => without_decline_code("debit_not_authorized", DEBIT_NOT_AUTHORIZED),
            Self::DebitInsufficientFunds => without_decline_code("insufficient_funds", INSUFFICIENT_FUNDS),
            Self::AccountClosed => {
                without_decline_code("account_closed", "The customer's bank account has been closed.")
            }
            Self::NoAccount => {
                without_decline_code("no_account", "The customer's bank account could not be located.")
            }
            Self::InvalidAccountCurrency => without_decline_code("invalid_currency", WRONG_CURRENCY),
            Self::CustomerDeclined => {
                without_decline_code("payment_method_customer_decline", CUSTOMER_DECLINED)
            }
            Self::AttemptExpired => {
                without_decline_code("payment_intent_payment_attempt_expired", ATTEMPT_EXPIRED)
            }
            Self::ProviderDeclined => {
                without_decline_code("payment_method_provider_decline", PROVIDER_DECLINED)
            }
        }
    }

    /// Whether the decline leaves a failed charge. A decline before the request to charge leaves no charge.
    pub(crate) fn leaves_charge(self) -> bool {
        !matches!(
            self,
            Self::AuthenticationRequired
                | Self::AuthenticationNotHandled
                | Self::AuthenticationFailed
                | Self::SetupAuthenticationFailed
                | Self::CustomerDeclined
                | Self::AttemptExpired
        )
    }

    /// Whether the request reached the bank.
    pub(crate) fn reaches_bank(self) -> bool {
        self.leaves_charge() && self != Self::Blocked
    }

    /// The refusal, without the objects that Stripe attaches to the error.
    pub(crate) fn error(self) -> StripeError {
        let fields = self.error_fields();
        let error = if matches!(self, Self::AuthenticationFailed | Self::SetupAuthenticationFailed) {
            StripeError::invalid(fields.message).status(402)
        } else {
            StripeError::card(fields.message)
        };
        let optional = [
            ("decline_code", fields.decline_code),
            ("advice_code", fields.advice_code),
            ("network_advice_code", fields.network_advice_code),
            ("network_decline_code", fields.network_decline_code),
            ("param", fields.param),
        ];
        let present = optional.into_iter().filter_map(|(field, value)| Some((field, value?)));
        present.fold(error.code(fields.code), |error, (field, value)| error.with(field, value))
    }
}

impl ErrorFields {
    fn with_param(self, param: &'static str) -> Self {
        Self { param: Some(param), ..self }
    }

    fn with_network_code(self, code: &'static str) -> Self {
        Self { network_decline_code: Some(code), ..self }
    }
}

fn fields(
    code: &'static str,
    decline_code: &'static str,
    advice_code: Option<&'static str>,
    message: &'static str,
) -> ErrorFields {
    ErrorFields {
        code,
        decline_code: Some(decline_code),
        advice_code,
        network_advice_code: None,
        network_decline_code: None,
        param: None,
        message,
    }
}

/// The fields of a refusal without a decline by a card's bank: no `decline_code`.
fn without_decline_code(code: &'static str, message: &'static str) -> ErrorFields {
    ErrorFields { decline_code: None, ..fields(code, "", None, message) }
}
