//! `POST /v1/customers`, and finding a customer.

use crate::endpoints::Plan;
use crate::error::{Answer, StripeError};
use crate::expand::Kind;
use crate::form::Form;
use crate::metadata::MetadataChange;
use crate::objects::Object;
use crate::objects::customer::Customer;
use crate::state::Desk;
use crate::texts::email;

const PARAMETERS: &[&str] = &["description", "email", "expand[]", "metadata", "metadata[*]", "name", "phone"];

/// Reads the call.
pub(crate) fn read(form: &Form) -> Answer<Plan> {
    form.only(PARAMETERS)?;
    let email = email(form, "email")?;
    let name = form.text_up_to("name", 256)?;
    let phone = form.text_up_to("phone", 20)?;
    let description = form.text_up_to("description", 5000)?;
    let metadata = MetadataChange::read(form)?.fresh();
    Plan::one(form, Kind::Customer, move |desk| {
        let id = desk.ids.fresh("cus");
        let customer = Customer { id, created: desk.second(), email, name, phone, description, metadata };
        let shown = customer.show(desk.seen());
        desk.account.customers.put(customer);
        Ok(shown)
    })
}

impl Desk<'_> {
    /// Refuses a customer that is not there.
    pub(crate) fn require_customer(&self, id: &str) -> Answer<()> {
        match self.account.customers.get(id) {
            Some(_) => Ok(()),
            None => Err(StripeError::missing("customer", id, "customer")),
        }
    }
}
