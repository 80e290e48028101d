//! The ways in which a card says no, with the words and codes that Stripe gives each.

use crate::error::StripeError;

/// Why a charge was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decline {
    /// No reason given.
    Generic,
    /// Not enough money.
    InsufficientFunds,
    /// The card was reported lost.
    LostCard,
    /// The card was reported stolen.
    StolenCard,
    /// The card has expired.
    ExpiredCard,
    /// The security code is wrong.
    IncorrectCvc,
    /// The bank could not process it.
    ProcessingError,
    /// Too many charges in a short time.
    VelocityExceeded,
    /// The bank suspects fraud.
    Fraudulent,
    /// Radar blocked it before it was sent to the bank.
    Blocked,
    /// The card is not a test card, and the money is not real.
    TestModeLiveCard,
    /// The customer has to authenticate and is not there.
    AuthenticationRequired,
    /// The customer would have to authenticate, and the caller does not handle that.
    AuthenticationNotHandled,
    /// The customer tried to authenticate and failed.
    AuthenticationFailed,
    /// The customer tried to authenticate a card that was to be set up, and failed.
    SetupAuthenticationFailed,
}

/// What Stripe says about a decline.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Said {
    /// `code`.
    pub(crate) code: &'static str,
    /// `decline_code`.
    pub(crate) decline_code: Option<&'static str>,
    /// `advice_code`.
    pub(crate) advice_code: Option<&'static str>,
    /// `param`.
    pub(crate) param: Option<&'static str>,
    /// `message`.
    pub(crate) message: &'static str,
}

impl Decline {
    /// The words and codes.
    pub(crate) fn said(self) -> Said {
        const DECLINED: &str = "Your card was declined.";
        const NEEDS_CUSTOMER: &str = "Your card was declined. This transaction requires authentication.";
        const LATER: Option<&str> = Some("try_again_later");
        const NEVER: Option<&str> = Some("do_not_try_again");
        const CHECK: Option<&str> = Some("confirm_card_data");
        match self {
            Self::Generic => said("card_declined", "generic_decline", LATER, DECLINED),
            Self::InsufficientFunds => {
                said("card_declined", "insufficient_funds", LATER, "Your card has insufficient funds.")
            }
            Self::LostCard => said("card_declined", "lost_card", NEVER, DECLINED),
            Self::StolenCard => said("card_declined", "stolen_card", NEVER, DECLINED),
            Self::ExpiredCard => {
                said("expired_card", "expired_card", CHECK, "Your card has expired.").about("exp_month")
            }
            Self::IncorrectCvc => {
                said("incorrect_cvc", "incorrect_cvc", CHECK, "Your card's security code is incorrect.")
                    .about("cvc")
            }
            Self::ProcessingError => said(
                "processing_error",
                "processing_error",
                LATER,
                "An error occurred while processing your card. Try again in a little bit.",
            ),
            Self::VelocityExceeded => said(
                "card_declined",
                "card_velocity_exceeded",
                None,
                "Your card was declined for making repeated attempts too frequently or exceeding its amount limit.",
            ),
            Self::Fraudulent | Self::Blocked => said("card_declined", "fraudulent", None, DECLINED),
            Self::TestModeLiveCard => said(
                "card_declined",
                "test_mode_live_card",
                None,
                "Your card was declined. Your request was in test mode, but used a non test (live) card. For a \
                 list of valid test cards, visit: https://stripe.com/docs/testing.",
            ),
            Self::AuthenticationRequired => {
                said("authentication_required", "authentication_required", None, NEEDS_CUSTOMER)
            }
            Self::AuthenticationNotHandled => {
                said("authentication_required", "authentication_not_handled", None, NEEDS_CUSTOMER)
            }
            Self::AuthenticationFailed => Said {
                code: "payment_intent_authentication_failure",
                decline_code: None,
                advice_code: None,
                param: None,
                message: "The provided PaymentMethod has failed authentication. You can provide \
                          payment_method_data or a new PaymentMethod to attempt to fulfill this \
                          PaymentIntent again.",
            },
            Self::SetupAuthenticationFailed => Said {
                code: "setup_intent_authentication_failure",
                message: "The latest attempt to set up the payment method has failed because authentication \
                          failed.",
                ..Self::AuthenticationFailed.said()
            },
        }
    }

    /// Whether a charge came about that then failed. There is none where the bank was never asked to charge.
    pub(crate) fn leaves_a_charge(self) -> bool {
        !matches!(
            self,
            Self::AuthenticationNotHandled | Self::AuthenticationFailed | Self::SetupAuthenticationFailed
        )
    }

    /// The refusal, without the objects that Stripe attaches to it.
    pub(crate) fn error(self) -> StripeError {
        let said = self.said();
        let kind = if matches!(self, Self::AuthenticationFailed | Self::SetupAuthenticationFailed) {
            StripeError::invalid(said.message).status(402)
        } else {
            StripeError::card(said.message)
        };
        let optional =
            [("decline_code", said.decline_code), ("advice_code", said.advice_code), ("param", said.param)];
        let present = optional.into_iter().filter_map(|(field, value)| Some((field, value?)));
        present.fold(kind.code(said.code), |error, (field, value)| error.with(field, value))
    }
}

impl Said {
    fn about(self, param: &'static str) -> Self {
        Self { param: Some(param), ..self }
    }
}

fn said(
    code: &'static str,
    decline_code: &'static str,
    advice_code: Option<&'static str>,
    message: &'static str,
) -> Said {
    Said { code, decline_code: Some(decline_code), advice_code, param: None, message }
}
