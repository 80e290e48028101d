"""Active Merchant's remote tests: purchases. Each is one of its tests: the name, the calls, and what it asserts."""

import uuid

from gateway import Card, Gateway

VISA, DECLINED, ALWAYS = "pm_card_visa", "pm_card_chargeDeclined", "pm_card_authenticationRequired"
THREE_DS, ON_SETUP, SET_UP = "pm_card_threeDSecure2Required", "pm_card_authenticationRequiredOnSetup", "pm_card_authenticationRequiredSetupForOffSession"
VISA_CARD, THREE_DS_CARD, OPTIONAL_CARD = Card("4242424242424242"), Card("4000000000003220"), Card("4000000000003055")
EXTERNAL_CARD, OFF_SESSION_CARD = Card("4000002760003184"), Card("4000002500003155")
PROOF = {"version": "2.1.0", "electronic_commerce_indicator": "02", "cryptogram": "jJ81HADVRtXfCBATEp01CJUAAAA=", "transaction_id": "f879ea1c-aa2c-4441-806d-e30406466d79"}
OLD_PROOF = {"version": "1.0.2", "electronic_commerce_indicator": "05", "cryptogram": "4BQwsg4yuKt0S1LI1nDZTcO9vUM=", "transaction_id": "d+NEBKSpEMauwleRhdrDY06qj4A="}
UNEXPECTED = "Received unexpected 3DS authentication response"
BACK = {"return_url": "https://www.example.com"}
MANUAL = {"confirmation_method": "manual", "capture_method": "manual"}
TESTS = []


def test(play):
    TESTS.append(play)
    return play


def same(seen, expected, what=""):
    if seen != expected:
        raise AssertionError(f"{what} {seen!r}, and {expected!r} was expected".strip())


def captured(reply, status="succeeded"):
    same((reply.at("status"), reply.charge["captured"]), (status, status == "succeeded"), reply.message)


def paid(name, method, **options):
    """A purchase that has to succeed."""

    def play(gateway, jenny):
        given = {key: jenny if value is Gateway else value for key, value in options.items()}
        captured(gateway.purchase(2000, method, currency="GBP", **given))

    play.__name__ = name
    TESTS.append(play)


paid("successful_purchase", VISA, customer=Gateway)
paid("successful_purchase_with_shipping_address", VISA, shipping={"address": {"line1": "block C", "city": "San Diego"}, "name": "John Adam"})
paid("successful_purchase_with_external_auth_data_3ds_1", EXTERNAL_CARD, three_d_secure=OLD_PROOF)
paid("successful_purchase_with_external_auth_data_3ds_2", EXTERNAL_CARD, three_d_secure=PROOF)
paid("successful_purchase_with_customer_token_and_external_auth_data_3ds_2", ALWAYS, customer=Gateway, three_d_secure=PROOF)
paid("successful_purchase_with_radar_session", VISA_CARD, radar_options={"session": "rse_1JXSfZAWOtgoysogUpPJa4sm"})
paid("successful_create_a_payment_intent_with_set_error_on_requires_action", VISA, customer=Gateway, error_on_requires_action=True)
paid("moto_enabled_card_succeeds_when_marked", ON_SETUP, moto=True)


def by_merchant(name, methods, **options):
    """Purchases without the customer, by an agreement that was made elsewhere."""

    def play(gateway, _):
        for method in methods:
            bought = gateway.purchase(2000, method, currency="USD", execute_threed=True, **options)
            captured(bought)
            same(bool(bought.charge["payment_method_details"]["card"]["network_transaction_id"]), True)

    play.__name__ = name
    TESTS.append(play)


NTID = {"mit_exemption": {"network_transaction_id": "1098510912210968"}}
by_merchant("purchase_sends_network_transaction_id_separate_from_stored_creds", [VISA_CARD, SET_UP], off_session=True, card=NTID)
by_merchant(
    "purchase_works_with_stored_credentials",
    [OFF_SESSION_CARD, SET_UP],
    off_session=True,
    card={"mit_exemption": {"network_transaction_id": "1098510912210968", "ds_transaction_id": "null"}},
)
by_merchant("purchase_works_with_stored_credentials_without_optional_ds_transaction_id", [OFF_SESSION_CARD, SET_UP], off_session=True, card=NTID)
by_merchant("succeeds_with_ntid_in_stored_credentials_and_separately", [VISA_CARD, SET_UP], off_session=True, card=NTID)
by_merchant("succeeds_with_initial_cit", [VISA_CARD], card={"stored_credential_transaction_type": "setup_off_session_unscheduled"})
by_merchant("succeeds_with_mit", [VISA_CARD], card={"stored_credential_transaction_type": "stored_off_session_recurring", **NTID})
by_merchant("succeeds_with_mit_3ds_required", [SET_UP], card={"stored_credential_transaction_type": "stored_off_session_unscheduled", **NTID})
CLAIMED = {"mit_exemption": {"claim_without_transaction_id": True}}
by_merchant("successful_off_session_purchase_when_claim_without_transaction_id_present", [OFF_SESSION_CARD, SET_UP], off_session=True, card=CLAIMED)
by_merchant(
    "successful_off_session_purchase_with_authentication_when_claim_without_transaction_id_is_false",
    [SET_UP],
    off_session=True,
    card={"mit_exemption": {"claim_without_transaction_id": False}},
)


@test
def succeeds_with_initial_cit_3ds_required(gateway, _):
    card = {"stored_credential_transaction_type": "setup_off_session_unscheduled"}
    same(gateway.purchase(2000, SET_UP, execute_threed=True, card=card).at("status"), "requires_action")



@test
def authorization_and_void(gateway, jenny):
    held = gateway.authorize(2000, VISA, currency="GBP", customer=jenny)
    captured(held, "requires_capture")
    same(gateway.void(held.id).success, True)


@test
def balance_transaction_of_a_purchase(gateway, jenny):
    bought = gateway.purchase(2000, VISA, currency="GBP", customer=jenny)
    same(bought.charge["balance_transaction"]["object"], "balance_transaction")


def same_key(name, method):
    def again(gateway, jenny):
        options = {"currency": "GBP", "customer": jenny, "idempotency_key": uuid.uuid4().hex}
        first, second = gateway.purchase(2000, method, **options), gateway.purchase(2000, method, **options)
        captured(first)
        same((second.id, second.charge["id"]), (first.id, first.charge["id"]))

    def other(gateway, jenny):
        options = {"currency": "GBP", "customer": jenny, "idempotency_key": uuid.uuid4().hex}
        captured(gateway.purchase(2000, method, **options))
        second = gateway.purchase(2000, method, **{**options, "currency": "USD"})
        same(second.message.startswith("Keys for idempotent requests can only be used with the same parameters they were first used with"), True, second.message)

    again.__name__, other.__name__ = f"{name}_with_same_idempotency_key", f"{name}_with_same_idempotency_key_different_options"
    TESTS.extend([again, other])


same_key("purchases", VISA)
same_key("credit_card_purchases", VISA_CARD)


@test
def unsuccessful_purchase(gateway, jenny):
    refused = gateway.purchase(2000, DECLINED, currency="GBP", customer=jenny)
    same((refused.message, refused.charge["captured"]), ("Your card was declined.", False))


@test
def successful_authorization_with_external_auth_data_3ds_2(gateway, _):
    captured(gateway.authorize(2000, EXTERNAL_CARD, currency="GBP", three_d_secure=PROOF), "requires_capture")


@test
def successful_authorization_with_radar_session(gateway, _):
    captured(gateway.authorize(2000, VISA_CARD, radar_options={"session": "rse_1JXSfZAWOtgoysogUpPJa4sm"}), "requires_capture")
