"""Card numbers and security codes are nowhere: not on the disk, not in a log, not in an answer, not in a core dump."""

import os
import resource
import signal
from base64 import b64encode

import pytest

from support.cards import BRANDS, DECLINES, card, with_check_digit
from support.http import Raw
from support.pan_scanner import PanScanner, forms
from support.payments import payment, unique
from support.raw_socket import connect, head, send

CODE, AMEX_CODE = "987", "9876"
# Of a bank that is nobody's, so that they are in no table and no test of the server itself.
OWN_NUMBERS = [with_check_digit(f"42424200{n:07d}") for n in range(1234567, 1234567 + 9 * 7, 9)]
WRONG_NUMBER = OWN_NUMBERS[0][:-1] + str((int(OWN_NUMBERS[0][-1]) + 1) % 10)
NUMBERS = OWN_NUMBERS + [number for number, _ in BRANDS.values()] + [decline.number for decline in DECLINES]


def secret_card(number, **fields):
    return card(number, cvc=AMEX_CODE if number.startswith("37") else CODE, **fields)


def take_cards_in_every_way(raw, server, receiver):
    """Shows the server card numbers in all the places where they belong, and in some where they do not."""
    answers = []

    def post(path, params=None, **options):
        answers.append(raw.post(path, params, **options))
        return answers[-1]

    raw.post("/v1/webhook_endpoints", {"url": receiver.url(), "enabled_events": ["*"]})
    customer = post("/v1/customers", {"name": "Ada"}).json()["id"]
    for number in NUMBERS:
        data = {"type": "card", "card": secret_card(number)}
        post("/v1/tokens", {"card": secret_card(number, name="Ada", address_zip="00100")})
        method = post("/v1/payment_methods", data).json()
        post(f"/v1/payment_methods/{method.get('id')}/attach", {"customer": customer})
        post("/v1/payment_intents", payment(payment_method=method.get("id"), customer=customer))
        for _ in range(2):
            post("/v1/payment_intents", payment(payment_method_data=data), idempotency_key=f"key-{number[-6:]}")
        post("/v1/payment_intents", payment(payment_method_data=data, capture_method="manual"))

    number = OWN_NUMBERS[0]
    post("/v1/payment_methods", {"type": "card", "card": secret_card(WRONG_NUMBER)})
    post("/v1/payment_methods", {"type": "card", "card": secret_card(" ".join(number[i : i + 4] for i in range(0, 16, 4)))})
    post("/v1/payment_methods", {"type": "card", "card": secret_card(number, exp_month=13)})
    post("/v1/payment_methods", {"type": "card", "card": {"number": number, "cvc": CODE}})
    post("/v1/payment_intents", {**payment(), "card_number": number, "cvc": CODE})
    # Answers may show a value that they refuse to the one who sent it: only what is kept is looked through for these.
    raw.post("/v1/payment_methods", {"type": "card", "card": number})
    raw.post("/v1/payment_methods", {"type": number, "card": secret_card(number)})
    raw.post("/v1/payment_intents", payment(amount=number))
    raw.post("/v1/payment_intents", {**payment(), number: "1"})
    raw.post("/v1/payment_intents", payment(payment_method=number))
    post("/v1/payment_intents", payment(payment_method_data={"type": "card", "card": secret_card(number)}), key="sk_test_wrong")
    post("/v1/payment_methods", body=f"type=card&card[number]={number}&card[cvc]={CODE}&card[exp_month]=%zz".encode())
    post("/v1/payment_methods", body=f'{{"card": {{"number": "{number}", "cvc": "{CODE}"}}}}'.encode(),
         headers={"Content-Type": "application/json"})
    raw.get("/v1/customers", {"email": number})
    raw.get(f"/v1/payment_methods/{number}")
    raw.post("/v1/customers", {"name": "Ada"}, idempotency_key=unique("key"), headers={"X-Card": number})
    cut_off = f"type=card&card[number]={number}&card[cvc]={CODE}".encode()
    form = ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(cut_off) + 10}"]
    with connect(server) as connection:
        send(connection, head(server, "POST /v1/payment_methods HTTP/1.1", form) + cut_off)

    for path in ("payment_methods?customer=" + customer, "payment_intents?limit=100", "charges?limit=100", "events?limit=100"):
        answers.append(raw.get(f"/v1/{path}"))
    return answers


def allow_core_dumps():
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))


def test_no_card_number_and_no_security_code_is_written_anywhere(own_server, webhook_receiver):
    own_server.folder.mkdir(parents=True)
    own_server.start(cwd=own_server.folder, preexec_fn=allow_core_dumps, env={**os.environ, "SWIFT_BACKTRACE": "enable=no"})
    raw = Raw(own_server)
    answers = take_cards_in_every_way(raw, own_server, webhook_receiver)
    assert sum(answer.status_code == 200 for answer in answers) > 2 * len(NUMBERS)
    assert all(answer.status_code < 500 for answer in answers)
    webhook_receiver.wait_for(len(NUMBERS))

    scanner = PanScanner([*NUMBERS, WRONG_NUMBER], [CODE, AMEX_CODE])
    findings = list(scanner.findings_below(own_server.folder))
    if own_server.database is not None:
        contents = dict(own_server.database.contents())
        assert contents.keys() >= {"charge", "payment_method", "vault_card"}, "the tables are looked through"
        for table, content in contents.items():
            findings += scanner.findings(content, f"the table {table}")
    assert own_server.core_limit()[0] == 0, "core dumps are switched off"
    own_server.process.send_signal(signal.SIGABRT)
    own_server.wait()
    findings += scanner.findings_below(own_server.folder.parent)
    for answer in answers:
        findings += scanner.findings(answer.content, f"the answer to {answer.request.method} {answer.request.path_url[:40]}")
    for delivery in webhook_receiver.received():
        findings += scanner.findings(delivery.body, f"the delivery of {delivery.type}")
    assert not findings, f"{len(findings)} findings:\n" + "\n".join(sorted(set(findings))[:40])


def test_a_card_number_is_not_in_the_environment_or_the_arguments_of_the_server(server, client):
    number = OWN_NUMBERS[-1]
    client.v1.payment_methods.create({"type": "card", "card": secret_card(number)})
    for name in ("cmdline", "environ"):
        with open(f"/proc/{server.process.pid}/{name}", "rb") as file:
            assert number.encode() not in file.read()


# The scanner itself: it finds what is planted.


@pytest.mark.parametrize("form", forms(OWN_NUMBERS[0]))
def test_a_planted_number_is_found(tmp_path, form):
    number = OWN_NUMBERS[0]
    (tmp_path / "log").write_bytes(b"noise\x00" * 50 + forms(number)[form] + b"noise" * 50)
    assert list(PanScanner([number], [CODE]).findings_below(tmp_path))


@pytest.mark.parametrize("before", ["", "a", "ab", "abc", '{"number":"'])
def test_a_number_within_a_base64_text_is_found(before):
    number = OWN_NUMBERS[0]
    assert list(PanScanner([number], [CODE]).findings(b64encode(f"{before}{number}&more".encode()), "log"))


@pytest.mark.parametrize("text", ['"cvc":"987"', "card[cvc]=987&", "cvc: 987", "cvv2 = '987'", "verification_value=987\n"])
def test_a_planted_security_code_is_found(text):
    scanner = PanScanner([], [CODE])
    assert list(scanner.findings(text.encode(), "log"))
    assert not list(scanner.findings(text.replace("987", "9871").encode(), "log"))
