"""PostgreSQL for the servers under test: with FLORIN_TEST_DATABASE set, each has a schema of its own there."""

import contextlib
import os
import uuid
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import psycopg
from psycopg import sql

CONNECT_SECONDS = 5


def shared_address():
    """The address of the database that all tests share; None when they run on data folders."""
    return os.environ.get("FLORIN_TEST_DATABASE") or None


def with_parameters(address, **parameters):
    """A postgres:// address with more of libpq's parameters; `options` are added to those that it has."""
    parts = urlsplit(address)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    if query.get("options") and parameters.get("options"):
        parameters["options"] = f"{query['options']} {parameters['options']}"
    # libpq reads "+" as a plus sign.
    return urlunsplit(parts._replace(query=urlencode({**query, **parameters}, quote_via=quote)))


def password_of(address):
    return urlsplit(address).password


class Database:
    """What one installation has of a PostgreSQL server: a schema of its own, at `address`."""

    _made = []

    def __init__(self, server_address):
        self.server_address = server_address
        self.schema = f"s_{uuid.uuid4().hex[:12]}"
        self.address = with_parameters(server_address, options=f"-csearch_path={self.schema}")
        with psycopg.connect(server_address, connect_timeout=CONNECT_SECONDS, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(self.schema)))
        Database._made.append(self)

    def connect(self, **options):
        return psycopg.connect(self.address, connect_timeout=CONNECT_SECONDS, autocommit=True, **options)

    def rows(self, query, arguments=()):
        with self.connect() as connection:
            return connection.execute(query, arguments).fetchall()

    def execute(self, query, arguments=()):
        """Does a statement and answers how many rows it changed."""
        with self.connect() as connection:
            return connection.execute(query, arguments).rowcount

    def tables(self):
        return [name for name, in self.rows("SELECT tablename FROM pg_tables WHERE schemaname = %s ORDER BY 1", [self.schema])]

    def contents(self):
        """Pairs of a table and all that is in it: texts and bytes as they are, numbers in binary."""
        with self.connect() as connection:
            for table in self.tables():
                with connection.cursor().copy(
                    sql.SQL("COPY {} TO STDOUT (FORMAT binary)").format(sql.Identifier(table))
                ) as rows:
                    yield table, b"".join(bytes(block) for block in rows)

    def drop(self):
        if self in Database._made:
            Database._made.remove(self)
            # With a server that is gone, the schema is, too.
            with (
                contextlib.suppress(psycopg.OperationalError),
                psycopg.connect(self.server_address, connect_timeout=CONNECT_SECONDS, autocommit=True) as connection,
            ):
                connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(self.schema)))

    @classmethod
    def drop_all(cls, server_address):
        """Drops what tests have left on a server."""
        for database in [each for each in cls._made if each.server_address == server_address]:
            database.drop()
