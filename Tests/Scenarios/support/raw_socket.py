"""Bytes on a socket, for requests that no HTTP client would send."""

import http.client
import select
import socket
import time

CLOSED = "closed"


def connect(server, timeout=30):
    return socket.create_connection(("127.0.0.1", server.port), timeout=timeout)


def head(server, line="POST /v1/customers HTTP/1.1", headers=()):
    """A request's head, with the key and no length."""
    lines = [line, f"Host: 127.0.0.1:{server.port}", f"Authorization: Bearer {server.secret_key}", *headers]
    return "\r\n".join([*lines, "", ""]).encode()


def answer(connection):
    """The status of the next answer on a connection, or CLOSED. Reads its body too."""
    try:
        response = http.client.HTTPResponse(connection, method="POST")
        response.begin()
        response.read()
        return response.status
    except (http.client.HTTPException, ConnectionError, ValueError):
        return CLOSED


def send(connection, data):
    """Sends what the other side takes; it may answer and close before it has all."""
    try:
        connection.sendall(data)
    except ConnectionError:
        pass


def exchange(server, data, then_close_sending=False):
    """Sends bytes on a connection of their own and answers the status that comes back, or CLOSED."""
    with connect(server) as connection:
        send(connection, data)
        if then_close_sending:
            try:
                connection.shutdown(socket.SHUT_WR)
            except OSError:
                return CLOSED
        return answer(connection)


def drip(connections, messages, within, pause=0.2):
    """Sends each message a byte at a time, until the other side answers or closes. Answers those that it let go on."""
    deadline = time.monotonic() + within
    open_ones = {connection: iter(message) for connection, message in zip(connections, messages, strict=True)}
    while open_ones and time.monotonic() < deadline:
        readable, _, _ = select.select(list(open_ones), [], [], pause)
        for connection in readable:
            del open_ones[connection]
        for connection, message in list(open_ones.items()):
            try:
                connection.send(bytes([next(message)]))
            except ConnectionError:
                del open_ones[connection]
    return list(open_ones)
