//! The list of all collections of an account. Each collection is stored, restored and recorded; a collection
//! of an account that is missing in the list does not compile.

use std::ops::Deref;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::events::Event;
use crate::objects::Object;
use crate::objects::account::AccountSettings;
use crate::objects::balance::Balance;
use crate::objects::balance_transaction::BalanceTransaction;
use crate::objects::charge::Charge;
use crate::objects::confirmation_token::ConfirmationToken;
use crate::objects::customer::Customer;
use crate::objects::dispute::Dispute;
use crate::objects::early_fraud_warning::EarlyFraudWarning;
use crate::objects::mandate::Mandate;
use crate::objects::payment_intent::PaymentIntent;
use crate::objects::payment_method::PaymentMethod;
use crate::objects::payment_method_domain::PaymentMethodDomain;
use crate::objects::payout::Payout;
use crate::objects::refund::Refund;
use crate::objects::review::Review;
use crate::objects::setup_attempt::SetupAttempt;
use crate::objects::setup_intent::SetupIntent;
use crate::objects::thin_event::ThinEvent;
use crate::objects::token::Token;
use crate::objects::webhook_endpoint::WebhookEndpoint;
use crate::state::Account;
use crate::storage::batch::Change;
use crate::storage::touched::AccountRecorder;

/// Declares the kinds of stored objects, from the collections of an account.
macro_rules! collections {
    ($($collection:ident: $object:ident,)+) => {
        /// A kind of object, which has a collection in each account.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub(crate) enum ObjectKind { $($object,)+ }

        /// An object at one moment, as events show the object and as the state is stored.
        #[derive(Clone, Debug, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub(crate) enum Snapshot { $($object(Arc<$object>),)+ }

        $(impl From<Arc<$object>> for Snapshot {
            fn from(object: Arc<$object>) -> Self {
                Self::$object(object)
            }
        })+

        impl Deref for Snapshot {
            type Target = dyn Object;

            fn deref(&self) -> &Self::Target {
                match self { $(Self::$object(object) => object.as_ref(),)+ }
            }
        }

        impl Account {
            /// Records every change from now on.
            pub(crate) fn record_changes(&mut self, recorder: &AccountRecorder) {
                let Self { mode: _, outbox: _, idempotency_keys, schedule, $($collection,)+ } = self;
                $($collection.record_changes(recorder.of(ObjectKind::$object));)+
                idempotency_keys.record_changes(recorder.clone());
                schedule.record_changes(recorder.clone());
            }

            /// The changes that build this account from an empty account. Idempotency keys that are too old
            /// are left out.
            pub(crate) fn all_changes(&self, now: Timestamp) -> Vec<Change> {
                let Self { mode: _, outbox: _, idempotency_keys, schedule, $($collection,)+ } = self;
                let mut changes = vec![];
                $(changes.extend(
                    $collection.snapshots().map(|object| Change::Put(Snapshot::$object(object)))
                );)+
                changes.extend(idempotency_keys.answered(now).map(|(key, record)| Change::Key(key, record)));
                changes.extend(schedule.iter().map(|(at, work)| Change::Scheduled(*at, work.clone())));
                changes
            }

            /// The current state of an object.
            pub(crate) fn snapshot(&self, kind: ObjectKind, id: &str) -> Option<Snapshot> {
                match kind {
                    $(ObjectKind::$object => self.$collection.snapshot(id).map(Snapshot::$object),)+
                }
            }

            /// Adds or replaces a stored object.
            pub(crate) fn put_stored(&mut self, object: Snapshot) {
                match object { $(Snapshot::$object(object) => self.$collection.put_shared(object),)+ }
            }

            /// Removes an object that was removed before the restart.
            pub(crate) fn remove_stored(&mut self, kind: ObjectKind, id: &str) {
                match kind { $(ObjectKind::$object => drop(self.$collection.remove(id)),)+ }
            }

            /// Removes the objects of one kind that were created before a moment.
            pub(crate) fn remove_stored_before(&mut self, kind: ObjectKind, moment: i64) {
                match kind { $(ObjectKind::$object => self.$collection.remove_created_before(moment),)+ }
            }
        }
    };
}

collections! {
    account_settings: AccountSettings,
    payment_intents: PaymentIntent,
    charges: Charge,
    refunds: Refund,
    disputes: Dispute,
    balance_transactions: BalanceTransaction,
    balances: Balance,
    payouts: Payout,
    reviews: Review,
    early_fraud_warnings: EarlyFraudWarning,
    payment_method_domains: PaymentMethodDomain,
    payment_methods: PaymentMethod,
    customers: Customer,
    setup_intents: SetupIntent,
    setup_attempts: SetupAttempt,
    mandates: Mandate,
    tokens: Token,
    confirmation_tokens: ConfirmationToken,
    events: Event,
    thin_events: ThinEvent,
    webhook_endpoints: WebhookEndpoint,
}
