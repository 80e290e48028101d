//! `POST /v1/tokens`: a single-use token of a card.

use crate::bank::cards;
use crate::changes::Change;
use crate::endpoints::payment_methods::raw_card::read_raw;
use crate::endpoints::{Plan, Request};
use crate::error::{StripeError, StripeResult};
use crate::expand::Kind;
use crate::objects::Object;
use crate::objects::billing_details::{Address, BillingDetails};
use crate::objects::card::Card;
use crate::objects::token::Token;
use crate::state::WorkContext;

/// The kinds of tokens that Stripe has and the sandbox does not play.
const NOT_PLAYED: &[&str] = &["account", "bank_account", "customer", "cvc_update", "person", "pii"];

/// Parses the call. Only tokens of cards are supported.
pub(crate) fn create(call: &Request<'_>) -> StripeResult<Plan> {
    let form = call.form;
    if let Some(kind) = NOT_PLAYED.iter().find(|kind| !form.has("card") && form.has(kind)) {
        return Err(StripeError::invalid(format!(
            "Tokens of the kind `{kind}` are not played by this sandbox. It plays tokens of cards, `card`."
        ))
        .param(*kind));
    }
    if !form.has("card") {
        return Err(StripeError::invalid(
            "You must supply either a card, customer, PII data, bank account, account, CVC data or person to create \
             a token.",
        ));
    }
    let part = |name: &str| -> StripeResult<Option<String>> {
        let mut text = None;
        Change::read(form, &format!("card[{name}]"), 5000)?.apply(&mut text);
        Ok(text)
    };
    let owner = BillingDetails {
        name: part("name")?,
        address: Address {
            city: part("address_city")?,
            country: part("address_country")?,
            line1: part("address_line1")?,
            line2: part("address_line2")?,
            postal_code: part("address_zip")?,
            state: part("address_state")?,
        },
        ..BillingDetails::default()
    };
    let card = read_raw(form, "", call.settings)?;
    Plan::object(form, Kind::Token, move |work| {
        let (id, card_id) = (work.ids.fresh("tok"), work.ids.fresh("card"));
        let token = Token { id, created: work.unix_seconds(), card_id, card, owner, used: false };
        Ok(work.account.tokens.put(token).show(work.render_context()))
    })
}

impl WorkContext<'_> {
    /// The card of a token. A created token can be used once, and the token of a test card
    /// any number of times.
    pub(crate) fn use_token(&mut self, id: &str) -> StripeResult<(Card, Option<BillingDetails>)> {
        if let Some(token) = self.account.tokens.get_mut(id) {
            if token.used {
                return Err(StripeError::invalid(format!(
                    "You cannot use a Stripe token more than once: {id}."
                ))
                .code("token_already_used"));
            }
            token.used = true;
            return Ok((token.card.clone(), Some(token.owner.clone())));
        }
        let card = cards::by_token(id).map(|card| card.issued(&self.account.mode.account));
        let card = card.ok_or_else(|| StripeError::missing("token", id, "card[token]").status(400))?;
        Ok((card, None))
    }
}
