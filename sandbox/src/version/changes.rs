//! The table of all differences between the versions that the sandbox plays.

use crate::stripe_enum::StripeEnum;
use crate::version::Version;

/// A change of Stripe's API, as far as the change concerns what the sandbox plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// A PaymentIntent no longer shows the charges.
    NoCharges,
    /// A charge no longer shows the refunds.
    NoRefunds,
    /// The default types of PaymentMethods are those of the dashboard instead of cards.
    DashboardTypes,
    /// The default time of the capture is `automatic_async` instead of `automatic`.
    AsynchronousCapture,
    /// The release of a hold is no longer shown as a refund.
    ReleaseIsNoRefund,
    /// A hold that lapsed is canceled with the reason `expired` instead of `automatic`.
    ReasonExpired,
    /// PaymentIntents and charges no longer show `invoice`.
    NoInvoice,
    /// Intents take `allowed_payment_method_types`.
    AllowedTypes,
    /// Intents no longer take `payment_method_types`.
    NoListedTypes,
    /// The mandate of a charged card can be expanded.
    ExpandableCardMandate,
}

/// The part of a call that a change concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// The parameters of a request.
    Request,
    /// Answers, and the objects in events.
    Answer,
}

/// A row of the table.
#[derive(Debug)]
pub(crate) struct Row {
    /// The first version with the new behaviour.
    pub(crate) since: Version,
    /// The part of a call that the change concerns.
    pub(crate) side: Side,
    /// The change that this row describes.
    pub(crate) change: Change,
    /// The change in a few words, for the documentation.
    pub(crate) text: &'static str,
}

const fn row(since: Version, side: Side, change: Change, text: &'static str) -> Row {
    Row { since, side, change, text }
}

/// Every difference, in the order of the versions.
#[rustfmt::skip]
pub(crate) const CHANGES: &[Row] = &[
    row(Version::V2022_11_15, Side::Answer, Change::NoCharges, "a PaymentIntent no longer has `charges`, the list of its charges, which could be expanded"),
    row(Version::V2022_11_15, Side::Answer, Change::NoRefunds, "a charge shows `refunds` only where it is expanded"),
    row(Version::V2023_08_16, Side::Request, Change::DashboardTypes, "an intent that names no types takes those of the dashboard, and its confirmation needs a `return_url`; before, it took cards"),
    row(Version::V2024_06_20, Side::Request, Change::AsynchronousCapture, "`capture_method` is `automatic_async` unless sent (since 2024-04-10); before, it was `automatic`"),
    row(Version::Basil2025_03_31, Side::Answer, Change::ReleaseIsNoRefund, "what is released of a hold does not count in `amount_refunded` and `refunded` of the charge, and `amount_captured` of a canceled hold is 0 instead of null"),
    row(Version::Basil2025_03_31, Side::Answer, Change::ReasonExpired, "`cancellation_reason` of a hold that lapsed is `expired`; before, it was `automatic`"),
    row(Version::Basil2025_03_31, Side::Answer, Change::NoInvoice, "PaymentIntents and charges no longer have `invoice`, which was null"),
    row(Version::Dahlia2026_08_26, Side::Request, Change::AllowedTypes, "intents take `allowed_payment_method_types` (since 2026-07-29.dahlia); that it is unknown before is inferred"),
    row(Version::Endive2026_09_30, Side::Request, Change::NoListedTypes, "intents refuse `payment_method_types` (`payment_method_types_no_longer_supported`; the words are inferred)"),
    row(Version::Endive2026_09_30, Side::Request, Change::ExpandableCardMandate, "`expand[]` takes `payment_method_details.card.mandate` of a charge"),
];

impl Version {
    /// Whether this version has a change.
    pub(crate) fn has(self, change: Change) -> bool {
        let since = CHANGES.iter().find(|row| row.change == change).map(|row| row.since);
        since.is_none_or(|since| since.position() <= self.position())
    }

    /// Whether answers of this version differ from the shapes that the sandbox's objects have.
    pub(crate) fn has_earlier_answers(self) -> bool {
        CHANGES.iter().any(|row| row.side == Side::Answer && !self.has(row.change))
    }

    /// The position in the order of the versions.
    fn position(self) -> usize {
        Self::ALL.iter().position(|version| *version == self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_has_all_changes_up_to_its_own() {
        assert!(!Version::V2020_08_27.has(Change::NoCharges));
        assert!(Version::V2022_11_15.has(Change::NoCharges));
        assert!(!Version::V2022_11_15.has(Change::DashboardTypes));
        assert!(!Version::Dahlia2026_08_26.has(Change::NoListedTypes));
        assert!(CHANGES.iter().all(|row| Version::Endive2026_10_28.has(row.change)));
        assert!(CHANGES.iter().all(|row| !Version::V2020_08_27.has(row.change)));
        let positions: Vec<usize> = CHANGES.iter().map(|row| row.since.position()).collect();
        assert!(positions.is_sorted(), "{positions:?}");
    }

    #[test]
    fn only_versions_before_basil_have_earlier_answers() {
        let earlier: Vec<Version> =
            Version::ALL.iter().copied().filter(|one| one.has_earlier_answers()).collect();
        assert_eq!(earlier.last(), Some(&Version::V2024_06_20));
        assert_eq!(earlier.len(), 5);
    }
}
