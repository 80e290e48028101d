//! `/v1/customers`: creating, updating and deleting customers, and the look-up of a customer
//! that is not deleted.

use crate::changes::{AddressChange, Change, MAX_TEXT_LENGTH, ShippingChange};
use crate::endpoints::{Plan, Request};
use crate::error::{StripeError, StripeResult};
use crate::events::types::EventType;
use crate::expand::Kind;
use crate::form::Form;
use crate::metadata::MetadataChange;
use crate::objects::Object;
use crate::objects::customer::{Customer, TaxExempt};
use crate::objects::payment_method::Attachment;
use crate::state::WorkContext;

/// The parameter that names the PaymentMethod for invoices.
const DEFAULT_PAYMENT_METHOD: &str = "invoice_settings[default_payment_method]";

/// The fields of a customer that a call sets.
#[derive(Debug)]
struct CustomerChange {
    address: AddressChange,
    description: Change,
    email: Change,
    name: Change,
    phone: Change,
    preferred_locales: Option<Vec<String>>,
    default_payment_method: Change,
    metadata: MetadataChange,
    shipping: ShippingChange,
    tax_exempt: Option<TaxExempt>,
    balance: Option<i64>,
    invoice_prefix: Option<String>,
    next_invoice_sequence: Option<i64>,
    footer: Change,
}

/// Parses `POST /v1/customers`. A given PaymentMethod is attached after the customer is created.
pub(crate) fn create(call: &Request<'_>) -> StripeResult<Plan> {
    let form = call.form;
    let mut change = CustomerChange::read(form)?;
    let method = form.text("payment_method")?.map(str::to_owned);
    Plan::object(form, Kind::Customer, move |work| {
        let id = format!("cus_{}", work.ids.letters(14));
        let mut customer = Customer::new(id, work.unix_seconds());
        let method = method
            .map(|id| work.payment_method(&id).map(|found| (id, found)).map_err(|error| error.status(400)))
            .transpose()?;
        if let Some((named, method)) = &method {
            // The id of a test card in both parameters means the same new PaymentMethod.
            if change.default_payment_method == Change::Set(named.clone()) {
                change.default_payment_method = Change::Set(method.id.clone());
            }
        }
        change.check_default(work, &customer.id, method.as_ref().map(|(_, method)| method.id.as_str()))?;
        if let Some((_, method)) = &method {
            work.check_attachable(method, &customer.id)?;
        }
        change.apply(work, &mut customer)?;
        let stored = work.account.customers.put(customer);
        let shown = stored.show(work.render_context());
        let id = stored.id.clone();
        work.emit(EventType::CustomerCreated, stored);
        if let Some((_, mut method)) = method {
            work.attach(&mut method, &id)?;
        }
        Ok(shown)
    })
}

/// Parses `POST /v1/customers/{id}`. An event follows only if a field changed.
pub(crate) fn update(call: &Request<'_>) -> StripeResult<Plan> {
    let (form, id) = (call.form, call.id().to_owned());
    let change = CustomerChange::read(form)?;
    Plan::object(form, Kind::Customer, move |work| {
        let mut customer = work.existing_customer(&id, "id")?.clone();
        let before = work.account.customers.snapshot(&id);
        change.apply(work, &mut customer)?;
        let after = work.account.customers.put(customer);
        let shown = after.show(work.render_context());
        if let Some(before) = before {
            work.emit_if_changed(EventType::CustomerUpdated, before, after);
        }
        Ok(shown)
    })
}

/// Parses `DELETE /v1/customers/{id}`. The customer's PaymentMethods become unusable.
pub(crate) fn delete(form: &Form, id: &str) -> StripeResult<Plan> {
    let id = id.to_owned();
    Plan::object(form, Kind::Customer, move |work| {
        let created = work.existing_customer(&id, "id")?.created;
        let before = work.account.customers.snapshot(&id);
        for method in work.account.methods_of_customer(&id) {
            if let Some(method) = work.account.payment_methods.get_mut(&method.id) {
                method.attachment = Attachment::Unusable;
            }
        }
        let deleted = Customer { deleted: true, ..Customer::new(id, created) };
        let deleted = work.account.customers.put(deleted);
        if let Some(before) = before {
            work.emit(EventType::CustomerDeleted, before);
        }
        Ok(deleted.show(work.render_context()))
    })
}

impl CustomerChange {
    fn read(form: &Form) -> StripeResult<Self> {
        let locales = form.list("preferred_locales").into_iter().filter(|locale| !locale.is_empty());
        Ok(Self {
            address: AddressChange::read(form, "address")?,
            description: Change::read(form, "description", MAX_TEXT_LENGTH)?,
            email: Change::read_email(form, "email")?,
            name: Change::read(form, "name", 256)?,
            phone: Change::read(form, "phone", 20)?,
            preferred_locales: form.has("preferred_locales").then(|| locales.map(str::to_owned).collect()),
            default_payment_method: Change::read(form, DEFAULT_PAYMENT_METHOD, MAX_TEXT_LENGTH)?,
            metadata: MetadataChange::read(form)?,
            shipping: ShippingChange::read(form)?,
            tax_exempt: if form.last("tax_exempt") == Some("") {
                Some(TaxExempt::None)
            } else {
                form.choice("tax_exempt")?
            },
            balance: form.integer("balance")?,
            invoice_prefix: form.text_up_to("invoice_prefix", 12)?,
            next_invoice_sequence: form.integer("next_invoice_sequence")?,
            footer: Change::read(form, "invoice_settings[footer]", MAX_TEXT_LENGTH)?,
        })
    }

    fn apply(self, work: &WorkContext<'_>, to: &mut Customer) -> StripeResult<()> {
        if work.account.customers.get(&to.id).is_some() {
            self.check_default(work, &to.id, None)?;
        }
        to.metadata = self.metadata.applied(&to.metadata)?;
        to.shipping = self.shipping.after(to.shipping.take());
        to.preferred_locales = self.preferred_locales.unwrap_or_else(|| to.preferred_locales.clone());
        self.default_payment_method.apply(&mut to.default_payment_method);
        to.tax_exempt = self.tax_exempt.unwrap_or(to.tax_exempt);
        to.balance = self.balance.unwrap_or(to.balance);
        to.invoice_prefix = self.invoice_prefix.or(to.invoice_prefix.take());
        to.next_invoice_sequence = self.next_invoice_sequence.unwrap_or(to.next_invoice_sequence);
        self.footer.apply(&mut to.footer);
        self.address.apply(&mut to.address);
        self.description.apply(&mut to.description);
        self.email.apply(&mut to.email);
        self.name.apply(&mut to.name);
        self.phone.apply(&mut to.phone);
        Ok(())
    }

    /// Refuses a PaymentMethod for invoices that is neither attached to the customer nor about to be
    /// attached by this call.
    fn check_default(
        &self,
        work: &WorkContext<'_>,
        customer: &str,
        attaching: Option<&str>,
    ) -> StripeResult<()> {
        let Change::Set(method) = &self.default_payment_method else {
            return Ok(());
        };
        match work.account.payment_methods.get(method) {
            Some(found) if found.customer() == Some(customer) || attaching == Some(method) => Ok(()),
            Some(_) => Err(not_attached(method)),
            None if method.starts_with("pm_card_") => Err(not_attached(method)),
            None => Err(StripeError::missing("PaymentMethod", method, DEFAULT_PAYMENT_METHOD).status(400)),
        }
    }
}

impl WorkContext<'_> {
    /// Refuses a missing or deleted customer, with status 400.
    pub(crate) fn require_customer(&self, id: &str) -> StripeResult<()> {
        self.existing_customer(id, "customer").map(|_| ()).map_err(|error| error.status(400))
    }

    /// A customer that exists and is not deleted; the refusal names `param`.
    pub(crate) fn existing_customer(&self, id: &str, param: &str) -> StripeResult<&Customer> {
        let found = self.account.customers.get(id).filter(|customer| !customer.deleted);
        found.ok_or_else(|| StripeError::missing("customer", id, param))
    }
}

/// The refusal of a PaymentMethod that is not attached to the customer.
fn not_attached(method: &str) -> StripeError {
    StripeError::invalid(format!(
        "The customer does not have a payment method with the ID {method}. The payment method must be attached to \
         the customer."
    ))
    .code("resource_missing")
    .param(DEFAULT_PAYMENT_METHOD)
}
