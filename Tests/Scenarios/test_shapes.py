"""Every answer of a tour over all endpoints has the shape of Stripe's own answers."""

import pytest
import stripe

from support.shapes import document, missing_fields, objects_in, operation_of, schema_problems
from support.stripe_document import ANSWERED, OPERATIONS
from support.tour import RecordingClient, tour
from support.webhook_receiver import WebhookReceiver

PREFIXES = {
    "account": "acct_", "balance_transaction": "txn_", "card": "card_", "charge": "ch_", "customer": "cus_", "event": "evt_",
    "payment_intent": "pi_", "payment_method": "pm_", "refund": "re_", "token": "tok_", "webhook_endpoint": "we_",
}


@pytest.fixture(scope="module")
def answers(worker_server):
    worker_server.keep_running()
    recorder = RecordingClient()
    client = stripe.StripeClient(
        worker_server.secret_key, base_addresses={"api": worker_server.url}, max_network_retries=0, http_client=recorder)
    receiver = WebhookReceiver()
    tour(client, receiver.url())
    receiver.close()
    return recorder.answers


def none_of(problems):
    """Fails with the distinct problems, most of which come many times."""
    distinct = sorted(set(problems))
    assert not distinct, f"{len(distinct)} problems:\n" + "\n".join(distinct[:60])


def test_the_tour_goes_everywhere(answers):
    seen = {operation_of(answer.method, answer.path) for answer in answers}
    assert set(OPERATIONS) - seen == set()


def test_the_tour_meets_every_object(answers):
    seen = {each["object"] for answer in answers for each in objects_in(answer.body)}
    assert {name for name in ANSWERED if not name.startswith("deleted_")} - seen == set()


def test_no_answer_of_the_tour_is_a_failure_of_the_server(answers):
    none_of(str(answer) for answer in answers if answer.status >= 500)


def test_every_answer_is_valid_by_stripes_document(answers):
    none_of(
        problem
        for answer in answers
        for problem in schema_problems(operation_of(answer.method, answer.path), answer.status, answer.body))


def test_every_object_has_all_fields_that_stripe_always_answers(answers):
    none_of(problem for answer in answers for problem in missing_fields(answer.body))


def test_ids_have_their_prefix_and_come_first(answers):
    def problems():
        for answer in answers:
            for each in objects_in(answer.body):
                prefix = PREFIXES.get(each["object"])
                if prefix and "id" in each:
                    if not each["id"].startswith(prefix) or not each["id"].removeprefix(prefix).isalnum():
                        yield f"{each['object']}: {each['id']}"
                    if list(each)[:2] != ["id", "object"]:
                        yield f"{each['object']}: begins with {list(each)[:2]}"

    none_of(problems())


def test_lists_name_their_path(answers):
    for answer in answers:
        if answer.body.get("object") in ("list", "search_result"):
            assert answer.body["url"] == answer.path


def test_errors_leave_out_what_they_do_not_know(answers):
    errors = [answer.body["error"] for answer in answers if answer.status >= 400]
    none_of(f"{error['message']}: {field}" for error in errors for field, value in error.items() if value is None)


def test_a_false_shape_would_be_noticed(answers):
    """The validator is not asleep: what it passes, it refuses once a field is of another type or gone."""
    answer = next(a for a in answers if a.path == "/v1/payment_intents" and a.method == "POST" and a.status == 200)
    operation = "POST /v1/payment_intents"
    for change in ({"amount": "1000"}, {"status": "paid"}, {"created": None}, {"metadata": []}, {"latest_charge": 5}):
        assert list(schema_problems(operation, 200, {**answer.body, **change})), change
    without = {name: value for name, value in answer.body.items() if name != "next_action"}
    assert list(missing_fields(without)) == ["payment_intent: next_action"]
    assert document()["version"].startswith("2026-05-27")
