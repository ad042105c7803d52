"""Requests made to break the server: each is refused or cut off, nothing of it happens, and the next payment works."""

import contextlib

import pytest
import requests

from support.payments import pay
from support.raw_socket import CLOSED, answer, connect, drip, exchange, head, send

CUT_OFF_SECONDS = 18
MEGABYTE = 1 << 20
FORM = "Content-Type: application/x-www-form-urlencoded"


@pytest.fixture(autouse=True)
def nothing_happens_and_the_next_payment_works(client):
    def newest():
        return [service.list({"limit": 1}).data for service in (client.v1.customers, client.v1.payment_intents)]

    def ids(pages):
        return [[each.id for each in page] for page in pages]

    before = ids(newest())
    yield
    assert ids(newest()) == before
    assert pay(client).status == "succeeded"


def is_refusal(status):
    return status == CLOSED or 400 <= status < 500


BODIES = {
    "a percent sign and no hexadecimal": b"name=%zz",
    "a percent sign at the end": b"name=Ada%",
    "half a percent escape": b"name=Ada%4",
    "a key with a broken escape": b"na%me=Ada",
    "escaped bytes that are no UTF-8": b"name=%ff%fe",
    "bytes that are no UTF-8": b"name=\xff\xfe",
    "an overlong encoding": b"name=%c0%af",
    "half a surrogate pair": b"name=%ed%a0%80",
    "ten thousand brackets": b"metadata" + b"[a]" * 10_000 + b"=1",
    "ten thousand opening brackets": b"metadata" + b"[" * 10_000 + b"=1",
    "a bracket that is not closed": b"metadata[a=1",
    "a bracket that was not opened": b"metadata]a=1",
    "text behind a bracket": b"metadata[a]b=1",
    "a key of a megabyte": b"k" * MEGABYTE + b"=1",
    "a metadata key of a megabyte": b"metadata[" + b"k" * MEGABYTE + b"]=1",
    "a body of ten megabytes": b"name=" + b"a" * (10 * MEGABYTE),
    "a hundred thousand pairs": b"&".join(b"metadata[k%d]=v" % n for n in range(100_000)),
    "a hundred thousand times the same pair": b"&".join([b"expand[]=a"] * 100_000),
    "a hash that is a text too": b"metadata[a]=1&metadata[a][b]=2",
    "a pair without a key": b"=1",
}


@pytest.mark.parametrize("what", BODIES)
def test_a_body_that_cannot_be_read_is_refused(raw, what):
    try:
        response = raw.post("/v1/customers", body=BODIES[what])
    except requests.ConnectionError:
        return  # Cut off while it was being sent.
    assert 400 <= response.status_code < 500, response.text[:300]
    error = response.json()["error"]
    assert error["type"] == "invalid_request_error" and error["message"]
    assert len(response.content) < 64 * 1024, "an error does not repeat what was wrong at length"


@pytest.mark.parametrize("query", ["name=%zz", "limit=%ff", "created" + "[a]" * 2_000 + "=1", "a" * 200_000 + "=1"])
def test_a_query_that_cannot_be_read_is_refused(server, query):
    assert is_refusal(exchange(server, head(server, f"GET /v1/customers?{query} HTTP/1.1")))


@pytest.mark.parametrize("index", ["99999999999999999999", "4294967296", "-1"])
def test_an_index_out_of_all_proportion_costs_nothing(raw, index):
    assert raw.get(f"/v1/payment_intents?expand[{index}]=data.customer&limit=1").status_code in (200, 400)


def test_a_body_in_json_is_refused(raw):
    response = raw.post("/v1/customers", body=b'{"name": "Ada"}', headers={"Content-Type": "application/json"})
    assert response.status_code == 400 and response.json()["error"]["message"]


HEADS = {
    "a header of a megabyte": ["X-Bomb: " + "b" * MEGABYTE],
    "ten thousand headers": [f"X-Bomb-{n}: b" for n in range(10_000)],
    "a header without a name": [": b"],
    "a header without a colon": ["Bomb"],
    "two lengths": ["Content-Length: 5", "Content-Length: 6"],
    "a negative length": ["Content-Length: -1"],
    "a length that is no number": ["Content-Length: five"],
    "a length beyond all bounds": ["Content-Length: 99999999999999999999999"],
    "a terabyte to come": [FORM, "Content-Length: 1099511627776"],
    "a length and chunks": [FORM, "Content-Length: 4", "Transfer-Encoding: chunked"],
    "an unknown transfer encoding": [FORM, "Transfer-Encoding: gzip-ish"],
}


@pytest.mark.parametrize("what", HEADS)
def test_a_head_that_makes_no_sense_is_refused(server, what):
    data = head(server, headers=HEADS[what]) + b"0\r\n\r\n"
    assert is_refusal(exchange(server, data, then_close_sending="terabyte" not in what))


def test_chunks_that_are_none_are_refused(server):
    chunked = head(server, headers=[FORM, "Transfer-Encoding: chunked"])
    for chunks in (b"zz\r\nname\r\n0\r\n\r\n", b"-5\r\nname\r\n", b"fffffffffffffffff\r\nname"):
        assert is_refusal(exchange(server, chunked + chunks, then_close_sending=True))


NO_REQUESTS = {
    "a word": b"GARBAGE\r\n\r\n",
    "a method alone": b"GET\r\n\r\n",
    "a version that is none": b"GET /v1/balance HTTP/9.9\r\n\r\n",
    "a TLS greeting": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 20,
    "zeroes": b"\x00" * 4096,
    "a path of a megabyte": b"GET /" + b"a" * MEGABYTE + b" HTTP/1.1\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "empty lines": b"\r\n" * 1000,
}


@pytest.mark.parametrize("what", NO_REQUESTS)
def test_bytes_that_are_no_request_are_refused(server, what):
    assert is_refusal(exchange(server, NO_REQUESTS[what], then_close_sending=True))


def test_garbage_behind_a_good_request_spoils_only_itself(server):
    good = head(server, "GET /v1/balance HTTP/1.1")
    with connect(server) as connection:
        send(connection, good + b"\x00\x01garbage\r\n\r\n" * 100)
        assert answer(connection) == 200
        assert is_refusal(answer(connection))


def test_a_request_that_ends_in_the_middle_does_nothing(server):
    body = b"name=Ada&description=half"
    whole = head(server, headers=[FORM, f"Content-Length: {len(body) + 50}"]) + body
    for end in (len(whole), len(whole) - 10, len(whole) - len(body), 40):
        assert is_refusal(exchange(server, whole[:end], then_close_sending=True))


def test_a_payment_whose_sender_vanishes_in_the_middle_of_it_is_not_made(server):
    body = b"amount=1000&currency=usd&confirm=true&payment_method_types[0]=card&payment_method=pm_card_vi"
    request = head(server, "POST /v1/payment_intents HTTP/1.1", [FORM, f"Content-Length: {len(body) + 2}"])
    with connect(server) as connection:
        send(connection, request + body)
    # The fixture finds no new intent, after later requests were served.


def test_a_slow_sender_is_cut_off(server):
    slow_head = head(server, headers=[FORM, "X-Slow: " + "s" * 4096])
    body_of = head(server, headers=[FORM, "Content-Length: 4096"])
    with contextlib.ExitStack() as stack:
        connections = [stack.enter_context(connect(server)) for _ in range(3)]
        send(connections[1], body_of)
        send(connections[2], body_of.replace(b"Content-Length: 4096", b"Transfer-Encoding: chunked"))
        messages = [slow_head, b"name=" + b"s" * 4091, b"fff\r\nname=" + b"s" * 4090]
        let_go_on = drip(connections, messages, within=CUT_OFF_SECONDS)
        slow = [part for part, each in zip(("head", "body", "chunks"), connections, strict=True) if each in let_go_on]
        assert not slow, f"slow {' and '.join(slow)}: not cut off within {CUT_OFF_SECONDS} s"
        assert all(is_refusal(answer(connection)) for connection in connections)


def test_silent_connections_keep_nobody_out(server, raw):
    with contextlib.ExitStack() as stack:
        for _ in range(300):
            stack.enter_context(connect(server))
        assert raw.get("/v1/balance").status_code == 200


def test_a_reader_that_does_not_read_keeps_nobody_out(server, raw):
    with connect(server) as connection:
        connection.settimeout(0.5)
        request = head(server, "GET /v1/events?limit=100 HTTP/1.1")
        with contextlib.suppress(TimeoutError, ConnectionError):
            for _ in range(2_000):
                connection.sendall(request)
        assert raw.get("/v1/balance").status_code == 200
