//! `/v1/customers`: making, changing and deleting customers, and finding one that is still there.

use serde_json::Value;

use crate::changes::{AddressChange, Change, LONG};
use crate::endpoints::Plan;
use crate::error::{Answer, StripeError};
use crate::expand::Kind;
use crate::form::Form;
use crate::metadata::MetadataChange;
use crate::objects::Object;
use crate::objects::customer::Customer;
use crate::objects::payment_method::Standing;
use crate::state::Desk;

/// What can be said about a customer.
const SAYINGS: &[&str] = &[
    "address",
    "address[city]",
    "address[country]",
    "address[line1]",
    "address[line2]",
    "address[postal_code]",
    "address[state]",
    "description",
    "email",
    "expand[]",
    "invoice_settings[default_payment_method]",
    "metadata",
    "metadata[*]",
    "name",
    "phone",
    "preferred_locales",
    "preferred_locales[]",
];

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
}

/// Reads `POST /v1/customers`.
pub(crate) fn create(form: &Form) -> Answer<Plan> {
    form.only(&[SAYINGS, &["payment_method"]].concat())?;
    let mut saying = Saying::read(form)?;
    let method = form.text("payment_method")?.map(str::to_owned);
    Plan::one(form, Kind::Customer, move |desk| {
        let mut customer = Customer::new(desk.ids.fresh("cus"), desk.second());
        if let Some(named) = method {
            let mut method = desk.payment_method(&named)?;
            // The id of a test card, said twice, means one and the same new PaymentMethod.
            if saying.default_payment_method == Change::Set(named) {
                saying.default_payment_method = Change::Set(method.id.clone());
            }
            saying.check_default(desk, &customer.id, Some(&method.id))?;
            desk.attach(&mut method, &customer.id)?;
        }
        saying.apply(desk, &mut customer)?;
        let shown = customer.show(desk.seen());
        desk.account.customers.put(customer);
        Ok(shown)
    })
}

/// Reads `POST /v1/customers/{id}`.
pub(crate) fn update(form: &Form, id: &str) -> Answer<Plan> {
    form.only(SAYINGS)?;
    let id = id.to_owned();
    let saying = Saying::read(form)?;
    Plan::one(form, Kind::Customer, move |desk| {
        let mut customer = desk.customer(&id, "id")?.clone();
        saying.apply(desk, &mut customer)?;
        Ok(desk.keep_customer(customer))
    })
}

/// Reads `DELETE /v1/customers/{id}`.
pub(crate) fn delete(form: &Form, id: &str) -> Answer<Plan> {
    form.only(&[])?;
    let id = id.to_owned();
    Plan::one(form, Kind::Customer, move |desk| {
        let created = desk.customer(&id, "id")?.created;
        let methods = desk.account.payment_methods.all_mut();
        let theirs = methods.filter(|method| method.customer() == Some(&id));
        theirs.for_each(|method| method.standing = Standing::Over);
        Ok(desk.keep_customer(Customer { deleted: true, ..Customer::new(id, created) }))
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
        })
    }

    fn apply(self, desk: &Desk<'_>, to: &mut Customer) -> Answer<()> {
        self.check_default(desk, &to.id, None)?;
        to.metadata = self.metadata.applied(&to.metadata)?;
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
            None => Err(StripeError::missing("PaymentMethod", method, DEFAULT)),
        }
    }
}

impl Desk<'_> {
    /// Refuses a customer that is not there, or not any more.
    pub(crate) fn require_customer(&self, id: &str) -> Answer<()> {
        self.customer(id, "customer").map(|_| ())
    }

    fn customer(&self, id: &str, param: &str) -> Answer<&Customer> {
        let found = self.account.customers.get(id).filter(|customer| !customer.deleted);
        found.ok_or_else(|| StripeError::missing("customer", id, param))
    }

    /// Puts a customer back in its place, and shows it.
    fn keep_customer(&mut self, customer: Customer) -> Value {
        let shown = customer.show(self.seen());
        if let Some(place) = self.account.customers.get_mut(&customer.id) {
            *place = customer;
        }
        shown
    }
}
