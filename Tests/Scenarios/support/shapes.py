"""Whether an answer has the shape that Stripe's own answers have.

By default against the copy in data/; with FLORIN_SHARED set, against the whole documents in that folder.
"""

import functools
import gzip
import json
import os
import re
from pathlib import Path

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from support.stripe_document import DATA, Reducer


@functools.cache
def document():
    shared = os.environ.get("FLORIN_SHARED")
    if shared:
        with gzip.open(Path(shared) / "stripe" / "openapi.spec3.json.gz") as file:
            return Reducer(json.load(file)).reduced()
    return json.loads((DATA / "stripe.schemas.json").read_text())


@functools.cache
def presence():
    shared = os.environ.get("FLORIN_SHARED")
    path = Path(shared) / "stripe" / "presence.json" if shared else DATA / "presence.json"
    return json.loads(path.read_text())


def operation_of(method, path):
    """The operation of Stripe's document that a request is, such as "GET /v1/charges/{charge}"."""
    # Fixed paths first: /v1/charges/search is no charge.
    for operation in sorted(document()["operations"], key=lambda each: "{" in each):
        known_method, template = operation.split(" ")
        if method == known_method and re.fullmatch(re.sub(r"\{\w+\}", r"[^/]+", template), path):
            return operation
    return None


@functools.cache
def _validator(kind, name):
    schema = document()["operations"][name] if kind == "operation" else {"$ref": f"#/$defs/{name}"}
    return Draft202012Validator({**schema, "$defs": document()["$defs"]})


def _problems(validator, value, where):
    for error in validator.iter_errors(value):
        deepest = best_match([error])
        path = ".".join(str(step) for step in deepest.absolute_path)
        yield f"{where}: {path or 'the whole'}: {deepest.message[:300]}"


def schema_problems(operation, status, body):
    """What Stripe's document has against an answer, and against each object of an event in it."""
    if status >= 400:
        yield from _problems(_validator("schema", "error"), body, f"{operation} {status}")
        return
    yield from _problems(_validator("operation", operation), body, operation)
    events = {"event": [body], "list": body.get("data")}.get(body.get("object"), [])
    for event in events if operation.startswith("GET /v1/events") else []:
        snapshot = event["data"]["object"]
        if snapshot["object"] in document()["$defs"]:
            yield from _problems(_validator("schema", snapshot["object"]), snapshot, f"{operation} {event['type']}")


def objects_in(value):
    """Every object, however deep, that says what it is."""
    if isinstance(value, dict):
        if isinstance(value.get("object"), str):
            yield value
        for part in value.values():
            yield from objects_in(part)
    elif isinstance(value, list):
        for part in value:
            yield from objects_in(part)


def missing_fields(body):
    """Fields that Stripe always answers and this answer leaves out, as "charge: refunds"."""
    for each in objects_in(body):
        if not each.get("deleted"):
            for field in presence().get(each["object"], []):
                if field not in each:
                    yield f"{each['object']}: {field}"
