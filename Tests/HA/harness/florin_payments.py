"""Florin on the cluster: payments by the official SDK, and the checks of what is left of them."""

import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import requests
import stripe

from harness.load import InDoubt
from support.payments import balance, payment as payment_parameters, resolved, sum_of_nets
from support.server import Florin, binary
from support.waiting import eventually

# Of one request of the load. Shorter than an outage, so that a request that hangs through it does not lengthen the gap.
REQUEST_SECONDS = 5
CHECK_REQUEST_SECONDS = 60
RESOLVE_SECONDS = 60
VERIFY_SECONDS = 600
CHECKING_THREADS = 4
# The server's clock and ours are the same here; created is in whole seconds.
CLOCK_SLACK_SECONDS = 2


class DatabaseFlorin(Florin):
    """`florin serve --database`: the folder has what is not in the database."""

    def __init__(self, folder, database, logs=None):
        super().__init__(folder, logs)
        self.database = database

    def launch(self, port=0, **popen):
        self.starts += 1
        self.logs.mkdir(parents=True, exist_ok=True)
        command = [str(binary()), "serve", "--data", str(self.folder), "--host", "127.0.0.1", "--port", str(port)]
        command += ["--database", self.database]
        with open(self.stdout_path, "wb") as out, open(self.stderr_path, "wb") as err:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, **popen)
        return self.process

    def verify(self):
        """Runs `florin verify` on the stopped server's data."""
        command = [str(binary()), "verify", "--data", str(self.folder), "--database", self.database]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=VERIFY_SECONDS)
        assert done.returncode == 0, f"florin verify ended with {done.returncode}:\n{done.stdout}{done.stderr}"

    def get(self, path):
        """Status of a GET without a key, and how long it took."""
        session = requests.Session()
        session.trust_env = False
        begun = time.monotonic()
        with session.get(self.url + path, timeout=REQUEST_SECONDS) as response:
            return response.status_code, time.monotonic() - begun


@dataclass(frozen=True)
class Outcome:
    """What a payment was acknowledged as. `id` is None for a failure that names no intent."""

    id: str | None
    status: str
    amount: int


class Payer:
    def __init__(self, server):
        self._client = client_of(server, REQUEST_SECONDS)

    def pay(self, payment):
        params = payment_parameters(payment.amount, metadata={"run": payment.run, "number": str(payment.number)})
        try:
            intent = self._client.v1.payment_intents.create(params, {"idempotency_key": payment.key})
            return Outcome(intent.id, intent.status, intent.amount)
        except stripe.CardError as error:
            # It was cut off, and found not to have happened, or was taken back: a final answer, too.
            intent = (error.json_body or {}).get("error", {}).get("payment_intent") or {}
            return Outcome(intent.get("id"), "failed", payment.amount)
        except stripe.StripeError as error:
            headers = {name.lower(): value for name, value in (error.headers or {}).items()}
            if error.http_status is None or error.http_status in (409, 429):
                raise InDoubt(f"{error.http_status}: {error}") from None
            if error.http_status >= 500 and headers.get("idempotent-replayed") != "true":
                raise InDoubt(f"{error.http_status}: {error}") from None
            if error.http_status >= 500:
                # A failure that the server remembers under this key: no repetition will change it.
                return Outcome(None, "failed", payment.amount)
            raise

    def close(self):
        pass


def client_of(server, seconds):
    addresses = {"api": server.url, "files": server.url, "connect": server.url}
    return stripe.StripeClient(
        server.secret_key,
        base_addresses=addresses,
        max_network_retries=0,
        http_client=stripe.RequestsClient(timeout=seconds),
    )


class FlorinPayments:
    """One Florin, started for each test on the same data; stopped for `florin verify`."""

    name = "florin"

    def __init__(self, folder, database, logs):
        self.server = DatabaseFlorin(folder, database, logs)
        self._began = time.time()

    def open(self):
        self.server.start()
        self._began = time.time()
        # The first payments make what is made once; what they take is no part of a gap.
        client_of(self.server, CHECK_REQUEST_SECONDS).v1.balance.retrieve()

    def close(self):
        if self.server.is_running:
            self.server.process.send_signal(signal.SIGCONT)
            self.server.stop()

    def payer(self):
        return Payer(self.server)

    def check(self, payments):
        ended = f"florin ended with {self.server.process.returncode}:\n{self.server.output_tail()}"
        assert self.server.is_running, ended
        client = client_of(self.server, CHECK_REQUEST_SECONDS)
        found = self._intents(client, payments)
        numbers = {payment.number for payment in payments}
        assert set(found) <= numbers, f"payments that nobody asked for: {sorted(set(found) - numbers)[:5]}"
        for payment in payments:
            self._listed_as_acknowledged(client, payment, found.get(payment.number, []))
        self._retrieved_as_acknowledged(payments)
        self._charged_once(client, payments, found)
        eventually(
            lambda: sum_of_nets(client, "usd") == balance(client, "usd"),
            RESOLVE_SECONDS, "the sum of the balance transactions being the balance")
        self.server.stop()
        self.server.verify()

    def _intents(self, client, payments):
        """All intents of this run in the API's list, by the driver's number."""
        run = payments[0].run
        found = {}
        for intent in self._since_the_start(client.v1.payment_intents):
            metadata = intent.metadata.to_dict()
            if metadata.get("run") == run:
                found.setdefault(int(metadata["number"]), []).append(intent)
        return found

    def _since_the_start(self, resource):
        created = {"gte": int(self._began) - CLOCK_SLACK_SECONDS}
        return resource.list({"limit": 100, "created": created}).auto_paging_iter()

    @staticmethod
    def _listed_as_acknowledged(client, payment, intents):
        outcome = payment.outcome
        if outcome.id is None:
            assert len(intents) <= 1, f"payment {payment.number} is there {len(intents)} times"
        else:
            ids = [intent.id for intent in intents]
            assert ids == [outcome.id], f"payment {payment.number} was acknowledged as {outcome}, and is there as {ids}"
        for intent in intents:
            assert intent.amount == payment.amount, f"payment {payment.number} has the amount {intent.amount}"
            if intent.status == "processing":
                intent = resolved(client, intent.id, RESOLVE_SECONDS)
            if outcome.status == "succeeded":
                assert intent.status == "succeeded", f"payment {payment.number} succeeded, and is now {intent.status}"
                assert intent.amount_received == payment.amount
            elif outcome.status == "failed" and outcome.id is not None:
                failed = f"payment {payment.number} failed, and is now {intent.status}"
                assert intent.status == "requires_payment_method", failed

    def _retrieved_as_acknowledged(self, payments):
        def look(share):
            client = client_of(self.server, CHECK_REQUEST_SECONDS)
            for payment in share:
                intent = client.v1.payment_intents.retrieve(payment.outcome.id)
                assert (intent.id, intent.amount) == (payment.outcome.id, payment.amount)
                assert payment.outcome.status != "succeeded" or intent.status == "succeeded"

        named = [payment for payment in payments if payment.outcome.id is not None]
        with ThreadPoolExecutor(CHECKING_THREADS) as pool:
            list(pool.map(look, [named[start::CHECKING_THREADS] for start in range(CHECKING_THREADS)]))

    def _charged_once(self, client, payments, found):
        """Exactly one successful charge for each payment that succeeded, and none for any other."""
        succeeded = {}
        for charge in self._since_the_start(client.v1.charges):
            if charge.status == "succeeded":
                succeeded.setdefault(charge.payment_intent, []).append(charge)
        for payment in payments:
            for intent in found.get(payment.number, []):
                charges = succeeded.get(intent.id, [])
                if payment.outcome.status == "succeeded":
                    assert [charge.amount_captured for charge in charges] == [payment.amount], (
                        f"payment {payment.number} was charged {len(charges)} times")
                else:
                    assert sum(1 for charge in charges if charge.captured) <= 1
