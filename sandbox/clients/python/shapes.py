"""Holds every answer against Stripe's OpenAPI description.

An answer fits if it has no key that the description does not know, if everything has the right
type, and if nothing is missing that the description requires or calls nullable: real Stripe always
sends those, with null if need be. UNSENT lists the exceptions.

Alone, `python shapes.py` plays all stories and needs STRIPE_OPENAPI; `stories.py` does the same
whenever STRIPE_OPENAPI is set.
"""

import json
import os
import re
import sys
import urllib.parse

import stripe

# What the description calls nullable and Stripe leaves out, and why.
UNSENT = {
    ("charge", "refunds"): "only when it is expanded, since 2022-11-15",
    ("customer", "cash_balance"): "only when it is expanded",
}

# What every answer carries.
HEADERS = {
    "request-id": re.compile(r"req_\w+"),
    "stripe-version": re.compile(r"\d{4}-\d\d-\d\d(\.[a-z]+)?"),
    "content-type": re.compile(r"application/json(; ?charset=utf-8)?", re.IGNORECASE),
}


class Description:
    def __init__(self, spec):
        self.schemas = spec["components"]["schemas"]
        self.calls = []
        for path, operations in spec["paths"].items():
            pattern = re.compile(re.sub(r"\\?\{[^}]+\\?\}", "[^/]+", path) + "$")
            # A path with fewer parameters is the more exact one: /search before /{intent}.
            for method, operation in operations.items():
                self.calls.append((path.count("{"), method.upper(), path, pattern, operation["responses"]))
        self.calls.sort(key=lambda call: call[0])

    def answer(self, method, path, status):
        """The name of a call, and the schema of its answer."""
        for _, its_method, template, pattern, responses in self.calls:
            if its_method == method and pattern.match(path):
                response = responses.get(str(status)) or responses.get("default")
                return f"{method} {template}", response["content"]["application/json"]["schema"]
        return f"{method} {path}", {"$ref": "#/components/schemas/error"} if status >= 400 else None

    def wrong(self, value, schema, at="", name=""):
        """What does not fit, as a list of sentences."""
        if "$ref" in schema:
            name = schema["$ref"].rsplit("/", 1)[-1]
            return self.wrong(value, self.schemas[name], at, name)
        if value is None:
            return [] if schema.get("nullable") else [f"{at} may not be null"]
        if "anyOf" in schema:
            return self.any_of(value, schema["anyOf"], at)
        kind = schema.get("type")
        if kind == "object" or "properties" in schema:
            return self.fields(value, schema, at, name)
        if kind == "array":
            if not isinstance(value, list):
                return [f"{at} is no array but {value!r}"]
            return [
                one for index, item in enumerate(value) for one in self.wrong(item, schema["items"], f"{at}[{index}]")
            ]
        return scalar(value, schema, at)

    def any_of(self, value, choices, at):
        """The choice that an object names itself, or else the one that fits best."""
        if isinstance(value, dict):
            named = [choice for choice in choices if self.names(choice, value)]
            choices = named or [choice for choice in choices if "$ref" in choice] or choices
        return min((self.wrong(value, choice, at) for choice in choices), key=len)

    def names(self, choice, value):
        properties = self.schemas.get(choice.get("$ref", "").rsplit("/", 1)[-1], {}).get("properties", {})
        known = properties.get("object", {}).get("enum", [])
        return value.get("object") in known and ("deleted" in properties) == ("deleted" in value)

    def fields(self, value, schema, at, name):
        if not isinstance(value, dict):
            return [f"{at} is no object but {value!r}"]
        properties, more = schema.get("properties"), schema.get("additionalProperties")
        if more or properties is None:
            each = more if isinstance(more, dict) and more else None
            return [one for key, item in value.items() if each for one in self.wrong(item, each, f"{at}.{key}")]
        out = [f"{at}.{key} is not known to {name or 'the description'}" for key in value if key not in properties]
        for key, field in properties.items():
            if key in value:
                out += self.wrong(value[key], field, f"{at}.{key}")
            elif (key in schema.get("required", []) or field.get("nullable")) and (name, key) not in UNSENT:
                out.append(f"{at}.{key} is missing")
        if name == "event":
            out += self.event(value, at)
        return out

    def event(self, event, at):
        """What an event shows is described as anything at all, so it is held against its own kind."""
        data = event.get("data") or {}
        shown, before = data.get("object") or {}, data.get("previous_attributes")
        name = shown.get("object")
        if name not in self.schemas:
            return [f"{at}.data.object is a {name}, which is not known"]
        out = self.wrong(shown, {"$ref": f"#/components/schemas/{name}"}, f"{at}.data.object")
        known = self.schemas[name]["properties"]
        out += [
            f"{at}.data.previous_attributes.{key} is not known to {name}" for key in before or {} if key not in known
        ]
        return out


def scalar(value, schema, at):
    kinds = {"string": str, "boolean": bool, "integer": int, "number": (int, float)}
    kind = schema.get("type")
    if kind in kinds and (not isinstance(value, kinds[kind]) or isinstance(value, bool) != (kind == "boolean")):
        return [f"{at} is no {kind} but {value!r}"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{at} may not be {value!r}"]
    if schema.get("format") == "currency" and not re.fullmatch("[a-z]{3}", str(value)):
        return [f"{at} is no currency but {value!r}"]
    if len(str(value)) > schema.get("maxLength", 1_000_000):
        return [f"{at} is longer than {schema['maxLength']}"]
    return []


class Watcher:
    """Sees every answer that any client gets."""

    def __init__(self, description):
        self.description = description
        self.seen = self.undescribed = 0
        self.bad, self.bad_headers = {}, {}

    def http_client(self):
        """The SDK's own HTTP client, and the one for its asynchronous methods, with the watcher listening in."""
        watcher = self

        class Watched(stripe.RequestsClient):
            def request(self, method, url, headers, post_data=None):
                answer = super().request(method, url, headers, post_data)
                watcher.heard(method, url, *answer)
                return answer

        class WatchedAsync(stripe.HTTPXClient):
            async def request_async(self, method, url, headers, post_data=None):
                answer = await super().request_async(method, url, headers, post_data)
                watcher.heard(method, url, *answer)
                return answer

        return Watched(async_fallback_client=WatchedAsync())

    def heard(self, method, url, body, status, headers):
        try:
            body = json.loads(body)
        except ValueError:
            return  # A fault that was armed; the SDK's exception tells of it.
        self.seen += 1
        call = f"{method.upper()} {urllib.parse.urlsplit(url).path}"
        if self.description:
            call, schema = self.description.answer(method.upper(), urllib.parse.urlsplit(url).path, status)
            if schema is None:
                self.undescribed += status == 200
            for wrong in self.description.wrong(body, schema) if schema else []:
                wrong = re.sub(r"\[\d+\]", "[]", wrong)
                self.bad.setdefault(f"{wrong.lstrip('.')}", set()).add(f"{call} {status}")
        # Of a refused request nobody knows which version it was meant to have.
        for name, pattern in HEADERS.items():
            if status != 400 and not pattern.fullmatch(headers.get(name) or ""):
                self.bad_headers.setdefault(f"{name}: {headers.get(name)}", set()).add(f"{call} {status}")

    def verdicts(self):
        """Pairs of a title and what is wrong."""
        none = [] if self.seen else ["there was no answer"]
        yield "every answer names its request and its version", none + spoken(self.bad_headers)
        if self.description:
            yield f"each of {self.seen} answers fits Stripe's description", none + spoken(self.bad)


def spoken(bad):
    def calls(of):
        return min(of) + (f" and {len(of) - 1} more" if len(of) > 1 else "")

    return [f"{wrong} ({calls(of)})" for wrong, of in sorted(bad.items())]


def description():
    """The description that STRIPE_OPENAPI names, if it names one that is there."""
    path = os.environ.get("STRIPE_OPENAPI")
    if not path or not os.path.exists(path):
        return None
    with open(path, encoding="utf-8") as file:
        return Description(json.load(file))


if __name__ == "__main__":
    if description() is None:
        print("set STRIPE_OPENAPI to Stripe's OpenAPI description, a file that is there", file=sys.stderr)
        sys.exit(2)
    import stories

    sys.exit(stories.main(sys.argv[1:]))
