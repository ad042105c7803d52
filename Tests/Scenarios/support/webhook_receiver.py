"""A merchant's webhook endpoint: it keeps every delivery and answers as the test says."""

import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import stripe

from support.waiting import eventually


@dataclass
class Delivery:
    path: str
    headers: dict
    body: bytes
    answered: int
    at: float = field(default_factory=time.monotonic)

    @property
    def event(self):
        return json.loads(self.body)

    @property
    def type(self):
        return self.event["type"]

    @property
    def object(self):
        return self.event["data"]["object"]

    @property
    def signature(self):
        return self.headers["stripe-signature"]

    def verified(self, secret):
        """The event as the SDK gives it, once the signature is found right."""
        return stripe.Webhook.construct_event(self.body, self.signature, secret)


class WebhookReceiver:
    """Listens on a free port. `answer` maps a Delivery to the status it gets; 200 to all at first."""

    def __init__(self):
        self.deliveries = []
        self.answer = lambda delivery: 200
        self._lock = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                status = receiver._took(Delivery(self.path, headers, body, answered=0))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *arguments):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request, client_address):
                pass  # The sender went away.

        self._server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def _took(self, delivery):
        with self._lock:
            delivery.answered = self.answer(delivery)
            self.deliveries.append(delivery)
            return delivery.answered

    def url(self, path="/hook"):
        return f"http://127.0.0.1:{self._server.server_address[1]}{path}"

    def received(self, path=None, type=None, about=None):
        """Deliveries so far, in the order they came; `about` is the id of the event's object."""
        with self._lock:
            deliveries = list(self.deliveries)
        return [
            delivery
            for delivery in deliveries
            if (path is None or delivery.path == path)
            and (type is None or delivery.type == type)
            and (about is None or delivery.object.get("id") == about)
        ]

    def wait_for(self, count=1, within=15.0, **which):
        eventually(lambda: len(self.received(**which)) >= count, within, f"{count} deliveries of {which or 'events'}")
        return self.received(**which)

    def close(self):
        self._server.shutdown()
        self._server.server_close()
