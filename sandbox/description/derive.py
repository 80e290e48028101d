#!/usr/bin/env python3
"""Derives what the sandbox knows of Stripe's API from Stripe's own OpenAPI description.

    python3 sandbox/description/derive.py openapi.json [more.json ...] [FOLDER]

merges the descriptions and writes two files, beside this one or into a folder: `parameters.txt`, which the
sandbox reads to tell known parameters from unknown ones, and `answers.json`, which its tests hold every
answer against.
"""

import json
import pathlib
import sys

HERE = pathlib.Path(__file__).parent

HEAD = """\
# The parameters of Stripe's API, derived by derive.py from Stripe's OpenAPI description, version {version}.
#
# `= METHOD PATH` begins a call, `@ NAME` a group that several calls share, `+ NAME GROUP` puts a group there.
# A line is a parameter: its name, its type, whether it is required once what it is part of was sent, whether
# it may be sent empty, how long it may be, and the words it may have.
"""


# What Stripe takes and its description leaves out: a card inside another call, as its own script sends it.
BESIDES = """payment_method_data[card] hash
payment_method_data[card][cvc] string up to 5000
payment_method_data[card][exp_month] integer
payment_method_data[card][exp_year] integer
payment_method_data[card][number] string up to 5000
payment_method_data[card][token] string up to 5000""".splitlines()


# What Stripe.js sends to make a ConfirmationToken, besides the parameters of the test helper for the same.
OF_ELEMENTS = """client_context hash
client_context[capture_method] string one of automatic automatic_async manual
client_context[currency] string up to 5000
client_context[customer] string up to 5000
client_context[mode] string one of payment setup subscription
client_context[on_behalf_of] string up to 5000
client_context[payment_method_types] array
client_context[payment_method_types][] string up to 5000
client_context[setup_future_usage] string one of off_session on_session""".splitlines()


PARTIAL = "payment_method_options[card][request_partial_authorization] string one of if_available never"
# Options of cards that Stripe takes and its description leaves out: an order by mail or telephone, which its own
# clients have in their types, and the proof of an agreement made elsewhere, which it takes from accounts that asked.
OPTIONS = """payment_method_options[card][mit_exemption] hash
payment_method_options[card][mit_exemption][claim_without_transaction_id] boolean
payment_method_options[card][mit_exemption][ds_transaction_id] string up to 5000
payment_method_options[card][mit_exemption][network_transaction_id] string up to 5000
payment_method_options[card][moto] boolean""".splitlines()
STORED = "payment_method_options[card][stored_credential_transaction_type] string one of " + " ".join(
    ["setup_off_session_recurring", "setup_off_session_unscheduled", "setup_on_session"]
    + ["stored_off_session_recurring", "stored_off_session_unscheduled", "stored_on_session"]
)

# An increment takes it as well.
OF_INCREMENTS = ["payment_method_options hash", "payment_method_options[card] hash", PARTIAL]

# Words in the order in which Stripe's refusals name them, where its description has another.
ORDER = {"tax_exempt": ["none", "reverse", "exempt"]}


class Description:
    def __init__(self, spec):
        self.spec = spec
        self.groups = {}

    def found(self, schema):
        while "$ref" in schema:
            schema = self.spec["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
        return schema

    def lines(self, name, schema, required):
        """The lines of one parameter and of all that is below it."""
        schema = self.found(schema)
        words = " required" if required else ""
        choices = [self.found(choice) for choice in schema.get("anyOf", [])]
        if any(choice.get("enum") == [""] for choice in choices):
            words += " empty"
            choices = [choice for choice in choices if choice.get("enum") != [""]]
        if len(choices) == 1:
            schema, choices = choices[0], []
        elif choices:
            return self.one_of(name, choices, words)
        kind = schema.get("type", "any")
        if kind == "object":
            inner = [f"{name} hash{words}"] + self.properties(name, schema)
            if isinstance(schema.get("additionalProperties"), dict):
                inner[0] = f"{name} map{words}"
            return inner
        if kind == "array":
            return [f"{name} array{words}"] + self.lines(f"{name}[]", schema["items"], False)
        if "enum" in schema:
            words += (" empty" if "" in schema["enum"] and "empty" not in words else "")
            named = ORDER.get(name, [str(word) for word in schema["enum"] if word != ""])
            words += " one of " + " ".join(named)
        elif "maxLength" in schema:
            words += f" up to {schema['maxLength']}"
        return [f"{name} {kind}{words}"]

    def one_of(self, name, choices, words):
        """A parameter that may be one thing or another: a number or a span, a word or a flag."""
        inner = [self.lines(name, choice, False) for choice in choices]
        # What is required by one and not by all of them is not required.
        def always(line):
            return all(line in lines for lines in inner)

        below = {}
        for line in [line for lines in inner for line in lines[1:]]:
            line = line if always(line) else line.replace(" required", "")
            # Of two lines about one parameter, the one with more words lets both in.
            below[line.split(" ")[0]] = max(line, below.get(line.split(" ")[0], ""), key=len)
        kinds = {lines[0].split(" ")[1] for lines in inner}
        kind = "hash_or_value" if "hash" in kinds or "map" in kinds else "any"
        if kinds == {"string"}:
            kind = "string"
        return [f"{name} {kind}{words}"] + sorted(below.values())

    def properties(self, name, schema):
        required = schema.get("required", [])
        out = []
        for key, inner in sorted(schema.get("properties", {}).items()):
            out += self.lines(f"{name}[{key}]" if name else key, inner, key in required)
        return out

    def call(self, operation):
        parameters = {}
        for parameter in operation.get("parameters", []):
            if parameter["in"] == "query":
                required = parameter.get("required", False)
                parameters[parameter["name"]] = self.lines(parameter["name"], parameter["schema"], required)
        for content in operation.get("requestBody", {}).get("content", {}).values():
            schema = self.found(content["schema"])
            for name, inner in schema.get("properties", {}).items():
                parameters[name] = self.lines(name, inner, name in schema.get("required", []))
        options = parameters.get("payment_method_options", [])
        if any(line.startswith("payment_method_options[card][request_overcapture]") for line in options):
            parameters["payment_method_options"] = [*options, PARTIAL, *OPTIONS, STORED]
        if "payment_method_data" in parameters:
            kind = "payment_method_data[type] string required one of"
            lines = [line.replace(kind, f"{kind} card") for line in parameters["payment_method_data"]]
            parameters["payment_method_data"] = lines + BESIDES
        return parameters


def parameters(spec):
    description = Description(spec)
    calls = {
        f"{method.upper()} {path}": description.call(operation)
        for path, operations in sorted(spec["paths"].items())
        for method, operation in sorted(operations.items())
    }
    increment = calls["POST /v1/payment_intents/{intent}/increment_authorization"]
    increment["payment_method_options"] = OF_INCREMENTS
    helper = calls.get("POST /v1/test_helpers/confirmation_tokens", {})
    consent = calls["POST /v1/payment_intents"]["mandate_data"]
    calls["POST /v1/confirmation_tokens"] = {**helper, "client_context": OF_ELEMENTS, "mandate_data": consent}
    times = {}
    for call in calls.values():
        for lines in call.values():
            if len(lines) > 3:
                times[tuple(lines)] = times.get(tuple(lines), 0) + 1
    groups, text = {}, []
    for lines, count in times.items():
        if count > 1:
            name = lines[0].split(" ")[0]
            taken = sum(1 for other in groups.values() if other.split(".")[0] == name)
            groups[lines] = name if taken == 0 else f"{name}.{taken + 1}"
    for lines, group in sorted(groups.items(), key=lambda item: item[1]):
        text += ["", f"@ {group}", *lines]
    for call, named in sorted(calls.items(), key=lambda item: item[0].split(" ")[::-1]):
        text += ["", f"= {call}"]
        for name, lines in sorted(named.items()):
            group = groups.get(tuple(lines))
            text += [f"+ {group}"] if group else lines
    return HEAD.format(version=spec["info"]["version"]) + "\n".join(text) + "\n"


# What the answers of the sandbox are made of.
SHOWN = """account balance balance_transaction bank_account charge confirmation_token customer deleted_customer
deleted_webhook_endpoint dispute event mandate payment_intent payment_method payment_method_domain payout
radar.early_fraud_warning refund review setup_attempt setup_intent token webhook_endpoint api_errors""".split()

# Objects that have a field for every type of PaymentMethod or action, and the fields that the sandbox plays.
BY_TYPE = """payment_method payment_method_details setup_attempt_payment_method_details
mandate_payment_method_details refund_destination_details payment_intent_payment_method_options
setup_intent_payment_method_options payment_intent_next_action setup_intent_next_action
confirmation_tokens_resource_payment_method_preview""".split()
PLAYED = """billing_details card sepa_debit us_bank_account klarna paypal link redirect_to_url
verify_with_microdeposits""".split()


# Fields that Stripe's documentation shows and its description leaves out.
BESIDE_ANSWERS = {
    "payment_method_details_card": {
        "amount_requested": {"type": "integer"},
        "partial_authorization": {"type": "object"},
    },
    "payment_intent_payment_method_options_card": {
        "request_partial_authorization": {"type": "string", "enum": ["if_available", "never"]},
    },
}


def answers(spec):
    schemas, out, todo = spec["components"]["schemas"], {}, list(SHOWN)

    def refs(schema):
        return [one["$ref"].rsplit("/", 1)[-1] for one in [schema, *schema.get("anyOf", [])] if "$ref" in one]

    def types(schema):
        return sorted({one["type"] for one in [schema, *schema.get("anyOf", [])] if "type" in one})

    while todo:
        name = todo.pop()
        if name in out or name not in schemas:
            continue
        schema = schemas[name]
        fields = {}
        described = {**schema.get("properties", {}), **BESIDE_ANSWERS.get(name, {})}
        for key, field in described.items():
            if name in BY_TYPE and refs(field) and not set(refs(field)) & set(SHOWN) and key not in PLAYED:
                continue
            entry = {"types": types(field)}
            for word in ("nullable", "enum"):
                if word in field:
                    entry[word] = field[word]
            if refs(field):
                entry["refs"] = refs(field)
            if field.get("type") == "array":
                entry["items"] = {"types": types(field["items"]), "refs": refs(field["items"])}
            # What stands behind an id is followed only where the sandbox can expand it.
            todo += [one for one in entry.get("refs", []) if one in SHOWN or "string" not in entry["types"]]
            todo += entry.get("items", {}).get("refs", [])
            fields[key] = entry
        out[name] = {"required": schema.get("required", []), "properties": fields}
        out[name]["nullable"] = sorted(key for key, field in fields.items() if field.get("nullable"))
    return json.dumps(out, indent=None, sort_keys=True, separators=(",", ":")).replace('},"', '},\n"') + "\n"


def merged(files):
    """One description out of several: the paths and the schemas of all of them."""
    spec, *others = [json.loads(pathlib.Path(file).read_text()) for file in files]
    for other in others:
        spec["paths"].update(other["paths"])
        spec["components"]["schemas"].update(other["components"]["schemas"])
    return spec


if __name__ == "__main__":
    files = [argument for argument in sys.argv[1:] if argument.endswith(".json")]
    folder = pathlib.Path(sys.argv[-1]) if sys.argv[-1] not in files else HERE
    spec = merged(files)
    (folder / "parameters.txt").write_text(parameters(spec))
    (folder / "answers.json").write_text(answers(spec))
