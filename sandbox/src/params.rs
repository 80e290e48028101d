//! Typed access to the parameters, with Stripe's refusals for values that do not fit.

use crate::description::{refuse_empty, refuse_missing};
use crate::error::{StripeError, StripeResult};
use crate::form::Form;
use crate::stripe_enum::{StripeEnum, alternatives, stripe_enum};
use crate::text_checks::check_length;

stripe_enum! {
    /// A boolean as a form carries the value.
    Flag {
        /// The boolean value true.
        Yes = "true",
        /// The boolean value false.
        No = "false",
    }
}

impl Flag {
    /// The boolean of a text: `true` or `false`, or `True` or `False` as older clients for Python send.
    pub(crate) fn read(text: &str) -> Option<bool> {
        let spelled = match text {
            "True" => Some(Self::Yes),
            "False" => Some(Self::No),
            _ => Self::parse(text),
        };
        spelled.map(|flag| flag == Self::Yes)
    }
}

impl Form {
    /// A text that has to be present. Absence is refused as a missing parameter.
    pub(crate) fn required(&self, name: &str) -> StripeResult<&str> {
        self.text(name)?.ok_or_else(|| refuse_missing(name))
    }

    /// An optional text. An empty text is refused.
    pub(crate) fn text(&self, name: &str) -> StripeResult<Option<&str>> {
        match self.last(name) {
            Some("") => Err(refuse_empty(name)),
            other => Ok(other),
        }
    }

    /// An optional text of at most `max` characters, as an owned string.
    pub(crate) fn text_up_to(&self, name: &str, max: usize) -> StripeResult<Option<String>> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        check_length(text, name, max)?;
        Ok(Some(text.to_owned()))
    }

    /// An optional whole number of at least one.
    pub(crate) fn positive(&self, name: &str) -> StripeResult<Option<u64>> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        let refusal =
            |message: String| StripeError::invalid(message).code("parameter_invalid_integer").param(name);
        match text.parse::<i128>() {
            Err(_) => Err(refusal(format!("Invalid integer: {text}"))),
            Ok(number) if number < 1 => {
                Err(refusal("This value must be greater than or equal to 1.".to_owned()))
            }
            Ok(number) => {
                u64::try_from(number).map(Some).map_err(|_| refusal(format!("Invalid integer: {text}")))
            }
        }
    }

    /// An optional moment in unix seconds.
    pub(crate) fn integer(&self, name: &str) -> StripeResult<Option<i64>> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        text.parse().map(Some).map_err(|_| {
            StripeError::invalid(format!("Invalid integer: {text}"))
                .code("parameter_invalid_integer")
                .param(name)
        })
    }

    /// An optional boolean, `true` or `false`.
    pub(crate) fn flag(&self, name: &str) -> StripeResult<Option<bool>> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        let refused = || StripeError::invalid(format!("Invalid boolean: {text}")).param(name);
        Flag::read(text).map(Some).ok_or_else(refused)
    }

    /// An optional word of an enum. The refusal lists the possible words.
    pub(crate) fn choice<T: StripeEnum>(&self, name: &str) -> StripeResult<Option<T>> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        T::parse(text).map(Some).ok_or_else(|| {
            StripeError::invalid(format!("Invalid {name}: must be one of {}", alternatives::<T>()))
                .param(name)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: &str, expected: Result<u64, &str>) {
        let form = Form::decode(format!("amount={value}").as_bytes());
        let read = form.positive("amount").map(Option::unwrap).map_err(|error| error.as_last_error());
        match (read, expected) {
            (Ok(number), expected) => assert_eq!(Ok(number), expected, "{value}"),
            (Err(error), Err(code)) => assert_eq!(error["code"], code, "{value}"),
            (Err(error), Ok(_)) => panic!("{value} was refused: {error}"),
        }
    }

    #[test]
    fn amounts_are_whole_numbers_of_at_least_one() {
        check("1", Ok(1));
        check("18446744073709551615", Ok(u64::MAX));
        check("18446744073709551616", Err("parameter_invalid_integer"));
        check("0", Err("parameter_invalid_integer"));
        check("-5", Err("parameter_invalid_integer"));
        check("12.50", Err("parameter_invalid_integer"));
        check("1e3", Err("parameter_invalid_integer"));
        check("", Err("parameter_invalid_empty"));
    }
}
