"""How the words of this module read on screen."""

from typing import Any

from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.web import Tag
from kit.web.filters import money
from tenants.accounts.wording import Detail, describe
from tenants.catalogue.models import MilestoneKind, Timing
from tenants.settlement.models import (
    AccountCode,
    CommissionLine,
    JournalKind,
    LineState,
    MilestoneState,
    PayoutMethod,
)

LINE_STATES = {
    LineState.EXPECTED: _l("Expected"),
    LineState.PENDING: _l("Pending settlement"),
    LineState.SETTLED: _l("Settled"),
    LineState.REFUSED: _l("Not settled"),
    LineState.CLAWED_BACK: _l("Clawed back"),
    LineState.VOID: _l("Void"),
}
LINE_COLOURS = {
    LineState.EXPECTED: "blue",
    LineState.PENDING: "orange",
    LineState.SETTLED: "green",
    LineState.REFUSED: "gray",
    LineState.CLAWED_BACK: "red",
    LineState.VOID: "gray",
}
MILESTONES = {
    MilestoneKind.PLACED: _l("Order placed"),
    MilestoneKind.ACTIVATED: _l("Activated"),
    MilestoneKind.FIRST_TOPUP: _l("First top-up"),
    MilestoneKind.ON_NETWORK: _l("On network"),
}
MILESTONE_STATES = {
    MilestoneState.WAITING: _l("Waiting"),
    MilestoneState.MET: _l("Met"),
    MilestoneState.NOT_MET: _l("Not met"),
    MilestoneState.UNKNOWN: _l("Unknown"),
}
TIMINGS = {
    Timing.AT_ONCE: _l("at once"),
    Timing.NEXT_MONTH: _l("from the first day of the next month"),
    Timing.MONTH_AFTER_NEXT: _l("from the first day of the month after next"),
}
SOURCES = {
    "channel": _l("set for this channel"),
    "grade": _l("set for the grade"),
    "default": _l("the product's default"),
    "share": _l("the share its upline gives"),
}
ACCOUNTS = {
    AccountCode.PENDING: _l("Pending settlement"),
    AccountCode.PAYABLE: _l("Payable"),
    AccountCode.COMMISSION_EXPENSE: _l("Commission expense"),
    AccountCode.CASH: _l("Cash"),
}
JOURNALS = {
    JournalKind.EARNED: _l("Earned"),
    JournalKind.SETTLED: _l("Settled"),
    JournalKind.PAID: _l("Paid out"),
    JournalKind.REVERSED: _l("Reversal"),
}
JOURNAL_COLOURS = {
    JournalKind.EARNED: "blue",
    JournalKind.SETTLED: "green",
    JournalKind.PAID: "teal",
    JournalKind.REVERSED: "red",
}
METHODS = {
    PayoutMethod.BANK: _l("Bank transfer"),
    PayoutMethod.ALIPAY: _l("Alipay"),
    PayoutMethod.WECHAT: _l("WeChat Pay"),
    PayoutMethod.CASH: _l("Cash in hand"),
}
EVIDENCE = {
    "source": _l("Source"),
    "event": _l("Event"),
    "code": _l("Carrier code"),
    "text": _l("Carrier text"),
    "row": _l("Row"),
    "file": _l("File"),
    "amount": _l("Amount"),
}
# What evidence says in our own words; the carrier's words stay as they are.
EVIDENCE_WORDS = {
    "activated": _l("Activated"),
    "first_topup": _l("First top-up"),
    "on_network": _l("On network in month"),
    "typed": _l("Typed in"),
}
EVENTS = {
    "milestone:failed": _l("Milestone not met"),
    "milestone:undone": _l("Milestone undone"),
    "commission:reversed": _l("Commission reversed"),
    "settlement:run": _l("Commission settled"),
    "payout:recorded": _l("Payout recorded"),
}
describe(
    EVENTS,
    details={
        "amount": Detail(_l("Amount"), show=money),
        "total": Detail(_l("Total"), show=money),
        "method": Detail(_l("Method"), METHODS),
        "reference": _l("Reference"),
        "until": _l("Due by"),
        "kind": Detail(_l("Milestone"), MILESTONES),
        "month": _l("Month"),
        "lines": _l("Commission lines"),
    },
    subjects={
        "Milestone": _l("Milestone"),
        "Payout": _l("Payout"),
        "SettlementRun": _l("Settlement run"),
    },
)


def line_tag(line: CommissionLine) -> Tag:
    """Return the coloured word for where a line stands."""
    state = LineState(line.state)
    return Tag(LINE_STATES[state], LINE_COLOURS[state])


def milestone_word(thing: Any) -> str:
    """Return the milestone of a line or of a rate in words: on network counts its months."""
    kind = MilestoneKind(thing.milestone)
    if kind == MilestoneKind.ON_NETWORK:
        return str(_("On network in month %(month)s", month=thing.month))
    return str(MILESTONES[kind])
