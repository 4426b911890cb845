"""What a chain of channels earns of one milestone of a product, as kept in an order's snapshot."""

from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class RateSnapshot:
    """The effective rates of a milestone for a chain of channels, root first.

    Amounts are minor units for one item, already capped so that none exceeds its parent's;
    `sources` says where each came from: "channel", "grade", "default" or "share".
    """

    milestone: str
    month: int
    timing: str
    amounts: tuple[int, ...]
    sources: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the snapshot as plain values."""
        return {
            "milestone": self.milestone,
            "month": self.month,
            "timing": self.timing,
            "amounts": list(self.amounts),
            "sources": list(self.sources),
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Return the snapshot that `as_json` made."""
        return cls(
            milestone=value["milestone"],
            month=value["month"],
            timing=value["timing"],
            amounts=tuple(value["amounts"]),
            sources=tuple(value["sources"]),
        )
