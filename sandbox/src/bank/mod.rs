//! The bank behind the cards: the answer to a charge is an approval, a decline, or a request
//! to authenticate the customer.

pub(crate) mod cards;
pub(crate) mod card_table;
pub(crate) mod debits;
pub(crate) mod decline;
pub(crate) mod number;

use crate::bank::cards::{After, Bank, When};
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
    /// Whether the caller requests authentication even if the bank requires none.
    pub(crate) asked_for: bool,
}

/// The answer of a bank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The bank approves the request.
    Approved,
    /// The bank declines, for this reason.
    Declined(Decline),
    /// The bank requires authentication of the customer first.
    WantsAuthentication,
}

/// The answer of a bank to a charge.
pub(crate) fn ask(bank: Bank, circumstances: Circumstances) -> Verdict {
    match bank {
        Bank::Approves => Verdict::Approved,
        Bank::Declines(decline) => Verdict::Declined(decline),
        Bank::DeclinesCharges => Verdict::Declined(Decline::Generic),
        Bank::Authenticates(when, _) if wants_customer(when, circumstances) => Verdict::WantsAuthentication,
        Bank::Authenticates(_, After::Approves) => Verdict::Approved,
        Bank::Authenticates(_, After::Declines(decline)) => Verdict::Declined(decline),
    }
}

/// The answer of a bank to attaching the card to a customer.
pub(crate) fn ask_to_attach(bank: Bank) -> Verdict {
    match bank {
        // Radar examines charges only.
        Bank::Declines(Decline::Blocked)
        | Bank::Approves
        | Bank::DeclinesCharges
        | Bank::Authenticates(_, _) => Verdict::Approved,
        Bank::Declines(decline) => Verdict::Declined(decline),
    }
}

/// The answer of a bank to setting up the card for later payments. A bank that ever requires
/// authentication requires authentication here.
pub(crate) fn ask_to_set_up(bank: Bank, authenticated: bool) -> Verdict {
    match bank {
        Bank::Authenticates(When::IfAskedFor, _) => ask_to_attach(bank),
        Bank::Authenticates(_, _) if !authenticated => Verdict::WantsAuthentication,
        // The bank's answer after authentication concerns charges only.
        Bank::Approves | Bank::DeclinesCharges | Bank::Declines(_) | Bank::Authenticates(_, _) => {
            ask_to_attach(bank)
        }
    }
}

fn wants_customer(when: When, circumstances: Circumstances) -> bool {
    !circumstances.authenticated
        && match when {
            When::Always => true,
            When::UnlessSetUp => !(circumstances.off_session && circumstances.set_up),
            When::OnSession => !circumstances.off_session,
            When::IfAskedFor => circumstances.asked_for,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(card: &str, circumstances: &str, says: Verdict) {
        let has = |word: &str| circumstances.contains(word);
        let circumstances = Circumstances {
            off_session: has("off"),
            set_up: has("set-up"),
            authenticated: has("authenticated"),
            asked_for: has("asked"),
        };
        let card = cards::find(&format!("pm_card_{card}")).unwrap();
        assert_eq!(ask(card.bank, circumstances), says, "{card:?}");
    }

    #[test]
    fn each_bank_answers_by_the_circumstances() {
        check("visa", "off", Verdict::Approved);
        check("visa_chargeDeclined", "", Verdict::Declined(Decline::Generic));
        check("authenticationRequired", "off set-up", Verdict::WantsAuthentication);
        check("authenticationRequired", "authenticated", Verdict::Approved);
        check("authenticationRequiredOnSetup", "off", Verdict::WantsAuthentication);
        check("authenticationRequiredOnSetup", "off set-up", Verdict::Approved);
        check("authenticationRequiredOnSetup", "set-up", Verdict::WantsAuthentication);
        check("authenticationRequiredSetupForOffSession", "off", Verdict::Approved);
        check("authenticationRequiredSetupForOffSession", "", Verdict::WantsAuthentication);
        check("threeDSecureRequiredChargeDeclined", "authenticated", Verdict::Declined(Decline::Generic));
        check("radarBlock", "", Verdict::Declined(Decline::Blocked));
    }

    #[test]
    fn a_bank_that_ever_asks_for_the_customer_does_so_before_its_card_is_kept() {
        for (card, at_first, then) in [
            ("visa", Verdict::Approved, Verdict::Approved),
            ("chargeCustomerFail", Verdict::Approved, Verdict::Approved),
            ("radarBlock", Verdict::Approved, Verdict::Approved),
            ("visa_chargeDeclined", Verdict::Declined(Decline::Generic), Verdict::Declined(Decline::Generic)),
            ("authenticationRequired", Verdict::WantsAuthentication, Verdict::Approved),
            ("authenticationRequiredSetupForOffSession", Verdict::WantsAuthentication, Verdict::Approved),
            ("threeDSecureRequiredChargeDeclined", Verdict::WantsAuthentication, Verdict::Approved),
        ] {
            let bank = cards::find(&format!("pm_card_{card}")).unwrap().bank;
            assert_eq!((ask_to_set_up(bank, false), ask_to_set_up(bank, true)), (at_first, then), "{card}");
        }
    }

    #[test]
    fn each_card_has_a_name_of_its_own() {
        for (at, card) in card_table::CARDS.iter().enumerate() {
            let same = card_table::CARDS.iter().skip(at).filter(|other| other.name == card.name);
            assert_eq!(same.count(), 1, "{card:?}");
        }
    }
}
