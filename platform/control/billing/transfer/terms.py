"""To which bank account customers pay, and the days that invoices give them."""

from dataclasses import asdict, dataclass

from control.billing.settings import find_setting, locked_setting
from kit import audit
from kit.db import control_transaction
from kit.errors import Refused
from kit.i18n import gettext as _

CODE = "transfer"
CHANGED = audit.Event.named("billing:transfer_terms", "before", "after")
MOST_DAYS = 90


@dataclass(frozen=True, slots=True)
class TransferTerms:
    """Our bank account, days until an invoice is due, days before a period's end for the next."""

    account_name: str = ""
    bank: str = ""
    account_number: str = ""
    note: str = ""
    due_days: int = 14
    renew_days: int = 14

    @property
    def is_complete(self) -> bool:
        """Whether customers can be told where to pay."""
        return bool(self.account_name and self.bank and self.account_number)


def terms_now() -> TransferTerms:
    """Return the terms in force."""
    stored = find_setting(CODE)
    return TransferTerms(**stored.value) if stored is not None else TransferTerms()


def set_terms(terms: TransferTerms, *, by: audit.Actor) -> None:
    """Put terms in force, for invoices that are open, too; Refused names the field at fault."""
    for name in ("due_days", "renew_days"):
        if not 1 <= getattr(terms, name) <= MOST_DAYS:
            raise Refused(_("Days are a number from 1 to %(most)s.", most=MOST_DAYS), field=name)
    value = asdict(terms)
    with control_transaction():
        before = asdict(terms_now())
        stored = locked_setting(CODE)
        stored.value = value
        stored.version += 1
        audit.record_control(CHANGED, stored, by=by, before=_pairs(before), after=_pairs(value))


def _pairs(values: dict[str, object]) -> str:
    return "; ".join(f"{name} {value}" for name, value in values.items())
