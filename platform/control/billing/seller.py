"""Who runs this installation, as buyers are told on the price page before they trust it."""

from dataclasses import asdict, dataclass

from control.billing.settings import find_setting, locked_setting
from kit import audit, clock
from kit.db import control_transaction
from kit.errors import Refused
from kit.i18n import gettext as _

CODE = "seller"
CHANGED = audit.Event.named("billing:seller", "before", "after")
FIRST_YEAR = 1949


@dataclass(frozen=True, slots=True)
class Seller:
    """The company, the year it began in, its registration, how to reach it, where data lies."""

    name: str = ""
    since: int | None = None
    registration: str = ""
    contact: str = ""
    data_zh: str = ""
    data_en: str = ""

    def data(self, locale: str) -> str:
        """Return where and how data is kept, in a language."""
        return self.data_en if locale == "en" else self.data_zh


def seller_now() -> Seller:
    """Return who runs this installation; empty until an operator says so."""
    stored = find_setting(CODE)
    return Seller(**stored.value) if stored is not None else Seller()


def name_seller(seller: Seller, *, by: audit.Actor) -> None:
    """Say on the price page who runs this installation; Refused for a year that is none."""
    if seller.since is not None and not FIRST_YEAR <= seller.since <= clock.today().year:
        raise Refused(
            _(
                "The year is a number from %(first)s to this year.",
                first=FIRST_YEAR,
            ),
            field="since",
        )
    value = asdict(seller)
    with control_transaction():
        before = asdict(seller_now())
        stored = locked_setting(CODE)
        stored.value = value
        stored.version += 1
        audit.record_control(CHANGED, stored, by=by, before=_said(before), after=_said(value))


def _said(values: dict[str, object]) -> str:
    return "; ".join(str(value) for value in values.values() if value)
