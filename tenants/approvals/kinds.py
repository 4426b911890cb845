"""The kinds of documents that can need approval: other modules register theirs here.

A module gives a way to show a document and two callbacks. Both run inside the transaction that
decides: what they refuse, nobody has decided.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from kit.registry import Registry
from tenants.accounts.models import User
from tenants.approvals.models import ApprovalState


@dataclass(frozen=True, slots=True)
class Document:
    """What people see of a document before they agree; facts are codes, by the fact's key."""

    title: str
    amount: int | None = None
    currency: str | None = None
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an approval of a document ended, and the document as it was submitted.

    What must not have changed since is for the callback to compare, under the document's lock.
    """

    document_id: str
    document: Document
    state: ApprovalState
    opinion: str
    submitter: User
    by: User


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that steps can depend on: its key, its words, and the values it can have."""

    key: str
    label: object
    values: Sequence[tuple[str, object]]

    def words(self, value: object) -> object:
        """Return a value as people read it."""
        return {str(code): text for code, text in self.values}.get(str(value), value)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of document.

    `code` says what is asked for which kind of record, as `product:on_shelf`; the record's page has
    a tab of its approvals. `show` returns a saved document by its public id, None when there is
    none; `url` its page. `on_rejected` is told of every end without approval: rejected, returned
    and recalled.
    """

    code: str
    label: object
    show: Callable[[str], Document | None]
    url: Callable[[str], str]
    on_approved: Callable[[Outcome], object]
    on_rejected: Callable[[Outcome], object]
    facts: Sequence[Fact] = ()

    def fact(self, key: str | None) -> Fact | None:
        """Return one of its facts, or None."""
        return next((one for one in self.facts if one.key == key), None)


_kinds: Registry[Kind] = Registry("kind of document")
register, every_kind = _kinds.add, _kinds.every
find_kind, kind_label = _kinds.find, _kinds.label


def kinds_of(record: str) -> list[Kind]:
    """Return what records of a kind can be submitted for."""
    return [one for one in every_kind() if one.code.partition(":")[0] == record]
