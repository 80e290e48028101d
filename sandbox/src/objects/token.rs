//! A token: the data of a card, for one use.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::objects::billing_details::BillingDetails;
use crate::objects::card::Card;
use crate::objects::{Object, RenderContext};

/// The state of a token.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Token {
    /// Id of the token, `tok_…`.
    pub(crate) id: String,
    /// The moment of creation, in unix seconds.
    pub(crate) created: i64,
    /// Id of the card, `card_…`.
    pub(crate) card_id: String,
    /// The card behind the token.
    pub(crate) card: Card,
    /// The data of the card's owner.
    pub(crate) owner: BillingDetails,
    /// Whether the token was used.
    pub(crate) used: bool,
}

impl Object for Token {
    fn id(&self) -> &str {
        &self.id
    }

    fn created(&self) -> i64 {
        self.created
    }

    fn show(&self, context: RenderContext) -> Value {
        let (card, address) = (&self.card, &self.owner.address);
        let checked = |given: bool| given.then_some("unchecked");
        json!({
            "id": self.id,
            "object": "token",
            "card": {
                "id": self.card_id,
                "object": "card",
                "address_city": address.city,
                "address_country": address.country,
                "address_line1": address.line1,
                "address_line1_check": checked(address.line1.is_some()),
                "address_line2": address.line2,
                "address_state": address.state,
                "address_zip": address.postal_code,
                "address_zip_check": checked(address.postal_code.is_some()),
                "allow_redisplay": "unspecified",
                "brand": card.token_brand(),
                "country": card.country,
                "cvc_check": checked(card.has_cvc),
                "dynamic_last4": null,
                "exp_month": card.expires.month,
                "exp_year": card.expires.year,
                "fingerprint": card.fingerprint,
                "funding": card.funding,
                "last4": card.last4,
                "metadata": {},
                "name": self.owner.name,
                "networks": { "preferred": null },
                "regulated_status": "unregulated",
                "tokenization_method": null,
            },
            "client_ip": "127.0.0.1",
            "created": self.created,
            "livemode": context.livemode,
            "type": "card",
            "used": self.used,
        })
    }
}
