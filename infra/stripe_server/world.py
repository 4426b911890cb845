"""What one call sees and changes of an account: all of it is kept, or nothing."""

import secrets
import string
import time
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from stripe._api_version import _ApiVersion

from infra.stripe_server.faults import Body, missing
from infra.stripe_server.shapes import shown
from infra.stripe_server.store import Place, Store

_LETTERS = string.ascii_letters + string.digits
SETTINGS = "_settings"


def new_id(prefix: str, length: int = 24) -> str:
    """Return an id as Stripe's look."""
    return f"{prefix}_" + "".join(secrets.choice(_LETTERS) for _ in range(length))


@dataclass
class World:
    """One account's objects, as they are and as this call leaves them.

    What is read may be changed in place; `keep` hands it to the store.
    """

    store: Store
    account: str
    base_url: str = ""
    platform: str = ""
    """The account whose key was used: the same, unless `Stripe-Account` names another."""
    request_id: str | None = None
    idempotency_key: str | None = None
    _copies: dict[Place, Body] = field(default_factory=dict)
    _gone: set[Place] = field(default_factory=set)
    _held: int | None = None

    # Time

    def now(self, of: Body | None = None) -> int:
        """Return the time as it is for an object: its test clock's, or the server's."""
        if self._held is not None:
            return self._held
        clock = self.clock_of(of) if of else None
        if clock and (found := self.find("test_helpers.test_clock", clock)):
            return int(found["frozen_time"])
        return int(time.time()) + int(self.setting("clock_offset", 0))

    def clock_of(self, body: Body) -> str | None:
        """Return the test clock that an object lives by, its own or its customer's."""
        if body.get("test_clock"):
            return str(body["test_clock"])
        customer = body.get("customer")
        found = self.find("customer", customer) if isinstance(customer, str) else None
        return found.get("test_clock") if found else None

    @contextmanager
    def at(self, instant: int) -> Iterator[None]:
        """Hold the time inside the block."""
        before, self._held = self._held, instant
        try:
            yield
        finally:
            self._held = before

    def setting(self, name: str, default: Any) -> Any:
        """Return a knob of the account that owns the key."""
        known = self.store.kind(self.platform or self.account, SETTINGS).get(SETTINGS, {})
        return known.get(name, default)

    # Objects

    def find(self, kind: str, known_as: str | None) -> Body | None:
        """Return an object, or None."""
        if known_as is None:
            return None
        place = (kind, known_as)
        if place in self._gone:
            return None
        if place not in self._copies:
            known = self.store.kind(self.account, kind).get(known_as)
            if known is None:
                return None
            self._copies[place] = deepcopy(known)
        return self._copies[place]

    def get(self, kind: str, known_as: str, param: str | None = None) -> Body:
        """Return an object; the answer to the caller where there is none."""
        found = self.find(kind, known_as)
        if found is None:
            raise missing(kind, known_as, param)
        return found

    def by_id(self, known_as: str) -> Body | None:
        """Return the object with an id, of whatever kind it is."""
        for kind in self.store.kinds(self.account) + [kind for kind, _ in self._copies]:
            if not kind.startswith("_") and (found := self.find(kind, known_as)):
                return found
        return None

    def where(self, kind: str, **equal: Any) -> list[Body]:
        """Return the objects of a kind with these values, oldest first."""
        base = self.store.kind(self.account, kind)
        found = []
        for known_as in [*base, *(i for k, i in self._copies if k == kind and i not in base)]:
            if (kind, known_as) in self._gone:
                continue
            body = self._copies.get((kind, known_as)) or base[known_as]
            if all(body.get(name) == value for name, value in equal.items()):
                copy = self.find(kind, known_as)
                assert copy is not None
                found.append(copy)
        return found

    def peek(self, kind: str) -> list[Body]:
        """Return the objects of a kind to look at, not to change."""
        base = self.store.kind(self.account, kind)
        fresh = [body for (each, known_as), body in self._copies.items()
                 if each == kind and known_as not in base]  # fmt: skip
        return [
            self._copies.get((kind, known_as), body)
            for known_as, body in base.items()
            if (kind, known_as) not in self._gone
        ] + fresh

    def add(self, kind: str, prefix: str, **values: Any) -> Body:
        """Make an object with an id of its own, unless the values have one."""
        known_as = values.pop("id", None) or new_id(prefix)
        created = values.pop("created", None) or self.now(values)
        body: Body = {"id": known_as, "object": kind, "created": created, "livemode": False}
        body |= {"metadata": {}} | values
        self._copies[kind, known_as] = body
        self._gone.discard((kind, known_as))
        return body

    def remove(self, body: Body) -> Body:
        """Take an object away and return what the API answers to that."""
        place = (body["object"], body["id"])
        self._gone.add(place)
        self._copies.pop(place, None)
        return {"id": body["id"], "object": body["object"], "deleted": True}

    # Events

    def emit(self, kind: str, body: Body, previous: Body | None = None) -> Body:
        """Record that something happened, as the object is now."""
        data: Body = {"object": shown(body)}
        if previous is not None:
            data["previous_attributes"] = previous
        event = self.add(
            "event",
            "evt",
            created=self.now(body),
            api_version=_ApiVersion.CURRENT,
            type=kind,
            data=data,
            pending_webhooks=0,
            request={"id": self.request_id, "idempotency_key": self.idempotency_key},
            _deliveries={},
        )
        if self.account != (self.platform or self.account):
            event["account"] = self.account
        return event

    @contextmanager
    def changing(self, kind: str, body: Body) -> Iterator[None]:
        """Record what the block changed of an object, if it did."""
        before = shown(body)
        yield
        after = shown(body)
        previous = {
            name: before.get(name)
            for name in {*before, *after}
            if before.get(name) != after.get(name)
        }
        if previous:
            self.emit(kind, body, previous)

    # All or nothing

    def fork(self) -> "World":
        """Return a copy in which something can be tried: nobody keeps what it does."""
        return World(
            self.store, self.account, self.base_url, self.platform, self.request_id,
            self.idempotency_key, deepcopy(self._copies), set(self._gone), self._held,
        )  # fmt: skip

    def keep(self) -> list[Body]:
        """Hand everything that changed to the store and return the new events, oldest first."""
        changed: dict[Place, Body] = {}
        for (kind, known_as), body in self._copies.items():
            if self.store.kind(self.account, kind).get(known_as) != body:
                changed[kind, known_as] = deepcopy(body)
        events = [
            body
            for (kind, known_as), body in changed.items()
            if kind == "event" and known_as not in self.store.kind(self.account, "event")
        ]
        self.store.apply(self.account, changed, self._gone)
        self._copies.clear()
        self._gone.clear()
        return events
