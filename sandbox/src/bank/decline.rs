//! The reasons for which a card or an account is declined, with the message and the codes that
//! Stripe gives each reason.

use crate::error::StripeError;

/// The reason why a charge was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// The account is kept in another currency.
    InvalidAccountCurrency,
}

const LATER: Option<&str> = Some("try_again_later");
const DO_NOT_TRY_AGAIN: Option<&str> = Some("do_not_try_again");
const CHECK: Option<&str> = Some("confirm_card_data");

const DECLINED: &str = "Your card was declined.";
const NEEDS_CUSTOMER: &str = "Your card was declined. This transaction requires authentication.";
const TRY_AGAIN: &str = "An error occurred while processing your card. Try again in a little bit.";
const TOO_OFTEN: &str =
    "Your card was declined for making repeated attempts too frequently or exceeding its amount limit.";
const NO_TEST_CARD: &str = "Your card was declined. Your request was in test mode, but used a non test (live) card. For a list of valid \
     test cards, visit: https://stripe.com/docs/testing.";
const NOT_PAID: &str = "The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new \
     PaymentMethod to attempt to fulfill this PaymentIntent again.";
const NOT_SET_UP: &str = "The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new \
     PaymentMethod to attempt to fulfill this SetupIntent again.";
const UNAUTHORIZED: &str = "The customer has notified their bank that this payment was unauthorized.";
const EMPTY_ACCOUNT: &str = "The customer's account has insufficient funds to cover this payment.";
const WRONG_CURRENCY: &str = "The bank was unable to process this payment because of its currency.";

/// The fields of Stripe's error for a decline.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Said {
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
    pub(crate) fn said(self) -> Said {
        match self {
            Self::Generic => said("card_declined", "generic_decline", LATER, DECLINED).network("01"),
            Self::InsufficientFunds => {
                said("card_declined", "insufficient_funds", LATER, "Your card has insufficient funds.")
                    .network("51")
            }
            Self::LostCard => said("card_declined", "lost_card", DO_NOT_TRY_AGAIN, DECLINED).network("41"),
            Self::StolenCard => {
                said("card_declined", "stolen_card", DO_NOT_TRY_AGAIN, DECLINED).network("43")
            }
            Self::ExpiredCard => Said {
                network_advice_code: Some("03"),
                ..said("expired_card", "expired_card", CHECK, "Your card has expired.")
                    .about("exp_month")
                    .network("54")
            },
            Self::IncorrectCvc => {
                said("incorrect_cvc", "incorrect_cvc", CHECK, "Your card's security code is incorrect.")
                    .about("cvc")
            }
            Self::ProcessingError => said("processing_error", "processing_error", LATER, TRY_AGAIN),
            Self::VelocityExceeded => said("card_declined", "card_velocity_exceeded", None, TOO_OFTEN),
            Self::Fraudulent | Self::Blocked => said("card_declined", "fraudulent", None, DECLINED),
            Self::TestModeLiveCard => said("card_declined", "test_mode_live_card", None, NO_TEST_CARD),
            Self::AuthenticationRequired => {
                said("authentication_required", "authentication_required", None, NEEDS_CUSTOMER)
            }
            Self::AuthenticationNotHandled => {
                said("authentication_required", "authentication_not_handled", None, NEEDS_CUSTOMER)
            }
            Self::AuthenticationFailed => plain("payment_intent_authentication_failure", NOT_PAID),
            Self::SetupAuthenticationFailed => plain("setup_intent_authentication_failure", NOT_SET_UP),
            Self::DebitNotAuthorized => plain("debit_not_authorized", UNAUTHORIZED),
            Self::DebitInsufficientFunds => plain("insufficient_funds", EMPTY_ACCOUNT),
            Self::AccountClosed => plain("account_closed", "The customer's bank account has been closed."),
            Self::NoAccount => plain("no_account", "The customer's bank account could not be located."),
            Self::InvalidAccountCurrency => plain("invalid_currency", WRONG_CURRENCY),
        }
    }

    /// Whether the decline leaves a failed charge. A decline before the request to charge leaves no charge.
    pub(crate) fn leaves_a_charge(self) -> bool {
        !matches!(
            self,
            Self::AuthenticationRequired
                | Self::AuthenticationNotHandled
                | Self::AuthenticationFailed
                | Self::SetupAuthenticationFailed
        )
    }

    /// Whether the request reached the bank.
    pub(crate) fn reaches_the_bank(self) -> bool {
        self.leaves_a_charge() && self != Self::Blocked
    }

    /// The refusal, without the objects that Stripe attaches to the error.
    pub(crate) fn error(self) -> StripeError {
        let said = self.said();
        let kind = if matches!(self, Self::AuthenticationFailed | Self::SetupAuthenticationFailed) {
            StripeError::invalid(said.message).status(402)
        } else {
            StripeError::card(said.message)
        };
        let optional = [
            ("decline_code", said.decline_code),
            ("advice_code", said.advice_code),
            ("network_advice_code", said.network_advice_code),
            ("network_decline_code", said.network_decline_code),
            ("param", said.param),
        ];
        let present = optional.into_iter().filter_map(|(field, value)| Some((field, value?)));
        present.fold(kind.code(said.code), |error, (field, value)| error.with(field, value))
    }
}

impl Said {
    fn about(self, param: &'static str) -> Self {
        Self { param: Some(param), ..self }
    }

    fn network(self, code: &'static str) -> Self {
        Self { network_decline_code: Some(code), ..self }
    }
}

fn said(
    code: &'static str,
    decline_code: &'static str,
    advice_code: Option<&'static str>,
    message: &'static str,
) -> Said {
    Said {
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
fn plain(code: &'static str, message: &'static str) -> Said {
    Said { decline_code: None, ..said(code, "", None, message) }
}
