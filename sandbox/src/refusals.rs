//! Refusals before any endpoint: the refusals that faults demand, and bodies that are not forms.

use crate::error::{StripeError, StripeResult};
use crate::fault::Fault;
use crate::idempotency::in_use;

/// Refuses the call if a fault demands a refusal without an effect. The refusal is not stored under the
/// idempotency key.
pub(crate) fn by_fault(fault: Option<Fault>, key: Option<&str>) -> StripeResult<()> {
    let Some(fault) = fault else { return Ok(()) };
    Err(match fault {
        Fault::RateLimited { .. } => StripeError::invalid(
            "Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits.",
        )
        .status(429)
        .code("rate_limit"),
        Fault::LockTimeout => StripeError::invalid(
            "This object can't be accessed right now because another API request or Stripe process is \
             currently accessing it. If you see this error intermittently, retry the request. If you see \
             this error frequently and are making multiple concurrent requests to a single object, make your \
             requests serially or at a lower rate. For more details, see \
             https://stripe.com/docs/rate-limits#object-lock-timeouts.",
        )
        .status(429)
        .code("lock_timeout"),
        Fault::KeyInUse => in_use(key.unwrap_or_default()),
        Fault::BadGateway => api_error(502),
        Fault::Unavailable | Fault::ShouldRetry(_) => api_error(503),
        Fault::GatewayTimeout => api_error(504),
        Fault::RefuseBefore
        | Fault::LoseAnswer
        | Fault::CutBody
        | Fault::ServerError { .. }
        | Fault::SlowBefore(_)
        | Fault::SlowAfter(_)
        | Fault::BlackHole { .. }
        | Fault::BrokenJson
        | Fault::Html
        | Fault::Truncated
        | Fault::Huge { .. }
        | Fault::WrongObject => return Ok(()),
    })
}

/// The additional headers of a refusal.
pub(crate) fn headers(fault: Option<Fault>, error: &StripeError) -> Vec<(&'static str, String)> {
    let mut headers = vec![];
    if error.status == 401 {
        headers.push(("www-authenticate", "Basic realm=\"Stripe\"".to_owned()));
    }
    if let (429, Some(Fault::RateLimited { reason })) = (error.status, fault) {
        headers.push(("stripe-rate-limited-reason", reason.as_str().to_owned()));
    }
    if let (503, Some(Fault::ShouldRetry(retry))) = (error.status, fault) {
        headers.push(("stripe-should-retry", retry.to_string()));
    }
    headers
}

/// The refusal of every call after the state could not be written, with status 500. An effect of the call is
/// gone after a restart.
pub(crate) fn state_not_kept(reason: &str) -> StripeError {
    StripeError::new(500, "api_error", format!("The sandbox cannot keep its state: {reason}")).bare()
}

/// Stripe's internal error, with status 500. The outcome of the call is unknown.
pub(crate) fn server_error() -> StripeError {
    api_error(500)
}

/// Refuses a body that is not a form.
pub(crate) fn by_content_type(kind: Option<&str>, body: &[u8]) -> StripeResult<()> {
    let form =
        kind.is_none_or(|kind| kind.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded"));
    if form || body.is_empty() {
        return Ok(());
    }
    Err(StripeError::invalid(
        "Invalid request (check that your POST content type is application/x-www-form-urlencoded). If you have \
         any questions, we can help at https://support.stripe.com/.",
    )
    .bare())
}

fn api_error(status: u16) -> StripeError {
    StripeError::new(
        status,
        "api_error",
        "Sorry, there was a problem on Stripe's end. We've been notified of the problem. Please try again.",
    )
}
