"""Stripe's OpenAPI document, cut down to the objects Florin answers and turned into JSON Schema.

`python -m support.stripe_document SHARED_FOLDER` (from Tests/Scenarios) writes data/stripe.schemas.json and
data/presence.json anew. Descriptions, request bodies and the schemas of objects that are not answered yet are left out.
"""

import gzip
import json
import sys
from pathlib import Path

DATA = Path(__file__).resolve().parent.parent / "data"
REFERENCE = "#/components/schemas/"

# Objects that Florin answers so far: the only ones that an expandable field may expand to.
ANSWERED = {
    "account", "balance", "balance_transaction", "card", "charge", "customer", "deleted_customer",
    "deleted_webhook_endpoint", "event", "payment_intent", "payment_method", "refund", "token", "webhook_endpoint",
}

# Operations of these objects, as in Stripe's paths.
OPERATIONS = [
    "GET /v1/account",
    "GET /v1/balance",
    "GET /v1/balance_transactions",
    "GET /v1/balance_transactions/{id}",
    "GET /v1/charges",
    "POST /v1/charges",
    "GET /v1/charges/search",
    "GET /v1/charges/{charge}",
    "POST /v1/charges/{charge}",
    "POST /v1/charges/{charge}/capture",
    "GET /v1/customers",
    "POST /v1/customers",
    "GET /v1/customers/search",
    "GET /v1/customers/{customer}",
    "POST /v1/customers/{customer}",
    "DELETE /v1/customers/{customer}",
    "GET /v1/customers/{customer}/payment_methods",
    "GET /v1/customers/{customer}/payment_methods/{payment_method}",
    "GET /v1/events",
    "GET /v1/events/{id}",
    "GET /v1/payment_intents",
    "POST /v1/payment_intents",
    "GET /v1/payment_intents/search",
    "GET /v1/payment_intents/{intent}",
    "POST /v1/payment_intents/{intent}",
    "POST /v1/payment_intents/{intent}/cancel",
    "POST /v1/payment_intents/{intent}/capture",
    "POST /v1/payment_intents/{intent}/confirm",
    "POST /v1/payment_intents/{intent}/increment_authorization",
    "GET /v1/payment_methods",
    "POST /v1/payment_methods",
    "GET /v1/payment_methods/{payment_method}",
    "POST /v1/payment_methods/{payment_method}",
    "POST /v1/payment_methods/{payment_method}/attach",
    "POST /v1/payment_methods/{payment_method}/detach",
    "GET /v1/refunds",
    "POST /v1/refunds",
    "GET /v1/refunds/{refund}",
    "POST /v1/refunds/{refund}",
    "POST /v1/refunds/{refund}/cancel",
    "POST /v1/tokens",
    "GET /v1/tokens/{token}",
    "GET /v1/webhook_endpoints",
    "POST /v1/webhook_endpoints",
    "GET /v1/webhook_endpoints/{webhook_endpoint}",
    "POST /v1/webhook_endpoints/{webhook_endpoint}",
    "DELETE /v1/webhook_endpoints/{webhook_endpoint}",
]

KEPT = ("type", "enum", "format", "maxLength", "minLength", "minimum", "maximum", "pattern", "required")


class Reducer:
    def __init__(self, document):
        self.document = document
        self.source = document["components"]["schemas"]
        self.schemas = {}

    def reduced(self):
        operations = {}
        for operation in OPERATIONS:
            method, path = operation.split(" ")
            answer = self.document["paths"][path][method.lower()]["responses"]["200"]
            operations[operation] = self.schema(answer["content"]["application/json"]["schema"])
        self.reference("error")
        for name in sorted(ANSWERED):
            self.reference(name)
        return {
            "version": self.document["info"]["version"],
            "operations": operations,
            "$defs": dict(sorted(self.schemas.items())),
        }

    def reference(self, name):
        """A reference to a schema that is kept, or None for an object that Florin does not answer."""
        if name not in self.schemas:
            is_object = "enum" in self.source[name].get("properties", {}).get("object", {})
            if is_object and name not in ANSWERED:
                return None
            self.schemas[name] = {}
            self.schemas[name] = self.schema(self.source[name])
        return {"$ref": f"#/$defs/{name}"}

    def schema(self, node):
        """Cuts a schema of OpenAPI 3.0 down, and says `nullable` in the words of JSON Schema."""
        if "$ref" in node:
            return self.reference(node["$ref"].removeprefix(REFERENCE)) or {}
        result = {key: node[key] for key in KEPT if key in node}
        if "properties" in node:
            result["properties"] = {name: self.schema(value) for name, value in node["properties"].items()}
        if "items" in node:
            result["items"] = self.schema(node["items"])
        if isinstance(node.get("additionalProperties"), dict):
            result["additionalProperties"] = self.schema(node["additionalProperties"])
        for combination in ("anyOf", "oneOf", "allOf"):
            if combination in node:
                branches = [self.schema(branch) for branch in node[combination]]
                known = [branch for branch in branches if branch]
                if known or "x-expansionResources" in node:
                    result[combination] = known
        return self.nullable(result) if node.get("nullable") else result

    @staticmethod
    def nullable(schema):
        if "enum" in schema:
            schema["enum"] = [*schema["enum"], None]
        if "type" in schema:
            schema["type"] = [schema["type"], "null"]
        for combination in ("anyOf", "oneOf"):
            if combination in schema:
                schema[combination].append({"type": "null"})
        return schema


def write(shared):
    with gzip.open(Path(shared) / "stripe" / "openapi.spec3.json.gz") as file:
        reduced = Reducer(json.load(file)).reduced()
    text = json.dumps(reduced, separators=(",", ":"), sort_keys=True)
    # One schema a line, so that a change of the document can be read as a difference.
    for name in reduced["$defs"]:
        text = text.replace(f',"{name}":{{"', f',\n"{name}":{{"') if name in ANSWERED else text
    (DATA / "stripe.schemas.json").write_text(text + "\n")
    presence = json.loads((Path(shared) / "stripe" / "presence.json").read_text())
    kept = {name: fields for name, fields in presence.items() if name in ANSWERED}
    (DATA / "presence.json").write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    write(sys.argv[1])
