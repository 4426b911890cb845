"""The ledger: journals whose entries add up to zero, posted once, never changed.

Amounts owed to a channel are positive. A channel's accounts keep a balance, so their rows are
locked, in id order, before any balance changes; house accounts would be everyone's bottleneck, so
they are never locked, keep no balance and are summed from their entries.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kit import audit, clock, ids
from kit.db import transaction
from tenants.channels.models import Channel
from tenants.settlement.models import (
    HOUSE,
    Account,
    AccountCode,
    CommissionLine,
    Entry,
    Journal,
    JournalKind,
)
from tenants.settlement.services.sets import any_of, batches, forget, numbers, public_ids, records


class KeyReused(ValueError):
    """A key came a second time with other entries: somebody's key is not unique."""


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a journal: signed minor units on an account, with the line that caused it."""

    account: Account
    amount: int
    line: CommissionLine | None = None


class Line(Protocol):
    """What the ledger needs of a commission line."""

    @property
    def id(self) -> int: ...
    @property
    def amount(self) -> int: ...


@dataclass(frozen=True, slots=True)
class AccountRef:
    """An account as the set-based verbs know it."""

    id: int
    currency: str
    is_house: bool


@dataclass(frozen=True, slots=True)
class Posting:
    """A journal to be: `entries` are (account, amount, line id)."""

    kind: JournalKind
    key: str
    entries: Sequence[tuple[AccountRef, int, int | None]]
    reason: str = ""
    reverses_id: int | None = None

    def refuse_if_unbalanced(self) -> None:
        """ValueError unless there are two entries at least, none zero, zero in each currency."""
        sums: dict[str, int] = defaultdict(int)
        for account, amount, _ in self.entries:
            if amount == 0:
                raise ValueError(f"{self.key}: an entry of zero says nothing")
            sums[account.currency] += amount
        if len(self.entries) < 2 or any(sums.values()):
            raise ValueError(f"{self.key}: entries do not add up to zero: {dict(sums)}")

    @property
    def digest(self) -> str:
        """What makes two journals of one key the same movement."""
        sides = ",".join(
            f"{account.id}:{amount}:{line_id or ''}"
            for account, amount, line_id in sorted(
                self.entries, key=lambda entry: (entry[0].id, entry[2] or 0, entry[1])
            )
        )
        body = f"{self.kind}|{self.reverses_id or ''}|{sides}"
        return hashlib.sha256(body.encode()).hexdigest()


def post(
    kind: JournalKind,
    *,
    key: str,
    entries: Sequence[Side],
    reason: str,
    by: audit.Actor,
) -> Journal:
    """Move money once: post a journal and change the balances of channels' accounts.

    The same key with the same entries returns the journal that stands and moves nothing; with
    other entries it raises KeyReused. ValueError where entries do not add up to zero.
    """
    posting = Posting(
        kind=kind,
        key=key,
        entries=[
            (reference(side.account), side.amount, side.line.id if side.line else None)
            for side in entries
        ],
        reason=reason,
    )
    return _post_one(posting, by=by)


def reverse(journal: Journal, *, reason: str, by: audit.Actor) -> Journal:
    """Post the opposite of a journal, once; a second time returns the reversal that stands."""
    with transaction() as session:
        entries = session.scalars(select(Entry).where(Entry.journal_id == journal.id)).all()
        posting = Posting(
            kind=JournalKind.REVERSED,
            key=reversal_key(journal.id),
            entries=[(reference(entry.account), -entry.amount, entry.line_id) for entry in entries],
            reason=reason,
            reverses_id=journal.id,
        )
        return _post_one(posting, by=by)


def reversal_key(journal_id: int) -> str:
    """Return the key under which a journal's reversal is posted, so that it has only one."""
    return f"reverse:{journal_id}"


def _post_one(posting: Posting, *, by: audit.Actor) -> Journal:
    with transaction() as session:
        (journal_id,) = post_all([posting], by=by)
        return session.get_one(Journal, journal_id)


def reference(account: Account) -> AccountRef:
    """Return an account as the set-based verbs know it."""
    return AccountRef(account.id, account.currency, is_house=account.channel_id is None)


def open_accounts(channel: Channel, currency: str) -> dict[AccountCode, Account]:
    """Return a channel's accounts in a currency, opened if they are not yet."""
    with transaction() as session:
        refs = open_all([(channel.id, currency)])
        rows = session.scalars(
            select(Account).where(Account.id.in_([ref.id for ref in refs.values()]))
        )
        return {AccountCode(row.code): row for row in rows if row.channel_id is not None}


def house_account(code: AccountCode, currency: str) -> Account:
    """Return one of the house's accounts in a currency, opened if it is not yet."""
    with transaction() as session:
        refs = open_all([(None, currency)])
        return session.get_one(Account, refs[None, code, currency].id)


_Owner = tuple[int | None, AccountCode, str]


def open_all(owners: Iterable[tuple[int | None, str]]) -> dict[_Owner, AccountRef]:
    """Return the accounts of channels in currencies, and the house's, opened where missing.

    Keyed by (channel id or None for the house, code, currency).
    """
    wanted = set(owners)
    wanted |= {(None, currency) for _, currency in wanted}
    needed = {
        (channel_id, code, currency)
        for channel_id, currency in wanted
        for code in AccountCode
        if (code in HOUSE) == (channel_id is None)
    }
    with transaction() as session:
        found = _accounts(session, wanted)
        missing = sorted(needed - found.keys(), key=lambda owner: (owner[0] or 0, *owner[1:]))
        if missing:
            now = clock.now()
            session.execute(
                insert(Account).on_conflict_do_nothing(),
                [
                    {
                        "public_id": ids.new(),
                        "created_at": now,
                        "channel_id": channel_id,
                        "code": code.value,
                        "currency": currency,
                        "balance": 0,
                    }
                    for channel_id, code, currency in missing
                ],
            )
            found = _accounts(session, wanted)
        return found


def _accounts(
    session: Session, wanted: Iterable[tuple[int | None, str]]
) -> dict[_Owner, AccountRef]:
    channels = sorted({channel_id for channel_id, _ in wanted if channel_id is not None})
    rows = session.execute(
        select(Account.id, Account.channel_id, Account.code, Account.currency).where(
            (Account.channel_id == any_of(channels)) | Account.channel_id.is_(None)
        )
    )
    return {
        (row.channel_id, AccountCode(row.code), row.currency): AccountRef(
            row.id, row.currency, is_house=row.channel_id is None
        )
        for row in rows
    }


def lock_accounts(account_ids: Iterable[int]) -> dict[int, int]:
    """Lock channels' accounts in id order until the transaction ends; return their balances."""
    with transaction() as session:
        rows = session.execute(
            select(Account.id, Account.balance)
            .where(Account.id == any_of(sorted(set(account_ids))), Account.channel_id.is_not(None))
            .order_by(Account.id)
            .with_for_update()
        )
        return {row.id: row.balance for row in rows}


def spread(
    source: AccountRef, targets: Sequence[tuple[AccountRef, Line]], *, sign: int = 1
) -> list[tuple[AccountRef, int, int | None]]:
    """Return the entries that bring each line's amount to its account, or (-1) take it away.

    One entry for each line where it touches its channel, and their sum in one entry at the
    source: half as many rows, and every entry of a channel still says why.
    """
    total = sum(line.amount for _, line in targets)
    return [
        (source, -sign * total, None),
        *((account, sign * line.amount, line.id) for account, line in targets),
    ]


def post_all(postings: Sequence[Posting], *, by: audit.Actor) -> list[int]:
    """Post many journals at once and return their ids in order; each as `post` promises.

    One statement for each table, however many postings there are.
    """
    for posting in postings:
        posting.refuse_if_unbalanced()
    with transaction() as session:
        digests = [posting.digest for posting in postings]
        journals = _insert_journals(session, postings, digests, by=by)
        fresh = [posting for posting in postings if posting.key in journals]
        standing = _standing(session, [p.key for p in postings if p.key not in journals])
        for posting, digest in zip(postings, digests, strict=True):
            if posting.key in standing and standing[posting.key][1] != digest:
                raise KeyReused(posting.key)
        _move(session, fresh, journals)
        return [
            journals[posting.key] if posting.key in journals else standing[posting.key][0]
            for posting in postings
        ]


def _insert_journals(
    session: Session, postings: Sequence[Posting], digests: Sequence[str], *, by: audit.Actor
) -> dict[str, int]:
    if len({posting.key for posting in postings}) < len(postings):
        raise KeyReused("two postings of one call share a key")
    rows = session.execute(
        text("""
            INSERT INTO journals (public_id, created_at, key, digest, kind, reverses_id, reason,
                                  actor_kind, actor_id, actor_name)
            SELECT t.public_id, :now, t.key, t.digest, t.kind, t.reverses_id, t.reason,
                   :actor_kind, :actor_id, :actor_name
            FROM json_to_recordset(CAST(:rows AS json))
                 AS t (public_id text, key text, digest text, kind text, reverses_id bigint,
                       reason text)
            ON CONFLICT (key) DO NOTHING
            RETURNING id, key
        """).bindparams(
            records(
                "rows",
                ("public_id", "key", "digest", "kind", "reverses_id", "reason"),
                (
                    (public_id, one.key, digest, one.kind, one.reverses_id, one.reason)
                    for public_id, one, digest in zip(
                        public_ids(len(postings)), postings, digests, strict=True
                    )
                ),
            )
        ),
        {
            "now": clock.now(),
            "actor_kind": by.actor_kind,
            "actor_id": by.actor_id,
            "actor_name": by.actor_name,
        },
    )
    return {row.key: row.id for row in rows}


def _standing(session: Session, keys: Sequence[str]) -> dict[str, tuple[int, str]]:
    if not keys:
        return {}
    rows = session.execute(
        select(Journal.key, Journal.id, Journal.digest).where(Journal.key.in_(keys))
    )
    return {row.key: (row.id, row.digest) for row in rows}


def _move(session: Session, postings: Sequence[Posting], journals: Mapping[str, int]) -> None:
    entries = [
        (journals[posting.key], account.id, amount, account.currency, line_id)
        for posting in postings
        for account, amount, line_id in posting.entries
    ]
    if not entries:
        return
    deltas: dict[int, int] = defaultdict(int)
    for posting in postings:
        for account, amount, _ in posting.entries:
            if not account.is_house:
                deltas[account.id] += amount
    # The lock comes before the entries: their foreign keys share-lock the account, and two
    # transactions that both hold that share would wait for each other.
    lock_accounts(deltas)
    for part in batches(entries):
        _insert_entries(session, part)
    moved = {account_id: delta for account_id, delta in sorted(deltas.items()) if delta}
    session.execute(
        text("""
            UPDATE accounts SET balance = accounts.balance + t.delta
            FROM unnest(:account_ids, :deltas) AS t (account_id, delta)
            WHERE accounts.id = t.account_id
        """).bindparams(
            numbers("account_ids", list(moved)), numbers("deltas", list(moved.values()))
        )
    )
    forget(session, Account, moved)


def _insert_entries(
    session: Session, entries: Sequence[tuple[int, int, int, str, int | None]]
) -> None:
    session.execute(
        text("""
            INSERT INTO entries (public_id, created_at, journal_id, account_id, amount, currency,
                                 line_id)
            SELECT t.public_id, :now, t.journal_id, t.account_id, t.amount, t.currency, t.line_id
            FROM json_to_recordset(CAST(:rows AS json))
                 AS t (public_id text, journal_id bigint, account_id bigint, amount bigint,
                       currency text, line_id bigint)
        """).bindparams(
            records(
                "rows",
                ("public_id", "journal_id", "account_id", "amount", "currency", "line_id"),
                (
                    (public_id, *entry)
                    for public_id, entry in zip(public_ids(len(entries)), entries, strict=True)
                ),
            )
        ),
        {"now": clock.now()},
    )
