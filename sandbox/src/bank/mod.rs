//! The bank behind the cards: the answer to a charge is an approval, a decline, or a request
//! to authenticate the customer.

pub(crate) mod cards;
pub(crate) mod card_table;
pub(crate) mod debits;
pub(crate) mod decline;
pub(crate) mod number;

use crate::bank::cards::{AfterAuthentication, AuthenticationRule, Bank};
use crate::bank::decline::Decline;

/// The circumstances of a charge that affect the bank's answer.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Circumstances {
    /// Whether the customer is absent (`off_session`).
    pub(crate) off_session: bool,
    /// Whether the card was set up for charges without the customer.
    pub(crate) set_up: bool,
    /// Whether the customer has just authenticated.
    pub(crate) authenticated: bool,
    /// Whether the order came by mail or telephone.
    pub(crate) moto: bool,
    /// Whether the caller requests authentication even if the bank requires none.
    pub(crate) requested: bool,
}

/// The answer of a bank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BankAnswer {
    /// The bank approves the request.
    Approved,
    /// The bank declines, for this reason.
    Declined(Decline),
    /// The bank requires authentication of the customer first.
    RequiresAuthentication,
}

/// The answer of a bank to a charge.
pub(crate) fn answer_to_charge(bank: Bank, circumstances: Circumstances) -> BankAnswer {
    match bank {
        Bank::Approves => BankAnswer::Approved,
        Bank::Declines(decline) => BankAnswer::Declined(decline),
        Bank::DeclinesCharges => BankAnswer::Declined(Decline::Generic),
        Bank::Authenticates(when, _) if requires_authentication(when, circumstances) => {
            BankAnswer::RequiresAuthentication
        }
        Bank::Authenticates(_, AfterAuthentication::Approves) => BankAnswer::Approved,
        Bank::Authenticates(_, AfterAuthentication::Declines(decline)) => BankAnswer::Declined(decline),
    }
}

/// The answer of a bank to attaching the card to a customer.
pub(crate) fn answer_to_attach(bank: Bank) -> BankAnswer {
    match bank {
        // Radar examines charges only.
        Bank::Declines(Decline::Blocked)
        | Bank::Approves
        | Bank::DeclinesCharges
        | Bank::Authenticates(_, _) => BankAnswer::Approved,
        Bank::Declines(decline) => BankAnswer::Declined(decline),
    }
}

/// The answer of a bank to setting up the card for later payments. A bank that ever requires
/// authentication requires authentication here.
pub(crate) fn answer_to_set_up(bank: Bank, authenticated: bool) -> BankAnswer {
    match bank {
        Bank::Authenticates(AuthenticationRule::IfRequested, _) => answer_to_attach(bank),
        Bank::Authenticates(_, _) if !authenticated => BankAnswer::RequiresAuthentication,
        // The bank's answer after authentication concerns charges only.
        Bank::Approves | Bank::DeclinesCharges | Bank::Declines(_) | Bank::Authenticates(_, _) => {
            answer_to_attach(bank)
        }
    }
}

fn requires_authentication(when: AuthenticationRule, circumstances: Circumstances) -> bool {
    !circumstances.authenticated
        && match when {
            AuthenticationRule::Always => true,
            AuthenticationRule::UnlessSetUp => {
                !(circumstances.off_session && circumstances.set_up || circumstances.moto)
            }
            AuthenticationRule::OnSession => !(circumstances.off_session || circumstances.moto),
            AuthenticationRule::IfRequested => circumstances.requested,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(card: &str, circumstances: &str, expected: BankAnswer) {
        let has = |word: &str| circumstances.contains(word);
        let circumstances = Circumstances {
            off_session: has("off"),
            set_up: has("set-up"),
            authenticated: has("authenticated"),
            requested: has("asked"),
            moto: has("telephone"),
        };
        let card = cards::find(&format!("pm_card_{card}")).unwrap();
        assert_eq!(answer_to_charge(card.bank, circumstances), expected, "{card:?}");
    }

    #[test]
    fn each_bank_answers_by_the_circumstances() {
        check("visa", "off", BankAnswer::Approved);
        check("visa_chargeDeclined", "", BankAnswer::Declined(Decline::Generic));
        check("authenticationRequired", "off set-up", BankAnswer::RequiresAuthentication);
        check("authenticationRequired", "authenticated", BankAnswer::Approved);
        check("authenticationRequiredOnSetup", "off", BankAnswer::RequiresAuthentication);
        check("authenticationRequiredOnSetup", "off set-up", BankAnswer::Approved);
        check("authenticationRequiredOnSetup", "telephone", BankAnswer::Approved);
        check("authenticationRequired", "telephone", BankAnswer::RequiresAuthentication);
        check("authenticationRequiredOnSetup", "set-up", BankAnswer::RequiresAuthentication);
        check("authenticationRequiredSetupForOffSession", "off", BankAnswer::Approved);
        check("authenticationRequiredSetupForOffSession", "", BankAnswer::RequiresAuthentication);
        check("threeDSecureRequiredChargeDeclined", "authenticated", BankAnswer::Declined(Decline::Generic));
        check("radarBlock", "", BankAnswer::Declined(Decline::Blocked));
    }

    #[test]
    fn a_bank_that_requires_authentication_requires_authentication_at_setup() {
        for (card, before_authentication, after_authentication) in [
            ("visa", BankAnswer::Approved, BankAnswer::Approved),
            ("chargeCustomerFail", BankAnswer::Approved, BankAnswer::Approved),
            ("radarBlock", BankAnswer::Approved, BankAnswer::Approved),
            (
                "visa_chargeDeclined",
                BankAnswer::Declined(Decline::Generic),
                BankAnswer::Declined(Decline::Generic),
            ),
            ("authenticationRequired", BankAnswer::RequiresAuthentication, BankAnswer::Approved),
            (
                "authenticationRequiredSetupForOffSession",
                BankAnswer::RequiresAuthentication,
                BankAnswer::Approved,
            ),
            ("threeDSecureRequiredChargeDeclined", BankAnswer::RequiresAuthentication, BankAnswer::Approved),
        ] {
            let bank = cards::find(&format!("pm_card_{card}")).unwrap().bank;
            assert_eq!(
                (answer_to_set_up(bank, false), answer_to_set_up(bank, true)),
                (before_authentication, after_authentication),
                "{card}"
            );
        }
    }

    #[test]
    fn card_names_are_unique() {
        for (position, card) in card_table::CARDS.iter().enumerate() {
            let duplicates = card_table::CARDS.iter().skip(position).filter(|other| other.name == card.name);
            assert_eq!(duplicates.count(), 1, "{card:?}");
        }
    }
}
