"""What Active Merchant's gateway for PaymentIntents sends, and how it reads the answers.

Ruby's packages are out of reach here, so its calls are made again in Python: the same paths, parameters,
headers and order, read from its code.
"""

import json
import urllib.error
import urllib.parse
import urllib.request

VERSION = "2020-08-27"


class Card:
    """A raw card, as its tests have it."""

    def __init__(self, number, cvc="737", month=10, year=2031):
        self.fields = {"number": number, "exp_month": month, "exp_year": year, "cvc": cvc}


def pairs(params, at=""):
    """Nested parameters as a form. What is blank is left out, except `false`."""
    for key, value in params.items():
        name = f"{at}[{key}]" if at else key
        if isinstance(value, dict):
            yield from pairs(value, name)
        elif isinstance(value, list):
            for index, one in enumerate(value):
                yield from pairs(one, f"{name}[{index}]") if isinstance(one, dict) else [(f"{name}[]", one)]
        elif isinstance(value, bool):
            yield (name, "true" if value else "false")
        elif value not in (None, ""):
            yield (name, value)


class Reply:
    """An answer, and whether the gateway counts it as a success."""

    def __init__(self, body, success):
        self.body, self.success = body, success
        self.message = body.get("error", {}).get("message", "Transaction approved")

    def at(self, *path):
        found = self.body
        for step in path:
            try:
                found = found[step]
            except (KeyError, IndexError, TypeError):
                return None
        return found

    @property
    def id(self):
        return self.at("error", "payment_intent", "id") or self.at("id")

    @property
    def charge(self):
        return self.at("charges", "data", 0) or self.at("error", "payment_intent", "charges", "data", 0)


class Gateway:
    def __init__(self, api, key):
        self.api, self.key = api, key

    def request(self, method, path, params=None, options=None):
        data = urllib.parse.urlencode(list(pairs(params or {}))).encode() if method == "POST" else None
        call = urllib.request.Request(f"{self.api}/v1/{path}", data=data, method=method)
        call.add_header("Authorization", f"Bearer {self.key}")
        call.add_header("Stripe-Version", VERSION)
        if (options or {}).get("idempotency_key"):
            call.add_header("Idempotency-Key", options["idempotency_key"])
        try:
            with urllib.request.urlopen(call) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refused:
            return json.load(refused)

    def commit(self, path, params, options, method="POST"):
        body = self.request(method, path, params, options)
        unexpected = body.get("status") == "requires_action" and not (options or {}).get("execute_threed")
        if unexpected:
            body["error"] = {"message": "Received unexpected 3DS authentication response, but a 3DS initiation flag was not included in the request."}
        return Reply(body, "error" not in body)

    def payment_method(self, post, method, options):
        """Adds the card. A raw card becomes a PaymentMethod first, or goes along if it is to be kept."""
        if method is None:
            return None
        if isinstance(method, Card):
            fields = {"type": "card", "card": method.fields, "billing_details": options.get("billing_details", {"name": "Longbob Longsen"})}
            later = options.get("off_session") or options.get("setup_future_usage")
            if later and options.get("confirm") and not options.get("verify"):
                post["payment_method_data"] = fields
                return None
            made = self.commit("payment_methods", fields, {**options, "idempotency_key": suffixed(options, "pm")})
            if not made.success:
                return made
            post["payment_method"] = made.id
        elif "|" in method:
            post["customer"], post["payment_method"] = method.split("|")
        else:
            post["payment_method"] = method
        return None

    def create_intent(self, amount, method, **options):
        post = {"amount": amount, "currency": options.get("currency", "USD").lower(), "expand": ["charges.data.balance_transaction"]}
        for name in ("capture_method", "confirmation_method", "customer"):
            post[name] = options.get(name)
        refused = self.payment_method(post, method, options)
        if refused:
            return refused
        card = dict(options.get("card", {}))
        if options.get("request_three_d_secure"):
            card["request_three_d_secure"] = options["request_three_d_secure"]
        if options.get("moto") and options.get("confirm"):
            card["moto"] = True
        if options.get("three_d_secure"):
            card["three_d_secure"] = options["three_d_secure"]
        if card:
            post["payment_method_options"] = {"card": card}
        if options.get("confirm"):
            post["confirm"] = True
            post["return_url"] = options.get("return_url")
            post["error_on_requires_action"] = True if options.get("error_on_requires_action") else None
            if options.get("off_session"):
                post["off_session"] = options["off_session"]
        for name in ("metadata", "shipping", "level3", "radar_options", "setup_future_usage", "description", "receipt_email",
                     "statement_descriptor", "statement_descriptor_suffix", "save_payment_method", "fulfillment_date",
                     "transfer_group", "payment_method_types"):
            post[name] = options.get(name)
        return self.commit("payment_intents", {k: v for k, v in post.items() if v is not None}, options)

    def purchase(self, amount, method, **options):
        return self.create_intent(amount, method, **{**options, "confirm": True, "capture_method": "automatic"})

    def authorize(self, amount, method, **options):
        return self.create_intent(amount, method, **{**options, "confirm": True, "capture_method": "manual"})

    def show(self, intent):
        return self.commit(f"payment_intents/{intent}", None, {"execute_threed": True}, "GET")

    def confirm(self, intent, method, **options):
        post = {name: options.get(name) for name in ("payment_method_types", "receipt_email", "return_url", "setup_future_usage", "off_session")}
        self.payment_method(post, method, options)
        return self.commit(f"payment_intents/{intent}/confirm", post, {"execute_threed": True, **options})

    def update(self, amount, intent, **options):
        return self.commit(f"payment_intents/{intent}", {"amount": amount, **options}, {})

    def capture(self, amount, intent, **options):
        return self.commit(f"payment_intents/{intent}/capture", {"amount_to_capture": amount, **options}, {})

    def void(self, intent, reason=None, **options):
        return self.commit(f"payment_intents/{intent}/cancel", {"cancellation_reason": reason}, options)

    def refund(self, amount, intent):
        found = self.request("GET", f"payment_intents/{intent}")
        charges = found.get("charges", {}).get("data", [])
        if not charges:
            found["error"] = {"message": f"No associated charge for {intent}; payment_intent has a status of {found.get('status')}"}
            return Reply(found, False)
        return self.commit(f"charges/{charges[0]['id']}/refunds", {"amount": amount, "expand": ["charge"]}, {})

    def store(self, method, **options):
        params = {}
        refused = self.payment_method(params, method, options)
        if refused:
            return refused
        made = self.commit("customers", {"expand": ["sources"]}, {"idempotency_key": suffixed(options, "customer")})
        attach = {"customer": made.id, **({"validate": options["validate"]} if "validate" in options else {})}
        return self.commit(f"payment_methods/{params['payment_method']}/attach", attach, {"idempotency_key": suffixed(options, "attach")})

    def unstore(self, authorization):
        return self.commit(f"payment_methods/{authorization.split('|')[1]}/detach", {}, {})

    def setup(self, method, **options):
        post = {"customer": options.get("customer"), "usage": options.get("usage")}
        refused = self.payment_method(post, method, {**options, "verify": True})
        if refused:
            return refused
        if options.get("confirm"):
            post |= {"confirm": True, "return_url": options.get("return_url")}
        if options.get("request_three_d_secure"):
            post["payment_method_options"] = {"card": {"request_three_d_secure": options["request_three_d_secure"]}}
        return self.commit("setup_intents", post, options)

    def found_setup(self, setup):
        return self.commit(f"setup_intents/{setup}", {"expand": ["latest_attempt"]}, {"execute_threed": True})


def suffixed(options, suffix):
    return f"{options['idempotency_key']}-{suffix}" if options.get("idempotency_key") else None
