//! Updates of an object's fields: a sent value replaces the field, an empty value unsets the field, and an
//! absent parameter leaves the field unchanged.

use std::sync::Arc;

use crate::error::StripeResult;
use crate::form::Form;
use crate::objects::billing_details::{Address, BillingDetails};
use crate::objects::shipping::Shipping;
use crate::text_checks::{check_email, check_length};

/// The length limit in characters for a text without a limit in Stripe's documentation.
pub(crate) const MAX_TEXT_LENGTH: usize = 5000;

/// The change of one text field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// The field stays as before.
    Unchanged,
    /// The field is unset, because the value was sent empty.
    Unset,
    /// The field is replaced by this text.
    Set(String),
}

/// The changes of an address, field by field.
#[derive(Clone, Debug)]
pub(crate) struct AddressChange {
    unset_all: bool,
    city: Change,
    country: Change,
    line1: Change,
    line2: Change,
    postal_code: Change,
    state: Change,
}

/// The changes of a PaymentMethod's billing details.
#[derive(Clone, Debug)]
pub(crate) struct BillingChange {
    address: AddressChange,
    email: Change,
    name: Change,
    phone: Change,
}

impl Change {
    /// Reads a text parameter of at most `max` characters.
    pub(crate) fn read(form: &Form, name: &str, max: usize) -> StripeResult<Self> {
        match form.last(name) {
            None => Ok(Self::Unchanged),
            Some("") => Ok(Self::Unset),
            Some(text) => {
                check_length(text, name, max)?;
                Ok(Self::Set(text.to_owned()))
            }
        }
    }

    /// Reads an email address of at most 512 characters.
    pub(crate) fn read_email(form: &Form, name: &str) -> StripeResult<Self> {
        let change = Self::read(form, name, 512)?;
        if let Self::Set(address) = &change {
            check_email(address, name)?;
        }
        Ok(change)
    }

    /// Applies the change to the field.
    pub(crate) fn apply(self, to: &mut Option<String>) {
        match self {
            Self::Unchanged => {}
            Self::Unset => *to = None,
            Self::Set(text) => *to = Some(text),
        }
    }
}

impl AddressChange {
    /// Reads the address below the parameter `name`; an empty `name=` unsets the whole address.
    pub(crate) fn read(form: &Form, name: &str) -> StripeResult<Self> {
        let part = |part: &str| Change::read(form, &format!("{name}[{part}]"), MAX_TEXT_LENGTH);
        Ok(Self {
            unset_all: form.last(name).is_some_and(str::is_empty),
            city: part("city")?,
            country: part("country")?,
            line1: part("line1")?,
            line2: part("line2")?,
            postal_code: part("postal_code")?,
            state: part("state")?,
        })
    }

    /// Applies the changes to the address.
    pub(crate) fn apply(self, to: &mut Address) {
        if self.unset_all {
            *to = Address::default();
        }
        self.city.apply(&mut to.city);
        self.country.apply(&mut to.country);
        self.line1.apply(&mut to.line1);
        self.line2.apply(&mut to.line2);
        self.postal_code.apply(&mut to.postal_code);
        self.state.apply(&mut to.state);
    }
}

impl BillingChange {
    /// Reads the details below a parameter such as `billing_details`.
    pub(crate) fn read(form: &Form, at: &str) -> StripeResult<Self> {
        Ok(Self {
            address: AddressChange::read(form, &format!("{at}[address]"))?,
            email: Change::read_email(form, &format!("{at}[email]"))?,
            name: Change::read(form, &format!("{at}[name]"), MAX_TEXT_LENGTH)?,
            phone: Change::read(form, &format!("{at}[phone]"), MAX_TEXT_LENGTH)?,
        })
    }

    /// Applies the changes to the billing details.
    pub(crate) fn apply(self, to: &mut BillingDetails) {
        self.address.apply(&mut to.address);
        self.email.apply(&mut to.email);
        self.name.apply(&mut to.name);
        self.phone.apply(&mut to.phone);
    }
}

/// The changes of the shipping details.
#[derive(Clone, Debug)]
pub(crate) struct ShippingChange {
    sent: bool,
    unset_all: bool,
    address: AddressChange,
    carrier: Change,
    name: Change,
    phone: Change,
    tracking_number: Change,
}

impl ShippingChange {
    /// Reads `shipping`; an empty `shipping=` unsets all shipping details.
    pub(crate) fn read(form: &Form) -> StripeResult<Self> {
        let part = |part: &str| Change::read(form, &format!("shipping[{part}]"), MAX_TEXT_LENGTH);
        Ok(Self {
            sent: form.has("shipping"),
            unset_all: form.last("shipping").is_some_and(str::is_empty),
            address: AddressChange::read(form, "shipping[address]")?,
            carrier: part("carrier")?,
            name: part("name")?,
            phone: part("phone")?,
            tracking_number: part("tracking_number")?,
        })
    }

    /// The shipping details after the change.
    pub(crate) fn after(self, before: Option<Arc<Shipping>>) -> Option<Arc<Shipping>> {
        if self.unset_all {
            return None;
        }
        if !self.sent {
            return before;
        }
        let mut shipping = before.unwrap_or_default();
        let details = Arc::make_mut(&mut shipping);
        self.address.apply(&mut details.address);
        self.carrier.apply(&mut details.carrier);
        self.name.apply(&mut details.name);
        self.phone.apply(&mut details.phone);
        self.tracking_number.apply(&mut details.tracking_number);
        Some(shipping)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sent_value_replaces_and_an_empty_value_unsets() {
        let mut details = BillingDetails::default();
        for (body, line1, city, name) in [
            (
                "billing_details[address][line1]=1 Mill&billing_details[address][city]=York",
                "1 Mill",
                "York",
                "-",
            ),
            ("billing_details[name]=Jenny&billing_details[address][line1]=", "-", "York", "Jenny"),
            ("billing_details[address]=", "-", "-", "Jenny"),
            ("", "-", "-", "Jenny"),
        ] {
            BillingChange::read(&Form::decode(body.as_bytes()), "billing_details")
                .unwrap()
                .apply(&mut details);
            let shown = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
            let address = &details.address;
            assert_eq!(
                (shown(&address.line1), shown(&address.city), shown(&details.name)),
                (line1.to_owned(), city.to_owned(), name.to_owned()),
                "{body}"
            );
        }
        assert!(
            BillingChange::read(&Form::decode(b"billing_details[email]=jenny"), "billing_details").is_err()
        );
    }
}
