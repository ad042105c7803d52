"""HTTP without the SDK: what curl would send, and the bytes that came back."""

import requests

TIMEOUT = 60


def form(params, prefix=""):
    """Pairs of Stripe's form encoding: hashes as a[b], arrays as a[0]."""
    pairs = []
    items = params.items() if isinstance(params, dict) else enumerate(params)
    for key, value in items:
        name = f"{prefix}[{key}]" if prefix else str(key)
        if isinstance(value, (dict, list)):
            pairs += form(value, name)
        elif isinstance(value, bool):
            pairs.append((name, "true" if value else "false"))
        else:
            pairs.append((name, str(value)))
    return pairs


class Raw:
    """A client of one server that shows status, headers and body as they are. Not to be shared by threads."""

    def __init__(self, server, key=None):
        self.url = server.url
        self.key = server.secret_key if key is None else key
        self.session = requests.Session()
        self.session.trust_env = False

    def request(self, method, path, params=None, *, body=None, idempotency_key=None, headers=None, key=None):
        """`params` as a dict or pairs; `body` instead sends these very bytes as a form."""
        sent = {}
        key = self.key if key is None else key
        if key:
            sent["Authorization"] = f"Bearer {key}"
        if idempotency_key is not None:
            sent["Idempotency-Key"] = idempotency_key
        data = query = None
        if body is not None:
            data = body
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        elif params is not None:
            pairs = form(params) if isinstance(params, dict) else params
            if method == "POST":
                data = pairs
            else:
                query = pairs
        sent.update(headers or {})
        return self.session.request(method, self.url + path, params=query, data=data, headers=sent, timeout=TIMEOUT)

    def get(self, path, params=None, **options):
        return self.request("GET", path, params, **options)

    def post(self, path, params=None, **options):
        return self.request("POST", path, params, **options)

    def delete(self, path, params=None, **options):
        return self.request("DELETE", path, params, **options)


def error_of(response, status, **expected):
    """The error object of an answer, after a check of its status and the fields given; None means left out."""
    assert response.status_code == status, f"{response.status_code}, not {status}: {response.text[:600]}"
    error = response.json()["error"]
    assert error["message"]
    for field, value in expected.items():
        assert error.get(field) == value, f"{field} is {error.get(field)!r}, not {value!r}: {error}"
        assert value is not None or field not in error, f"{field} is null, not left out"
    return error
