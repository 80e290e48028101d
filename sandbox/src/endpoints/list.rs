//! The list calls, with the filters that the caller sends.

use crate::collection::Collection;
use crate::endpoints::Plan;
use crate::endpoints::page::Page;
use crate::endpoints::payouts;
use crate::error::StripeResult;
use crate::expand::Kind;
use crate::form::Form;
use crate::index::IndexQuery;
use crate::objects::Object;
use crate::objects::payment_method::{AllowRedisplay, PaymentMethod};
use crate::objects::webhook_endpoint::WebhookEndpoint;
use crate::state::{Account, WorkContext};

/// A filter by a text parameter; an absent parameter matches every object.
struct Filter(Option<String>);

impl Filter {
    fn read(form: &Form, name: &str) -> StripeResult<Self> {
        Ok(Self(form.text(name)?.map(str::to_owned)))
    }

    /// The pair of field and value for the index, if the parameter was sent.
    fn indexed(&self, field: &'static str) -> Option<(&str, &str)> {
        self.0.as_deref().map(|value| (field, value))
    }

    fn fits(&self, text: &str) -> bool {
        self.0.as_deref().is_none_or(|wanted| wanted == text)
    }

    fn fits_optional(&self, text: Option<&str>) -> bool {
        self.0.is_none() || self.0.as_deref() == text
    }
}

/// Parses the call that lists a collection, with a filter.
fn list_objects<T: Object + Clone + 'static>(
    form: &Form,
    kind: Kind,
    at: (&'static str, &'static str),
    collection: fn(&Account) -> &Collection<T>,
    wanted: impl Fn(&T) -> bool + Send + 'static,
) -> StripeResult<Plan> {
    list_indexed(form, kind, at, (collection, IndexQuery::default()), wanted)
}

/// Parses the call that lists a collection, with a filter and the indexed part of the filter.
fn list_indexed<T: Object + Clone + 'static>(
    form: &Form,
    kind: Kind,
    (missing, url): (&'static str, &'static str),
    (collection, query): (fn(&Account) -> &Collection<T>, IndexQuery),
    wanted: impl Fn(&T) -> bool + Send + 'static,
) -> StripeResult<Plan> {
    let page = Page::read(form)?;
    let customer = form.text("customer")?.map(str::to_owned);
    Plan::list(form, kind, move |work| {
        if let Some(customer) = &customer {
            check_customer(work, customer)?;
        }
        page.select_indexed((collection(work.account), &query), wanted, work.render_context(), missing, url)
    })
}

/// Refuses to list the objects of a customer that never existed. A deleted customer is accepted.
fn check_customer(work: &WorkContext<'_>, id: &str) -> StripeResult<()> {
    if work.account.customers.get(id).is_some() {
        return Ok(());
    }
    work.require_customer(id)
}

/// Parses `GET /v1/payment_intents`, with the filter `customer`.
pub(crate) fn payment_intents(form: &Form) -> StripeResult<Plan> {
    let customer = Filter::read(form, "customer")?;
    let at = ("payment_intent", "/v1/payment_intents");
    let query = IndexQuery::all(customer.indexed("customer"));
    list_indexed(form, Kind::PaymentIntent, at, (|account| &account.payment_intents, query), move |intent| {
        customer.fits_optional(intent.terms.customer.as_deref())
    })
}

/// Parses `GET /v1/charges`, with the filters `customer`, `payment_intent` and `transfer_group`.
pub(crate) fn charges(form: &Form) -> StripeResult<Plan> {
    let (customer, intent) = (Filter::read(form, "customer")?, Filter::read(form, "payment_intent")?);
    let group = Filter::read(form, "transfer_group")?;
    let at = ("charge", "/v1/charges");
    let query = IndexQuery::all(
        [customer.indexed("customer"), intent.indexed("payment_intent"), group.indexed("transfer_group")]
            .into_iter()
            .flatten(),
    );
    list_indexed(form, Kind::Charge, at, (|account| &account.charges, query), move |charge| {
        customer.fits_optional(charge.customer.as_deref())
            && intent.fits(&charge.payment_intent)
            && group.fits_optional(charge.transfer_group.as_deref())
    })
}

/// Parses `GET /v1/refunds`, with the filters `charge` and `payment_intent`.
pub(crate) fn refunds(form: &Form) -> StripeResult<Plan> {
    let (charge, intent) = (Filter::read(form, "charge")?, Filter::read(form, "payment_intent")?);
    let at = ("refund", "/v1/refunds");
    let query =
        IndexQuery::all([charge.indexed("charge"), intent.indexed("payment_intent")].into_iter().flatten());
    list_indexed(form, Kind::Refund, at, (|account| &account.refunds, query), move |refund| {
        charge.fits(&refund.charge) && intent.fits(&refund.payment_intent)
    })
}

/// Parses `GET /v1/disputes`, with the filters `charge` and `payment_intent`.
pub(crate) fn disputes(form: &Form) -> StripeResult<Plan> {
    let (charge, intent) = (Filter::read(form, "charge")?, Filter::read(form, "payment_intent")?);
    let at = ("dispute", "/v1/disputes");
    let query =
        IndexQuery::all([charge.indexed("charge"), intent.indexed("payment_intent")].into_iter().flatten());
    list_indexed(form, Kind::Dispute, at, (|account| &account.disputes, query), move |dispute| {
        charge.fits(&dispute.charge) && intent.fits(&dispute.payment_intent)
    })
}

/// Parses `GET /v1/balance_transactions`, with the filters `currency`, `payout`, `source` and `type`.
pub(crate) fn balance_transactions(form: &Form) -> StripeResult<Plan> {
    let (currency, source) = (Filter::read(form, "currency")?, Filter::read(form, "source")?);
    let kind = Filter::read(form, "type")?;
    if let Some(payout) = form.text("payout")? {
        return payouts::transactions(form, payout);
    }
    let at = ("balance transaction", "/v1/balance_transactions");
    let query = IndexQuery::all(
        [currency.indexed("currency"), source.indexed("source"), kind.indexed("type")].into_iter().flatten(),
    );
    list_indexed(
        form,
        Kind::BalanceTransaction,
        at,
        (|account| &account.balance_transactions, query),
        move |transaction| {
            // Stripe finds no balance transaction by the id of a dispute.
            let of_dispute = source.0.is_some() && transaction.source.starts_with("du_");
            currency.fits(&transaction.currency)
                && source.fits(&transaction.source)
                && !of_dispute
                && kind.fits(transaction.kind.type_and_category().0)
        },
    )
}

/// Parses `GET /v1/setup_intents`, with the filters `customer` and `payment_method`.
pub(crate) fn setup_intents(form: &Form) -> StripeResult<Plan> {
    let (customer, method) = (Filter::read(form, "customer")?, Filter::read(form, "payment_method")?);
    let at = ("setupintent", "/v1/setup_intents");
    let query = IndexQuery::all(
        [customer.indexed("customer"), method.indexed("payment_method")].into_iter().flatten(),
    );
    list_indexed(form, Kind::SetupIntent, at, (|account| &account.setup_intents, query), move |intent| {
        customer.fits_optional(intent.customer.as_deref())
            && method.fits_optional(intent.payment_method.as_deref())
    })
}

/// Parses `GET /v1/webhook_endpoints`, which has no filters.
pub(crate) fn webhook_endpoints(form: &Form) -> StripeResult<Plan> {
    let at = ("webhook endpoint", "/v1/webhook_endpoints");
    let of_version_1 = |endpoint: &WebhookEndpoint| endpoint.destination.is_none();
    list_objects(form, Kind::WebhookEndpoint, at, |account| &account.webhook_endpoints, of_version_1)
}

/// Parses `GET /v1/customers`, with the filter `email`. Deleted customers are left out.
pub(crate) fn customers(form: &Form) -> StripeResult<Plan> {
    let email = Filter::read(form, "email")?;
    let at = ("customer", "/v1/customers");
    let query = IndexQuery::all(email.indexed("email"));
    list_indexed(form, Kind::Customer, at, (|account| &account.customers, query), move |customer| {
        !customer.deleted && email.fits_optional(customer.email.as_deref())
    })
}

/// Parses `GET /v1/payment_methods`, which answers an empty list unless a customer is named.
pub(crate) fn payment_methods(form: &Form) -> StripeResult<Plan> {
    let customer = form.text("customer")?.map(str::to_owned);
    payment_methods_of(form, customer, "customer", "/v1/payment_methods".to_owned())
}

/// Parses `GET /v1/customers/{customer}/payment_methods`, with the filters `type` and `allow_redisplay`.
pub(crate) fn payment_methods_of_customer(form: &Form, customer: &str) -> StripeResult<Plan> {
    let url = format!("/v1/customers/{customer}/payment_methods");
    payment_methods_of(form, Some(customer.to_owned()), "id", url)
}

fn payment_methods_of(
    form: &Form,
    customer: Option<String>,
    param: &'static str,
    url: String,
) -> StripeResult<Plan> {
    let page = Page::read(form)?;
    let kind = Filter::read(form, "type")?;
    let redisplay: Option<AllowRedisplay> = form.choice("allow_redisplay")?;
    Plan::list(form, Kind::PaymentMethod, move |work| {
        let mut methods = Collection::default();
        if let Some(customer) = &customer {
            let status = if param == "id" { 404 } else { 400 };
            work.existing_customer(customer, param).map_err(|error| error.status(status))?;
            for method in work.account.methods_of_customer(customer) {
                methods.put(method);
            }
        }
        let wanted = |method: &PaymentMethod| {
            kind.fits(method.instrument.type_name())
                && redisplay.is_none_or(|wanted| method.allow_redisplay == wanted)
        };
        page.select(&methods, wanted, work.render_context(), "payment_method", &url)
    })
}

impl Account {
    /// A customer's PaymentMethods, in the order of creation.
    pub(crate) fn methods_of_customer(&self, customer: &str) -> Vec<PaymentMethod> {
        let query = IndexQuery::all([("customer", customer)]);
        let found = self.payment_methods.found(&query);
        let mut methods: Vec<_> =
            found.filter(|method| method.customer() == Some(customer)).cloned().collect();
        methods.reverse();
        methods
    }
}
