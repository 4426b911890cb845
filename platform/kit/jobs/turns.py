"""Whose turn it is: weighted round robin over workspaces, as a pure calculation.

Each workspace has a virtual time that moves by 1/weight with every piece it gets; whoever is
furthest behind is next. One that was idle starts at the present: it has not saved up turns while
it wanted nothing. Within a queue nobody gets more than its cap in flight, and all together no more
than the queue has room for, so that newcomers never stand behind a long line.
"""

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Piece:
    """Work that is due: whose, which, since when."""

    workspace: str
    id: Any
    kind: str
    due: datetime


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a workspace may get in this round: its weight, and at most so many pieces."""

    weight: int
    most: int


class Turns:
    """The memory of one queue: how far each workspace is."""

    def __init__(self) -> None:
        self._now = 0.0
        self._at: dict[str, float] = {}

    def choose(
        self,
        waiting: Mapping[str, Sequence[Piece]],
        allowed: Mapping[str, Allowance],
        *,
        room: int,
    ) -> list[Piece]:
        """Return whose pieces go next, in order; each workspace's own stay oldest first."""
        line = [
            (max(self._at.get(workspace, 0.0), self._now), pieces[0].due, workspace, 0)
            for workspace, pieces in waiting.items()
            if pieces and allowed[workspace].most > 0
        ]
        heapq.heapify(line)
        chosen: list[Piece] = []
        while line and len(chosen) < room:
            at, _due, workspace, number = heapq.heappop(line)
            pieces, share = waiting[workspace], allowed[workspace]
            chosen.append(pieces[number])
            self._now = at
            self._at[workspace] = at = at + 1 / share.weight
            if number + 1 < min(len(pieces), share.most):
                heapq.heappush(line, (at, pieces[number + 1].due, workspace, number + 1))
        self._forget()
        return chosen

    def _forget(self) -> None:
        # Who is not ahead of the present starts there in any case.
        self._at = {name: at for name, at in self._at.items() if at > self._now}
