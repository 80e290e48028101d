//! The rules that an import may set aside: `accept_rules` of ImportPayment.

use std::{collections::BTreeSet, fmt};

use super::Form;

/// A rule of the operator's that judges an import, and that `accept_rules` may name.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    serde::Serialize,
    serde::Deserialize,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
pub enum ImportRule {
    /// A payment system takes the currency.
    #[serde(rename = "currency.assigned")]
    #[strum(serialize = "currency.assigned")]
    CurrencyAssigned,
    /// The amount is at least the currency's minimum.
    #[serde(rename = "amount.minimum")]
    #[strum(serialize = "amount.minimum")]
    AmountMinimum,
    /// The amount is at most the currency's maximum.
    #[serde(rename = "amount.maximum")]
    #[strum(serialize = "amount.maximum")]
    AmountMaximum,
    /// The card's brand is on the allowlist.
    #[serde(rename = "card.brand")]
    #[strum(serialize = "card.brand")]
    CardBrand,
    /// The type of the payment method is on the allowlist.
    #[serde(rename = "method.type")]
    #[strum(serialize = "method.type")]
    MethodType,
    /// The payment method supports holds.
    #[serde(rename = "method.hold")]
    #[strum(serialize = "method.hold")]
    MethodHold,
}

impl ImportRule {
    /// Every rule that judges an import, in the order of precedence.
    pub const ALL: &'static [ImportRule] = <ImportRule as strum::VariantArray>::VARIANTS;

    /// The id of the rule, as in refusals and in CheckPolicy.
    pub fn id(self) -> &'static str {
        self.into()
    }
}

impl fmt::Display for ImportRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

impl Form {
    /// Reads the ids of rules that are set aside; a repeated id counts once.
    pub(super) fn accept_rules(&mut self, wire: &[String]) -> Option<BTreeSet<ImportRule>> {
        let read = wire.iter().map(|id| {
            let rule = id.parse::<ImportRule>();
            self.field("accept_rules", rule.map_err(|_| unknown()))
        });
        // Every id is read before the first mistake ends the collection, so each mistake is listed.
        read.collect::<Vec<_>>().into_iter().collect()
    }
}

/// The text of the mistake. The given text is not repeated: the text may hold anything.
fn unknown() -> String {
    let all: Vec<_> = ImportRule::ALL.iter().map(|rule| rule.id()).collect();
    format!("it has to be the id of a rule that judges imports: {}", all.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{refusal::Refusal, request::ImportPayment, v1};

    fn import(ids: &[&str]) -> v1::ImportPaymentRequest {
        v1::ImportPaymentRequest {
            request_id: "r".to_owned(),
            payment_intent: "pi_1".to_owned(),
            accept_rules: ids.iter().map(|id| (*id).to_owned()).collect(),
            ..Default::default()
        }
    }

    #[test]
    fn each_rule_is_read_by_its_id_and_written_as_its_id() {
        for rule in ImportRule::ALL {
            assert_eq!(rule.id().parse::<ImportRule>(), Ok(*rule));
            assert_eq!(serde_json::to_string(rule).unwrap(), format!("\"{rule}\""));
        }
        let read = ImportPayment::read(&import(&["card.brand", "amount.minimum", "card.brand"])).unwrap();
        let expected = [ImportRule::AmountMinimum, ImportRule::CardBrand];
        assert_eq!(read.accept_rules.into_iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn an_id_of_no_import_rule_is_a_violation() {
        for id in ["", "tenant.active", "card.cvc", "CARD.BRAND", "card.brand ", "4242424242424242"] {
            let Err(Refusal::MalformedRequest(mistakes)) = ImportPayment::read(&import(&[id])) else {
                panic!("{id} is taken")
            };
            assert_eq!(mistakes.len(), 1);
            assert_eq!(mistakes[0].field, "accept_rules");
            assert!(id.is_empty() || !mistakes[0].problem.contains(&format!("{id},")), "{mistakes:?}");
        }
    }

    #[test]
    fn an_import_without_the_field_is_written_as_before() {
        let read = ImportPayment::read(&import(&[])).unwrap();
        assert!(!serde_json::to_string(&read).unwrap().contains("accept"));
    }
}
