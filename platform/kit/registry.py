"""What modules declare for others to find: kinds, types, parameters, each under its own code."""

from typing import Generic, Protocol, TypeVar


class Declared(Protocol):
    """Something with a code that is stored, and the words that people read for it."""

    @property
    def code(self) -> str: ...

    @property
    def label(self) -> object: ...


One = TypeVar("One", bound=Declared)


class Registry(Generic[One]):
    """Declared things of one sort, in the order of declaration; filled while modules load."""

    def __init__(self, sort: str) -> None:
        self._sort = sort
        self._known: dict[str, One] = {}

    def add(self, one: One) -> One:
        """Declare one and return it; ValueError for a code that is taken."""
        if one.code in self._known:
            raise ValueError(f"the {self._sort} {one.code} is declared twice")
        self._known[one.code] = one
        return one

    def every(self) -> list[One]:
        """Return all of them."""
        return list(self._known.values())

    def find(self, code: str) -> One | None:
        """Return one by its code; None when this release does not know it."""
        return self._known.get(code)

    def label(self, code: str) -> object:
        """Return the words of one by its code; the code when this release does not know it."""
        found = self._known.get(code)
        return found.label if found else code
