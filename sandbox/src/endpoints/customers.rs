//! `/v1/customers`: making, changing and deleting customers, and finding one that is still there.

use crate::changes::{AddressChange, Change, LONG, ShippingChange};
use crate::endpoints::{Plan, Request};
use crate::error::{Answer, StripeError};
use crate::events::types::EventType;
use crate::expand::Kind;
use crate::form::Form;
use crate::metadata::MetadataChange;
use crate::objects::Object;
use crate::objects::customer::Customer;
use crate::objects::payment_method::Standing;
use crate::state::Desk;

/// The parameter that names the PaymentMethod for invoices.
const DEFAULT: &str = "invoice_settings[default_payment_method]";

/// What a caller says about a customer.
#[derive(Debug)]
struct Saying {
    address: AddressChange,
    description: Change,
    email: Change,
    name: Change,
    phone: Change,
    preferred_locales: Option<Vec<String>>,
    default_payment_method: Change,
    metadata: MetadataChange,
    shipping: ShippingChange,
}

/// Reads `POST /v1/customers`.
pub(crate) fn create(call: &Request<'_>) -> Answer<Plan> {
    let form = call.form;
    let mut saying = Saying::read(form)?;
    let method = form.text("payment_method")?.map(str::to_owned);
    Plan::one(form, Kind::Customer, move |desk| {
        let id = format!("cus_{}", desk.ids.letters(14));
        let mut customer = Customer::new(id, desk.second());
        let mut method = method.map(|id| desk.payment_method(&id).map(|found| (id, found))).transpose()?;
        if let Some((named, method)) = &method {
            // The id of a test card, said twice, means one and the same new PaymentMethod.
            if saying.default_payment_method == Change::Set(named.clone()) {
                saying.default_payment_method = Change::Set(method.id.clone());
            }
        }
        saying.check_default(desk, &customer.id, method.as_ref().map(|(_, method)| method.id.as_str()))?;
        if let Some((_, method)) = &mut method {
            desk.attach(method, &customer.id)?;
        }
        saying.apply(desk, &mut customer)?;
        let kept = desk.account.customers.put(customer);
        let shown = kept.show(desk.seen());
        desk.announce(EventType::CustomerCreated, kept);
        Ok(shown)
    })
}

/// Reads `POST /v1/customers/{id}`.
pub(crate) fn update(call: &Request<'_>) -> Answer<Plan> {
    let (form, id) = (call.form, call.id().to_owned());
    let saying = Saying::read(form)?;
    Plan::one(form, Kind::Customer, move |desk| {
        let mut customer = desk.live_customer(&id, "id")?.clone();
        let before = desk.account.customers.snapshot(&id);
        saying.apply(desk, &mut customer)?;
        let after = desk.account.customers.put(customer);
        let shown = after.show(desk.seen());
        if let Some(before) = before {
            desk.announce_change(EventType::CustomerUpdated, before, after);
        }
        Ok(shown)
    })
}

/// Reads `DELETE /v1/customers/{id}`.
pub(crate) fn delete(form: &Form, id: &str) -> Answer<Plan> {
    let id = id.to_owned();
    Plan::one(form, Kind::Customer, move |desk| {
        let created = desk.live_customer(&id, "id")?.created;
        let before = desk.account.customers.snapshot(&id);
        for method in desk.account.wallets.remove(&id).unwrap_or_default() {
            if let Some(method) = desk.account.payment_methods.get_mut(&method) {
                method.standing = Standing::Over;
            }
        }
        let deleted = Customer { deleted: true, ..Customer::new(id, created) };
        let deleted = desk.account.customers.put(deleted);
        if let Some(before) = before {
            desk.announce(EventType::CustomerDeleted, before);
        }
        Ok(deleted.show(desk.seen()))
    })
}

impl Saying {
    fn read(form: &Form) -> Answer<Self> {
        let locales = form.list("preferred_locales").into_iter().filter(|locale| !locale.is_empty());
        Ok(Self {
            address: AddressChange::read(form, "address")?,
            description: Change::read(form, "description", LONG)?,
            email: Change::read_email(form, "email")?,
            name: Change::read(form, "name", 256)?,
            phone: Change::read(form, "phone", 20)?,
            preferred_locales: form.has("preferred_locales").then(|| locales.map(str::to_owned).collect()),
            default_payment_method: Change::read(form, DEFAULT, LONG)?,
            metadata: MetadataChange::read(form)?,
            shipping: ShippingChange::read(form)?,
        })
    }

    fn apply(self, desk: &Desk<'_>, to: &mut Customer) -> Answer<()> {
        if desk.account.customers.get(&to.id).is_some() {
            self.check_default(desk, &to.id, None)?;
        }
        to.metadata = self.metadata.applied(&to.metadata)?;
        to.shipping = self.shipping.after(to.shipping.take());
        to.preferred_locales = self.preferred_locales.unwrap_or_else(|| to.preferred_locales.clone());
        self.default_payment_method.apply(&mut to.default_payment_method);
        self.address.apply(&mut to.address);
        self.description.apply(&mut to.description);
        self.email.apply(&mut to.email);
        self.name.apply(&mut to.name);
        self.phone.apply(&mut to.phone);
        Ok(())
    }

    /// Refuses a PaymentMethod for invoices that is not the customer's, and will not be at once.
    fn check_default(&self, desk: &Desk<'_>, customer: &str, soon: Option<&str>) -> Answer<()> {
        let Change::Set(method) = &self.default_payment_method else {
            return Ok(());
        };
        match desk.account.payment_methods.get(method) {
            Some(found) if found.customer() == Some(customer) || soon == Some(method) => Ok(()),
            Some(_) => Err(StripeError::invalid(format!(
                "The customer does not have a payment method with the ID {method}. The payment method must be \
                 attached to the customer."
            ))
            .code("resource_missing")
            .param(DEFAULT)),
            None => Err(StripeError::missing("PaymentMethod", method, DEFAULT).status(400)),
        }
    }
}

impl Desk<'_> {
    /// Refuses a customer that is not there, or not any more.
    pub(crate) fn require_customer(&self, id: &str) -> Answer<()> {
        self.live_customer(id, "customer").map(|_| ()).map_err(|error| error.status(400))
    }

    /// A customer that is there.
    pub(crate) fn live_customer(&self, id: &str, param: &str) -> Answer<&Customer> {
        let found = self.account.customers.get(id).filter(|customer| !customer.deleted);
        found.ok_or_else(|| StripeError::missing("customer", id, param))
    }
}
