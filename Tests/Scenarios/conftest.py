"""Fixtures: a server per worker, clients of it, and a merchant's webhook receiver."""

import os

import pytest
import stripe

from support.database import Database, shared_address
from support.http import TIMEOUT, Raw
from support.private_postgres import PrivatePostgres, Template
from support.server import Florin
from support.webhook_receiver import WebhookReceiver


def pytest_collection_modifyitems(config, items):
    """Leaves out what takes long unless it is asked for, and what is about the engine that the tests do not run on."""
    unwanted = {"embedded" if shared_address() else "postgres"}
    if os.environ.get("FLORIN_SLOW") != "1":
        unwanted.add("slow")
    left_out = [item for item in items if unwanted & {marker.name for marker in item.iter_markers()}]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session", autouse=True)
def no_schemas_left():
    yield
    if shared_address():
        Database.drop_all(shared_address())


def stripe_client(server, key=None, **options):
    """Stripe's own client, pointed at a server."""
    addresses = {"api": server.url, "files": server.url, "connect": server.url}
    return stripe.StripeClient(
        key or server.secret_key,
        base_addresses=addresses,
        max_network_retries=0,
        http_client=stripe.RequestsClient(timeout=TIMEOUT),
        **options,
    )


@pytest.fixture(scope="session")
def worker_server(tmp_path_factory):
    server = Florin(tmp_path_factory.mktemp("florin") / "data").start()
    yield server
    server.stop()
    server.discard()


@pytest.fixture
def server(worker_server):
    """The worker's server. A test during which it dies fails, and the next one gets it started anew."""
    worker_server.keep_running()
    yield worker_server
    if not worker_server.is_running:
        pytest.fail(f"florin ended with {worker_server.process.returncode}:\n{worker_server.output_tail()}")


@pytest.fixture
def own_server(tmp_path, request):
    """A server of this test alone, not yet started, that it may stop, kill and starve."""
    server = Florin(tmp_path / "data", is_on_folder=request.node.get_closest_marker("on_folder") is not None)
    yield server
    server.discard()


@pytest.fixture
def client(server):
    return stripe_client(server)


@pytest.fixture
def raw(server):
    return Raw(server)


@pytest.fixture
def customer(client):
    return client.v1.customers.create({"name": "Ada Byron", "email": "ada@example.com"})


@pytest.fixture
def webhook_receiver():
    receiver = WebhookReceiver()
    yield receiver
    receiver.close()


@pytest.fixture
def endpoint(client, webhook_receiver):
    """Makes endpoints at the receiver, and removes them after the test."""
    made = []

    def make(events, path="/hook", **more):
        params = {"url": webhook_receiver.url(path), "enabled_events": events, **more}  # `url=` is another receiver
        made.append(client.v1.webhook_endpoints.create(params))
        return made[-1]

    yield make
    for each in made:
        try:
            client.v1.webhook_endpoints.delete(each.id)
        except stripe.InvalidRequestError:
            pass  # The test has deleted it.


# PostgreSQL servers of a test's own


@pytest.fixture(scope="session")
def postgres_template():
    template = Template()
    yield template
    template.remove()


@pytest.fixture
def make_postgres(postgres_template):
    """Makes servers, not yet started, with settings of their own."""
    made = []

    def make(**options):
        made.append(PrivatePostgres(postgres_template, **options))
        return made[-1]

    yield make
    for each in made:
        each.remove()


@pytest.fixture
def postgres(make_postgres):
    return make_postgres().start()


@pytest.fixture
def on(tmp_path):
    """Makes a server on an address, not yet started."""
    made = []

    def make(address, *options):
        made.append(Florin(tmp_path / f"florin{len(made)}" / "data", address=address, options=options))
        return made[-1]

    yield make
    for each in made:
        each.kill()
