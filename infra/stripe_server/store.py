"""All objects of all accounts: in memory, and in one SQLite file where a folder is given."""

import json
import sqlite3
from copy import deepcopy
from pathlib import Path
from threading import RLock

from infra.stripe_server.faults import Body

Place = tuple[str, str]
"""Kind and id."""


class Store:
    """What is so; a world changes it, under the lock, all or nothing."""

    def __init__(self, folder: Path | None = None) -> None:
        """Read what an earlier run left in the folder."""
        self.lock = RLock()
        self._accounts: dict[str, dict[str, dict[str, Body]]] = {}
        self._file: sqlite3.Connection | None = None
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._file = sqlite3.connect(folder / "objects.sqlite", check_same_thread=False)
            self._file.execute(
                "CREATE TABLE IF NOT EXISTS objects (account TEXT, kind TEXT, id TEXT, body TEXT, "
                "PRIMARY KEY (account, kind, id))"
            )
            rows = self._file.execute(
                "SELECT account, kind, id, body FROM objects ORDER BY rowid"
            ).fetchall()
            for account, kind, known_as, body in rows:
                self.kind(account, kind)[known_as] = json.loads(body)

    def kind(self, account: str, kind: str) -> dict[str, Body]:
        """Return an account's objects of a kind by id, oldest first."""
        return self._accounts.setdefault(account, {}).setdefault(kind, {})

    def kinds(self, account: str) -> list[str]:
        """Return the kinds of object an account has, or had."""
        return list(self._accounts.get(account, {}))

    def accounts(self) -> list[str]:
        """Return every account that has something."""
        return list(self._accounts)

    def apply(self, account: str, changed: dict[Place, Body], gone: set[Place]) -> None:
        """Take over what a world did."""
        for (kind, known_as), body in changed.items():
            self.kind(account, kind)[known_as] = body
        for kind, known_as in gone:
            self.kind(account, kind).pop(known_as, None)
        if self._file is None or not (changed or gone):
            return
        with self._file:
            self._file.executemany(
                "INSERT INTO objects VALUES (?, ?, ?, ?) "
                "ON CONFLICT (account, kind, id) DO UPDATE SET body = excluded.body",
                [(account, *place, json.dumps(body)) for place, body in changed.items()],
            )
            self._file.executemany(
                "DELETE FROM objects WHERE account = ? AND kind = ? AND id = ?",
                [(account, *place) for place in gone],
            )

    def copy(self, account: str) -> dict[str, dict[str, Body]]:
        """Return everything of an account, for itself."""
        return deepcopy(self._accounts.get(account, {}))

    def put(self, account: str, objects: dict[str, dict[str, Body]]) -> None:
        """Have an account own just these objects."""
        self.forget(account)
        self._accounts[account] = {}
        for kind, bodies in deepcopy(objects).items():
            self._accounts[account][kind] = {}
            self.apply(account, {(kind, one): body for one, body in bodies.items()}, set())

    def forget(self, account: str) -> None:
        """Drop everything of an account."""
        self._accounts.pop(account, None)
        if self._file is not None:
            with self._file:
                self._file.execute("DELETE FROM objects WHERE account = ?", (account,))

    def close(self) -> None:
        """Let the file go."""
        if self._file is not None:
            self._file.close()
