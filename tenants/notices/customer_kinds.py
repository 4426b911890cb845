"""The kinds of happenings that customers can be told of.

They are kinds like those that our own people hear of, with words and templates of the same sort;
but nobody chooses for himself, and they have no inbox.
"""

from tenants.notices.kinds import Kind

_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> Kind:
    """Let customers be told of a kind of happening; ValueError for a code that is taken."""
    if kind.code in _kinds:
        raise ValueError(f"the kind {kind.code} is registered twice")
    _kinds[kind.code] = kind
    return kind


def every_kind() -> list[Kind]:
    """Return all kinds in the order of registration."""
    return list(_kinds.values())


def find_kind(code: str) -> Kind | None:
    """Return a kind by its code; None when this release does not know it."""
    return _kinds.get(code)


def kind_label(code: str) -> object:
    """Return the words of a kind; its code when nobody registered it."""
    found = _kinds.get(code)
    return found.label if found else code
