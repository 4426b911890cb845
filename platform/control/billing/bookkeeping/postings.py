"""Which two accounts an entry moves money between, and what they come to in a month.

The accounts are those of the Accounting Standards for Business Enterprises (企业会计准则—应用指南,
附录 会计科目和主要账务处理); tax stands in the price (价税合计).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select

from control.billing.models import BookEntry, EntryKind, Provider
from kit.db import control_session
from kit.i18n import lazy_gettext as _l


class Ledger(StrEnum):
    """Accounts by their code."""

    BANK = "1002"
    STRIPE = "1012"
    RECEIVABLE = "1122"
    ADVANCE = "2203"
    TAX = "2221"
    SALES = "6001"
    LOSS = "6702"


LEDGERS = {
    Ledger.BANK: _l("Bank deposits"),
    Ledger.STRIPE: _l("Other monetary funds (Stripe)"),
    Ledger.RECEIVABLE: _l("Accounts receivable"),
    Ledger.ADVANCE: _l("Advances from customers"),
    Ledger.TAX: _l("Taxes payable"),
    Ledger.SALES: _l("Revenue from main operations"),
    Ledger.LOSS: _l("Credit impairment losses"),
}


@dataclass(frozen=True, slots=True)
class Posting:
    """One side of an entry: minor units, positive in debit, negative in credit."""

    ledger: Ledger
    amount: int


def money_at(provider: str) -> Ledger:
    """Return where the money of a provider lies."""
    return Ledger.STRIPE if provider == Provider.STRIPE else Ledger.BANK


def postings(kind: str, provider: str, amount: int, tax: int) -> list[Posting]:
    """Return both sides of an entry; together they are nothing."""
    money = money_at(provider)
    match EntryKind(kind):
        case EntryKind.ISSUED:
            sides = [(Ledger.RECEIVABLE, amount), (Ledger.SALES, tax - amount), (Ledger.TAX, -tax)]
        case EntryKind.PAID:
            sides = [(money, amount), (Ledger.RECEIVABLE, -amount)]
        case EntryKind.CREDITED:
            sides = [(Ledger.SALES, amount - tax), (Ledger.TAX, tax), (Ledger.RECEIVABLE, -amount)]
        case EntryKind.REFUNDED:
            sides = [(Ledger.RECEIVABLE, amount), (money, -amount)]
        case EntryKind.LOST:
            sides = [(Ledger.LOSS, amount), (Ledger.RECEIVABLE, -amount)]
        case EntryKind.ADVANCED:
            sides = [(money, amount), (Ledger.ADVANCE, -amount)]
    return [Posting(ledger, each) for ledger, each in sides if each]


@dataclass(frozen=True, slots=True)
class Turnover:
    """What an account was debited and credited with in a time, in one currency."""

    ledger: Ledger
    currency: str
    debit: int
    credit: int


def turnovers(since: datetime, until: datetime) -> list[Turnover]:
    """Return the turnover of each account and currency from an instant up to another."""
    sign = func.sign(BookEntry.amount)
    rows = control_session().execute(
        select(
            BookEntry.kind,
            BookEntry.provider,
            BookEntry.currency,
            func.sum(BookEntry.amount),
            func.sum(BookEntry.tax_amount),
        )
        .where(BookEntry.occurred_at >= since, BookEntry.occurred_at < until)
        # What is taken back stands on the other side; the two are not set off.
        .group_by(BookEntry.kind, BookEntry.provider, BookEntry.currency, sign)
    )
    return summed(rows)


def summed(rows: Iterable[tuple[str, str, str, int, int]]) -> list[Turnover]:
    """Add up (kind, provider, currency, amount, tax) by account and currency."""
    debit: dict[tuple[str, Ledger], int] = {}
    credit: dict[tuple[str, Ledger], int] = {}
    for kind, provider, currency, amount, tax in rows:
        for one in postings(kind, provider, int(amount), int(tax)):
            side = debit if one.amount > 0 else credit
            key = (currency, one.ledger)
            side[key] = side.get(key, 0) + abs(one.amount)
    return [
        Turnover(
            ledger, currency, debit.get((currency, ledger), 0), credit.get((currency, ledger), 0)
        )
        for currency, ledger in sorted({*debit, *credit})
    ]
