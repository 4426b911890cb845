"""Order of a list: declared columns only, the id breaks ties, and one can go on from a row."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, or_, tuple_


@dataclass(frozen=True)
class Ordering:
    """A sort column, its direction, and the id that makes the order total."""

    name: str
    column: Any
    identity: Any
    descending: bool

    @property
    def key(self) -> str:
        return f"-{self.name}" if self.descending else self.name

    @property
    def is_identity(self) -> bool:
        """Whether the list is sorted by its id alone."""
        return self.column is self.identity or bool(self.column.compare(self.identity))

    @property
    def _nullable(self) -> bool:
        # A mapped attribute keeps its column in `expression`; an expression may always be null.
        column = getattr(self.column, "expression", self.column)
        return bool(getattr(column, "nullable", True))

    def sort(self, statement: Select[Any], *, backwards: bool = False) -> Select[Any]:
        """Return the statement in this order, or in the reverse."""
        down = self.descending != backwards
        terms = []
        if not self.is_identity:
            # Nulls stand where PostgreSQL's indexes put them: last going up, first going down.
            term = self.column.desc() if down else self.column.asc()
            if self._nullable:
                term = term.nulls_first() if down else term.nulls_last()
            terms.append(term)
        terms.append(self.identity.desc() if down else self.identity.asc())
        return statement.order_by(None).order_by(*terms)

    def beyond(
        self, statement: Select[Any], value: Any, identity: Any, *, backwards: bool = False
    ) -> Select[Any]:
        """Return what comes after (or before) the row with this value and id."""
        down = self.descending != backwards
        if self.is_identity:
            after = self.identity < identity if down else self.identity > identity
            return statement.where(after)
        if not self._nullable:
            # A row comparison, so that one index on (column, id) serves it.
            pair, mark = tuple_(self.column, self.identity), tuple_(value, identity)
            return statement.where(pair < mark if down else pair > mark)
        further = self.identity < identity if down else self.identity > identity
        if value is None:
            same = and_(self.column.is_(None), further)
            return statement.where(or_(same, self.column.is_not(None)) if down else same)
        same = and_(self.column == value, further)
        if down:
            return statement.where(or_(self.column < value, same))
        return statement.where(or_(self.column > value, same, self.column.is_(None)))

    def since(self, statement: Select[Any], value: Any) -> Select[Any]:
        """Return the statement from a value on, rows with exactly that value included."""
        return statement.where(self.column <= value if self.descending else self.column >= value)
