"""Active Merchant's remote tests: PaymentIntents and SetupIntents in steps, stored cards, and the bank's checks."""

import uuid

from gateway import Card
from purchases import (
    ALWAYS,
    BACK,
    DECLINED,
    MANUAL,
    OFF_SESSION_CARD,
    ON_SETUP,
    OPTIONAL_CARD,
    PROOF,
    SET_UP,
    TESTS,
    THREE_DS,
    THREE_DS_CARD,
    UNEXPECTED,
    VISA,
    VISA_CARD,
    captured,
    same,
    test,
)


@test
def create_payment_intent_manual_capture_method(gateway, _):
    same(gateway.create_intent(2000, None, capture_method="manual").at("capture_method"), "manual")


@test
def create_payment_intent_manual_confimation_method(gateway, _):
    same(gateway.create_intent(2000, None, confirmation_method="manual").at("confirmation_method"), "manual")


@test
def create_payment_intent_with_customer(gateway, jenny):
    same(gateway.create_intent(2000, None, customer=jenny).at("customer"), jenny)


@test
def create_payment_intent_with_credit_card(gateway, jenny):
    same(gateway.create_intent(2000, THREE_DS_CARD, customer=jenny).at("object"), "payment_intent")


@test
def create_payment_intent_with_return_url(gateway, jenny):
    waiting = gateway.create_intent(2000, THREE_DS_CARD, customer=jenny, confirm=True, execute_threed=True, **BACK)
    same(waiting.at("next_action", "redirect_to_url", "return_url"), "https://www.example.com")


@test
def create_payment_intent_with_setup_future_usage(gateway, jenny):
    made = gateway.create_intent(2000, THREE_DS_CARD, customer=jenny, setup_future_usage="on_session")
    same(made.at("setup_future_usage"), "on_session")


@test
def unauthenticated_authorize_with_off_session(gateway, jenny):
    same(gateway.authorize(2000, THREE_DS_CARD, customer=jenny, off_session=True).success, False)


def setups(name, **options):
    def play(gateway, _):
        for method in (THREE_DS_CARD, SET_UP):
            waiting = gateway.setup(method, confirm=True, execute_threed=True, **BACK, **options)
            same((waiting.at("status"), waiting.at("next_action", "type")), ("requires_action", "redirect_to_url"))
            if options:
                same(waiting.at("payment_method_options", "card", "request_three_d_secure"), "any")
            found = gateway.found_setup(waiting.id)
            card = found.at("latest_attempt", "payment_method_details", "card")
            same((found.at("status"), bool(card), card.get("network_transaction_id")), ("requires_action", True, None))

    play.__name__ = name
    TESTS.append(play)


setups("create_setup_intent_with_setup_future_usage (but for the host of the bank's page)")
setups("create_setup_intent_with_request_three_d_secure (but for the host of the bank's page)", request_three_d_secure="any")


@test
def retrieving_error_for_non_existant_setup_intent(gateway, _):
    missing = gateway.found_setup("seti_does_not_exist")
    same((missing.at("error", "code"), missing.message), ("resource_missing", "No such setupintent: 'seti_does_not_exist'"))


@test
def unauthenticated_authorize_with_off_session_requires_capture(gateway, _):
    for method in (OFF_SESSION_CARD, SET_UP):
        held = gateway.authorize(2000, method, setup_future_usage="off_session", execute_threed=True, three_d_secure=PROOF)
        same(held.at("status"), "requires_capture", held.message)
        same(bool(held.charge["payment_method_details"]["card"]["network_transaction_id"]), True)


@test
def purchase_fails_on_unexpected_3ds_initiation(gateway, jenny):
    refused = gateway.purchase(100, THREE_DS_CARD, customer=jenny, **BACK)
    same((refused.success, refused.message[: len(UNEXPECTED)]), (False, UNEXPECTED))


@test
def create_payment_intent_with_shipping_address(gateway, jenny):
    made = gateway.create_intent(2000, None, customer=jenny, shipping={"address": {"line1": "1 Test Ln", "city": "Durham"}, "name": "John Doe"})
    same((bool(made.at("shipping", "address")), made.at("shipping", "name")), (True, "John Doe"))


@test
def create_payment_intent_with_billing_address(gateway, jenny):
    details = {"address": {"city": "Ottawa", "country": "CA", "line1": "456 My Street"}, "email": "jim@widgets.inc", "name": "Jim Smith"}
    made = gateway.create_intent(2000, VISA_CARD, customer=jenny, billing_details=details, confirm=True)
    shown = made.charge["billing_details"]
    same((shown["address"]["city"], shown["email"]), ("Ottawa", "jim@widgets.inc"))


@test
def create_payment_intent_with_name_if_billing_address_absent(gateway, jenny):
    made = gateway.create_intent(2000, VISA_CARD, customer=jenny, confirm=True)
    same(made.charge["billing_details"]["name"], "Longbob Longsen")


@test
def create_a_payment_intent_and_confirm(gateway, jenny):
    made = gateway.create_intent(2000, THREE_DS, currency="GBP", customer=jenny, **MANUAL, **BACK)
    same((made.at("status"), gateway.show(made.id).at("status")), ("requires_confirmation", "requires_confirmation"))
    same(gateway.confirm(made.id, None, return_url="https://example.com/return-to-me").at("next_action", "type"), "redirect_to_url")


@test
def create_a_payment_intent_and_manually_capture(gateway, jenny):
    held = gateway.create_intent(2000, VISA, currency="GBP", customer=jenny, confirm=True, **MANUAL)
    taken = gateway.capture(2000, held.id)
    same((held.at("status"), taken.at("status"), taken.charge["outcome"]["seller_message"]), ("requires_capture", "succeeded", "Payment complete."))


@test
def failed_create_a_payment_intent_with_set_error_on_requires_action(gateway, jenny):
    refused = gateway.create_intent(2000, THREE_DS_CARD, currency="GBP", customer=jenny, confirm=True, error_on_requires_action=True)
    same("This payment required an authentication action to complete, but `error_on_requires_action` was set." in refused.message, True, refused.message)


@test
def amount_localization(gateway, jenny):
    held = gateway.create_intent(2000, VISA, currency="XPF", customer=jenny, confirm=True, **MANUAL)
    taken = gateway.capture(2000, held.id)
    same((taken.at("status"), taken.at("amount")), ("succeeded", 2000))


@test
def create_a_payment_intent_and_automatically_capture(gateway, jenny):
    bought = gateway.create_intent(2000, VISA, currency="GBP", customer=jenny, confirm=True, confirmation_method="manual")
    same((bought.at("next_action"), bought.at("status"), bought.charge["outcome"]["seller_message"]), (None, "succeeded", "Payment complete."))


@test
def failed_capture_after_creation(gateway, jenny):
    refused = gateway.create_intent(2000, DECLINED, currency="GBP", customer=jenny, confirm=True, confirmation_method="manual")
    same((refused.at("error", "payment_intent", "status"), refused.charge["captured"]), ("requires_payment_method", False))


@test
def create_a_payment_intent_and_update(gateway, jenny):
    made = gateway.create_intent(2000, VISA, currency="XPF", customer=jenny, **MANUAL)
    changed = gateway.update(2500, made.id, payment_method_types=["card"])
    same((changed.at("amount"), changed.at("status")), (2500, "requires_confirmation"), changed.message)


@test
def create_a_payment_intent_and_confirm_with_different_payment_method(gateway, _):
    made = gateway.create_intent(2000, None, payment_method_types=["afterpay_clearpay"], metadata={"key_1": "value_1"})
    same((made.at("status"), made.at("payment_method_types", 0)), ("requires_payment_method", "afterpay_clearpay"))
    same(gateway.confirm(made.id, VISA, payment_method_types=["card"]).at("payment_method_types", 0), "card")


@test
def create_a_payment_intent_and_void(gateway, jenny):
    held = gateway.create_intent(2000, VISA, currency="GBP", customer=jenny, confirm=True, **MANUAL)
    gone = gateway.void(held.id, "requested_by_customer")
    same((gone.charge["amount_refunded"], gone.at("status"), gone.at("cancellation_reason")), (2000, "canceled", "requested_by_customer"))


@test
def create_a_payment_intent_and_void_requires_unique_idempotency_key(gateway, jenny):
    key = uuid.uuid4().hex
    made = gateway.create_intent(2000, THREE_DS, currency="GBP", customer=jenny, idempotency_key=key, **MANUAL)
    refused = gateway.void(made.id, "requested_by_customer", idempotency_key=key)
    same(refused.message.startswith("Keys for idempotent requests can only be used for the same endpoint they were first used for"), True, refused.message)
    same(gateway.void(made.id, "requested_by_customer", idempotency_key=f"{key}-auto-void").at("status"), "canceled")


@test
def failed_void_after_capture(gateway, jenny):
    bought = gateway.create_intent(2000, VISA, currency="GBP", customer=jenny, confirm=True, confirmation_method="manual")
    begin = "You cannot cancel this PaymentIntent because it has a status of succeeded. Only a PaymentIntent with"
    same(gateway.void(bought.id, "requested_by_customer").message[: len(begin)], begin)


@test
def refund_a_payment_intent(gateway, jenny):
    held = gateway.create_intent(2000, VISA, currency="GBP", customer=jenny, confirm=True, **MANUAL)
    gateway.capture(2000, held.id)
    refund = gateway.refund(1980, held.id)
    same((refund.at("object"), refund.at("charge", "amount_refunded"), refund.at("charge", "captured")), ("refund", 1980, True))


@test
def refund_when_payment_intent_not_captured(gateway, jenny):
    held = gateway.create_intent(2000, VISA, currency="GBP", customer=jenny, confirm=True, **MANUAL)
    same(gateway.refund(1980, held.id).success, False)


@test
def refund_when_payment_intent_requires_action(gateway, jenny):
    waiting = gateway.create_intent(2000, ALWAYS, currency="GBP", customer=jenny, confirm=True, **MANUAL)
    same(waiting.at("status"), "requires_action")
    same("has a status of requires_action" in gateway.refund(1980, waiting.id).message, True)


@test
def successful_store_purchase_and_unstore(gateway, _):
    stored = gateway.store(VISA_CARD)
    authorization = f"{stored.at('customer')}|{stored.id}"
    captured(gateway.purchase(2000, authorization, currency="GBP"))
    same(gateway.unstore(authorization).at("customer"), None)


@test
def successful_store_with_idempotency_key(gateway, _):
    key = uuid.uuid4().hex
    first, second = gateway.store(VISA_CARD, idempotency_key=key), gateway.store(VISA_CARD, idempotency_key=key)
    same((first.success, second.id, second.at("customer")), (True, first.id, first.at("customer")))


@test
def successful_verify(gateway, jenny):
    same(gateway.setup(VISA_CARD, customer=jenny, confirm=True).at("status"), "succeeded")


@test
def failed_verify(gateway, jenny):
    same(gateway.setup(DECLINED, customer=jenny, confirm=True).message, "Your card was declined.")


@test
def moto_enabled_card_requires_action_when_not_marked(gateway, _):
    same(gateway.purchase(2000, ON_SETUP, currency="GBP").at("status"), "requires_action")


@test
def certain_cards_require_action_even_when_marked_as_moto(gateway, _):
    message = "Your card was declined. This transaction requires authentication."
    same(gateway.purchase(2000, ALWAYS, currency="GBP", moto=True).message, message)


@test
def request_three_d_secure(gateway, _):
    asked = gateway.purchase(2000, OPTIONAL_CARD, currency="GBP", request_three_d_secure="any")
    same((asked.at("status"), gateway.purchase(2000, OPTIONAL_CARD, currency="GBP").at("status")), ("requires_action", "succeeded"))


@test
def setup_purchase(gateway, _):
    made = gateway.create_intent(2000, None, payment_method_types=["afterpay_clearpay", "card"], metadata={"key_1": "value_1"})
    same((made.at("status"), made.at("metadata", "key_1"), made.at("client_secret")[:3]), ("requires_payment_method", "value_1", "pi_"))


@test
def succeeded_cvc_check(gateway, _):
    same(gateway.purchase(2000, VISA_CARD).charge["payment_method_details"]["card"]["checks"]["cvc_check"], "pass")


@test
def failed_cvc_check(gateway, _):
    same(gateway.purchase(2000, "pm_card_cvcCheckFail").charge["payment_method_details"]["card"]["checks"]["cvc_check"], "fail")


@test
def failed_avs_check(gateway, _):
    checks = gateway.purchase(2000, "pm_card_avsFail").charge["payment_method_details"]["card"]["checks"]
    same((checks["address_line1_check"], checks["address_postal_code_check"]), ("fail", "fail"))


@test
def successful_purchase_with_card_brand(gateway, jenny):
    bought = gateway.purchase(2000, Card("4000002500001001"), currency="USD", customer=jenny, card={"network": "cartes_bancaires"})
    captured(bought)
    same(bought.at("payment_method_options", "card", "network"), "cartes_bancaires")
