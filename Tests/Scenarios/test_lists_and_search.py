"""Finding things again: pages, cursors, filters, expansion and search."""

import pytest

from support.http import error_of
from support.payments import charge_of, charges_of, pay, saved_card, unique
from support.waiting import eventually

INDEX_SECONDS = 12


def unpaid(client, customer, count):
    """Ids of `count` intents of a customer, newest first."""
    params = {"amount": 1000, "currency": "usd", "customer": customer, "payment_method_types": ["card"]}
    return [client.v1.payment_intents.create(params).id for _ in range(count)][::-1]


def ids(page):
    return [each.id for each in page.data]


def test_a_list_shows_ten_of_the_newest_and_says_whether_there_are_more(raw, client, customer):
    made = unpaid(client, customer.id, 11)
    page = raw.get("/v1/payment_intents", {"customer": customer.id}).json()
    assert (page["object"], page["url"], page["has_more"]) == ("list", "/v1/payment_intents", True)
    assert [each["id"] for each in page["data"]] == made[:10]
    assert "total_count" not in page
    rest = raw.get("/v1/payment_intents", {"customer": customer.id, "starting_after": made[9]}).json()
    assert ([each["id"] for each in rest["data"]], rest["has_more"]) == (made[10:], False)


def test_a_page_that_is_exactly_full_is_the_last_one(client, customer):
    made = unpaid(client, customer.id, 3)
    page = client.v1.payment_intents.list({"customer": customer.id, "limit": 3})
    assert (ids(page), page.has_more) == (made, False)


def test_pages_go_forward_and_backward_without_gaps(client, customer):
    made = unpaid(client, customer.id, 7)
    listed = client.v1.payment_intents.list
    after = listed({"customer": customer.id, "limit": 2, "starting_after": made[1]})
    assert (ids(after), after.has_more) == (made[2:4], True)
    before = listed({"customer": customer.id, "limit": 2, "ending_before": made[5]})
    assert (ids(before), before.has_more) == (made[3:5], True)
    first = listed({"customer": customer.id, "limit": 5, "ending_before": made[2]})
    assert (ids(first), first.has_more) == (made[:2], False)
    assert ids(listed({"customer": customer.id, "starting_after": made[-1]})) == []
    assert ids(listed({"customer": customer.id, "ending_before": made[0]})) == []


def test_the_sdk_walks_through_all_pages_both_ways(client, customer):
    made = unpaid(client, customer.id, 8)
    forward = client.v1.payment_intents.list({"customer": customer.id, "limit": 3})
    assert [each.id for each in forward.auto_paging_iter()] == made
    backward = client.v1.payment_intents.list({"customer": customer.id, "limit": 3, "ending_before": made[-1]})
    assert [each.id for each in backward.auto_paging_iter()] == made[-2::-1]


def test_new_objects_do_not_disturb_a_walk_that_has_begun(client, customer):
    made = unpaid(client, customer.id, 4)
    page = client.v1.payment_intents.list({"customer": customer.id, "limit": 2})
    unpaid(client, customer.id, 2)
    rest = client.v1.payment_intents.list({"customer": customer.id, "limit": 2, "starting_after": page.data[-1].id})
    assert ids(page) + ids(rest) == made


@pytest.mark.parametrize("limit", ["0", "101", "-1", "ten", "1.5", ""])
@pytest.mark.parametrize("path", ["/v1/payment_intents", "/v1/charges", "/v1/customers", "/v1/events"])
def test_a_limit_is_from_one_to_a_hundred(raw, path, limit):
    error = error_of(raw.get(path, {"limit": limit}), 400, type="invalid_request_error", param="limit")
    if limit:
        assert error["code"] == "parameter_invalid_integer"


def test_a_cursor_must_exist(raw):
    for cursor in ("starting_after", "ending_before"):
        response = raw.get("/v1/payment_intents", {cursor: "pi_nothing"})
        error_of(response, 400, code="resource_missing", param=cursor)


def test_a_walk_goes_one_way(raw, client, customer):
    made = unpaid(client, customer.id, 2)
    error_of(raw.get("/v1/payment_intents", {"starting_after": made[0], "ending_before": made[1]}), 400)


def test_a_list_is_cut_by_the_time_of_creation(client, customer):
    made = unpaid(client, customer.id, 4)
    times = [client.v1.payment_intents.retrieve(each).created for each in made]
    newest, oldest = max(times), min(times)

    def listed(created):
        return ids(client.v1.payment_intents.list({"customer": customer.id, "created": created}))

    assert listed({"gte": oldest}) == listed({"lte": newest}) == made
    assert listed({"gt": oldest - 1, "lt": newest + 1}) == made
    assert listed({"gt": newest}) == listed({"lt": oldest}) == []
    assert listed(oldest) == [each for each, time in zip(made, times, strict=True) if time == oldest]


def test_a_time_that_is_none_is_refused(raw):
    for params in ({"created": "yesterday"}, {"created": {"gte": "soon"}}):
        error_of(raw.get("/v1/customers", params), 400, type="invalid_request_error")
    response = raw.get("/v1/customers", {"created": {"around": "1700000000"}})
    error_of(response, 400, code="parameter_unknown", param="created[around]")


def test_lists_are_filtered_by_what_objects_belong_to(client, customer):
    method = saved_card(client, customer.id)
    other = client.v1.customers.create({})
    mine = pay(client, customer=customer.id, payment_method=method.id)
    theirs = pay(client, customer=other.id)
    refund = client.v1.refunds.create({"payment_intent": mine.id, "amount": 100})
    client.v1.refunds.create({"payment_intent": theirs.id, "amount": 100})

    assert ids(client.v1.charges.list({"customer": customer.id})) == [mine.latest_charge]
    assert ids(client.v1.charges.list({"payment_intent": theirs.id})) == [theirs.latest_charge]
    assert ids(client.v1.refunds.list({"charge": mine.latest_charge})) == [refund.id]
    assert ids(client.v1.refunds.list({"payment_intent": mine.id})) == [refund.id]
    lines = client.v1.balance_transactions.list({"source": refund.id}).data
    assert [(line.type, line.source, line.id) for line in lines] == [("refund", refund.id, refund.balance_transaction)]
    assert ids(client.v1.payment_methods.list({"customer": customer.id, "type": "card"})) == [method.id]


def test_customers_are_found_by_their_exact_email(client):
    email = f"{unique()}@example.com"
    made = [client.v1.customers.create({"email": email}).id for _ in range(2)][::-1]
    client.v1.customers.create({"email": "x" + email})
    assert ids(client.v1.customers.list({"email": email})) == made
    assert ids(client.v1.customers.list({"email": "nobody-" + email})) == []


def test_balance_transactions_are_listed_by_type_and_currency(client):
    intent = pay(client, 1000, "sgd")
    charge_of(client, intent)
    client.v1.refunds.create({"payment_intent": intent.id, "amount": 100})
    for kind in ("charge", "refund"):
        lines = client.v1.balance_transactions.list({"type": kind, "currency": "sgd", "limit": 100}).data
        assert lines and {(line.type, line.currency) for line in lines} == {(kind, "sgd")}


# Expansion


def test_references_are_ids_until_they_are_expanded(client, customer):
    intent = pay(client, customer=customer.id)
    assert (intent.customer, type(intent.latest_charge)) == (customer.id, str)
    whole = client.v1.payment_intents.retrieve(
        intent.id, {"expand": ["customer", "payment_method", "latest_charge.balance_transaction"]})
    assert (whole.customer.name, whole.payment_method.card.last4) == ("Ada Byron", "4242")
    assert whole.latest_charge.balance_transaction.net == 941


def test_lists_expand_through_their_data(client, customer):
    pay(client, customer=customer.id)
    page = client.v1.charges.list({"customer": customer.id, "expand": ["data.payment_intent.customer", "data.customer"]})
    assert page.data[0].payment_intent.customer.name == page.data[0].customer.name == "Ada Byron"
    lines = client.v1.balance_transactions.list({"source": page.data[0].id, "expand": ["data.source"]})
    assert lines.data[0].source.object == "charge"


@pytest.mark.parametrize("path", ["colour", "amount", "customer.shoe", "latest_charge.", "data.customer", "a.b.c.d.e"])
def test_what_cannot_be_expanded_is_refused(raw, client, customer, path):
    intent = pay(client, customer=customer.id)
    response = raw.get(f"/v1/payment_intents/{intent.id}", [("expand[]", path)])
    error_of(response, 400, type="invalid_request_error")


def test_expanding_what_is_not_there_answers_null(client):
    intent = client.v1.payment_intents.create(
        {"amount": 1000, "currency": "usd", "payment_method_types": ["card"], "expand": ["customer", "latest_charge"]})
    assert (intent.customer, intent.latest_charge) == (None, None)


# Search


def found(search, query, expected):
    """Waits until a search finds exactly these ids, in any order."""
    def matches():
        result = search({"query": query, "limit": 100})
        assert sorted(ids(result)) == sorted(expected), query
        return True

    eventually(matches, INDEX_SECONDS, f"the result of {query}")


def test_payment_intents_are_searched_by_metadata_status_amount_and_customer(client, customer):
    order = unique()
    search = client.v1.payment_intents.search
    paid = pay(client, 2500, customer=customer.id, metadata={"order": order})
    small = pay(client, 500, metadata={"order": order})
    unpaid_one = client.v1.payment_intents.create(
        {"amount": 2500, "currency": "usd", "payment_method_types": ["card"], "metadata": {"order": order}})
    ours = f"metadata['order']:'{order}'"
    found(search, ours, [paid.id, small.id, unpaid_one.id])
    found(search, f"{ours} AND status:'succeeded'", [paid.id, small.id])
    found(search, f"{ours} AND amount>1000", [paid.id, unpaid_one.id])
    found(search, f"{ours} AND amount>=500 AND amount<2500", [small.id])
    found(search, f"{ours} AND -status:'succeeded'", [unpaid_one.id])
    found(search, f"customer:'{customer.id}'", [paid.id])
    found(search, f"metadata['order']:'{order}' OR customer:'{customer.id}'", [paid.id, small.id, unpaid_one.id])
    found(search, "metadata['order']:'nothing-like-this'", [])


def test_a_search_sees_changes(client):
    first, second = unique(), unique()
    intent = pay(client, metadata={"order": first})
    found(client.v1.payment_intents.search, f"metadata['order']:'{first}'", [intent.id])
    client.v1.payment_intents.update(intent.id, {"metadata": {"order": second}})
    found(client.v1.payment_intents.search, f"metadata['order']:'{second}'", [intent.id])
    found(client.v1.payment_intents.search, f"metadata['order']:'{first}'", [])


def test_customers_are_searched_by_name_and_email(client):
    tag = unique("c").replace("-", "")
    ada = client.v1.customers.create({"name": f"Ada {tag}", "email": f"ada.{tag}@example.com"})
    bob = client.v1.customers.create({"name": f"Bob {tag}", "email": f"bob.{tag}@example.org", "metadata": {"vip": tag}})
    search = client.v1.customers.search
    found(search, f"email:'ada.{tag}@example.com'", [ada.id])
    found(search, f"name~'{tag}'", [ada.id, bob.id])
    found(search, f"name~'{tag}' AND email~'example.org'", [bob.id])
    found(search, f"metadata['vip']:'{tag}'", [bob.id])
    client.v1.customers.delete(bob.id)
    found(search, f"name~'{tag}'", [ada.id])


def test_charges_are_searched(client, customer):
    order = unique()
    intent = pay(client, 1234, customer=customer.id, metadata={"order": order})
    search = client.v1.charges.search
    found(search, f"metadata['order']:'{order}' AND amount:1234", [intent.latest_charge])
    found(search, f"customer:'{customer.id}' AND currency:'usd'", [charges_of(client, intent.id)[0].id])


def test_search_results_come_in_pages(client):
    order = unique()
    made = [pay(client, metadata={"order": order}).id for _ in range(5)]
    query = f"metadata['order']:'{order}'"
    found(client.v1.payment_intents.search, query, made)
    first = client.v1.payment_intents.search({"query": query, "limit": 2})
    assert (first.object, first.url, first.has_more) == ("search_result", "/v1/payment_intents/search", True)
    second = client.v1.payment_intents.search({"query": query, "limit": 2, "page": first.next_page})
    assert not set(ids(first)) & set(ids(second))
    assert sorted(each.id for each in first.auto_paging_iter()) == sorted(made)
    last = client.v1.payment_intents.search({"query": query, "limit": 5})
    assert (last.has_more, last.next_page) == (False, None)


@pytest.mark.parametrize("path", ["payment_intents", "charges", "customers"])
def test_a_search_needs_a_query_it_can_read(raw, path):
    search = f"/v1/{path}/search"
    error_of(raw.get(search), 400, code="parameter_missing", param="query")
    unreadable = ("shoe:'42'", "amount", "status:", "metadata['k':'v'", "status:'a' AND", "status:'a' AND amount>1 OR amount<5")
    for query in unreadable:
        error_of(raw.get(search, {"query": query}), 400, type="invalid_request_error")


def test_a_search_page_must_be_one_that_was_given(raw):
    query = {"query": "status:'succeeded'", "page": "nonsense"}
    error_of(raw.get("/v1/payment_intents/search", query), 400, param="page")
