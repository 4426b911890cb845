"""The details of an audit row in words: states, amounts, plans, what a version contains."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from control.billing.fapiao.labels import FAPIAO_KINDS
from control.billing.features import FEATURES
from control.billing.labels import (
    COUNTED,
    INVOICE_STATES,
    SUBSCRIPTION_STATES,
    amount_of_limit,
    intervals,
)
from control.billing.limits import Counted, read_limits
from control.billing.models import Interval, InvoiceReason
from control.billing.plans import find_plan_called, find_price
from control.console.labels import DETAILS, ROLLOUT_STATES, WORKSPACE_STATES
from kit.i18n import current_locale, format_money
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.money import Money

_CAUSES = {
    "paid": _l("it is paid"),
    "trial": _l("it is on trial"),
    "owed": _l("something is owed"),
    "trial_over": _l("the trial is over"),
    "given_up": _l("the plan was given up"),
}
_WAYS = {
    "refund": _l("Refund money"),
    "credit": _l("Give a credit note"),
    "void": _l("Make it void"),
}
_REASONS: Mapping[str, Mapping[str, object]] = {
    "billing:invoice_drawn": {
        InvoiceReason.CREATE: _l("a plan was ordered"),
        InvoiceReason.UPDATE: _l("plan or seats were changed"),
        InvoiceReason.CYCLE: _l("the next period"),
        InvoiceReason.USAGE: _l("use beyond the plan"),
    },
    "billing:invoice_void": {
        "given up": _l("the plan was given up"),
        "withdrawn": _l("the order was withdrawn"),
        "redrawn": _l("it was drawn anew"),
        "lapsed": _l("the order was not paid by its day"),
    },
}
"""Reasons that the application gives itself; people's own words stand as they are."""
_AMOUNTS = frozenset({"amount", "to_invoice", "to_credit"})
_STATES: Mapping[str, Mapping[Any, object]] = {
    "billing:invoice": INVOICE_STATES,
    "billing:money_back_asked": INVOICE_STATES,
    "billing:subscription": SUBSCRIPTION_STATES,
    "rollout:ended": ROLLOUT_STATES,
}
"""Whose states an event tells of; the others tell of a workspace's."""
_PARTS = {
    "name_zh": _l("Name in Chinese"),
    "name_en": _l("Name in English"),
    "summary_zh": _l("Summary in Chinese"),
    "summary_en": _l("Summary in English"),
    "position": _l("Place on the price page"),
    "is_offered": _l("Offered"),
    "retry_days": _l("Days between charges of the card"),
    "notice_days": _l("Notice after days"),
    "read_only_days": _l("Read-only after days"),
    "suspend_days": _l("Suspended after days"),
    "keep_days": _l("Nothing is deleted for days"),
    "percent": _l("Per cent"),
    "is_once": _l("For the first invoice alone"),
    "is_first_only": _l("Only for who has never paid"),
    "name": _l("What the tax is called"),
    "points": _l("Tax rate"),
    "months": _l("Months"),
    "amount": _l("Amount"),
    "currency": _l("Currency"),
}
_BUYER = {
    "name": _l("Company on invoices"),
    "country": _l("Country or region"),
    "state": _l("Province or state"),
    "city": _l("City"),
    "postal_code": _l("Postal code"),
    "address": _l("Street and number"),
    "tax_kind": _l("Kind of tax number"),
    "tax_id": _l("Tax number"),
    "email": _l("Invoices go to"),
}
_NOISE = frozenset({"submission"})
_SHORT = re.compile(r"(\S+) ([0-9.]+) ([A-Z]{3})/(month|year)")


def details_text(details: Mapping[str, Any], *, event: str = "") -> str:
    """Return the details of an audit row on one line."""
    return " · ".join(
        _("%(label)s: %(value)s", label=DETAILS[key], value=_value(event, key, value, details))
        for key, value in details.items()
        if value not in ("", None, {}, []) and key not in _NOISE
        # An amount says its currency.
        if not (key == "currency" and isinstance(details.get("amount"), int))
    )


def _value(event: str, key: str, value: Any, details: Mapping[str, Any]) -> str:
    if key in {"state", "before", "after"} and isinstance(value, str):
        states = {str(state): tag for state, tag in _STATES.get(event, WORKSPACE_STATES).items()}
        return str(states.get(value, value))
    if event == "billing:details_changed":
        return str(_(", ")).join(str(_BUYER.get(one, one)) for one in value)
    if event == "billing:usage_charged" and key == "charges":
        return str(_("; ")).join(_charge(str(one)) for one in value)
    if key == "reason" and event in _REASONS:
        return str(_REASONS[event].get(str(value), value))
    if key in _SHOWN:
        return _SHOWN[key](value)
    if key in _AMOUNTS and isinstance(value, int):
        currency = details.get("currency")
        return format_money(value, currency) if currency else f"{value / 100:,.2f}"
    return _plain(value)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return str(_("Yes") if value else _("No"))
    if isinstance(value, list):
        return str(_(", ")).join(_plain(one) for one in value)
    if isinstance(value, dict):
        return _content(value) if "prices" in value else _pairs(value)
    return str(value)


def _pairs(values: Mapping[str, Any]) -> str:
    currency = values.get("currency")
    shown = {
        name: format_money(value, currency)
        if name == "amount" and currency and isinstance(value, int)
        else f"{value / 100:g} %"
        if name == "points"
        else _plain(value)
        for name, value in values.items()
        if not (name == "currency" and "amount" in values)
    }
    return str(_("; ")).join(
        _("%(label)s: %(value)s", label=_PARTS.get(name, DETAILS.get(name, name)), value=value)
        for name, value in shown.items()
    )


def _content(values: Mapping[str, Any]) -> str:
    """Return what a version of a plan contains."""
    parts = [_("The first %(days)s days are free.", days=values.get("trial_days", 0))]
    for price in values["prices"]:
        interval = intervals().get(Interval(price["interval"]), "")
        text = f"{format_money(price['amount'], price['currency'])} {interval}"
        if price.get("seat_amount") is not None:
            seat = format_money(price["seat_amount"], price["currency"])
            text += f" ({_('each further seat %(amount)s', amount=seat)})"
        parts.append(text)
    parts += [
        f"{COUNTED[counted]} {amount_of_limit(counted, limit)}"
        for counted, limit in read_limits(values.get("limits", {})).items()
        if limit.included is not None
    ]
    known = {str(code): words for code, words in FEATURES.items()}
    parts += [str(known.get(code, code)) for code in values.get("features", ())]
    return str(_("; ")).join(parts)


def _price(said: Any) -> str:
    """Return a price that the log names by its public id, or in short as for transfers."""
    if short := _SHORT.fullmatch(str(said)):
        code, major, currency, interval = short.groups()
        amount = format_money(Money.parse(major, currency).minor, currency)
        return f"{_plan(code)} {amount} {intervals()[Interval(interval)]}"
    found = find_price(str(said))
    if found is None:
        return str(said)
    name = found.plan_version.plan.name(current_locale())
    amount = format_money(found.amount, found.currency)
    return f"{name} {amount} {intervals()[Interval(found.interval)]}"


def _charge(said: str) -> str:
    """Return a charge that the log names by what is counted, its minor units and its currency."""
    counted, amount, currency = said.split(" ")
    return f"{COUNTED[Counted(counted)]} {format_money(int(amount), currency)}"


def _plan(code: Any) -> str:
    found = find_plan_called(str(code))
    return found.name(current_locale()) if found else str(code)


def _from(words: Mapping[str, object]) -> Callable[[Any], str]:
    return lambda value: str(words.get(str(value), value))


_SHOWN: Mapping[str, Callable[[Any], str]] = {
    "price": _price,
    "plan": _plan,
    "cause": _from(_CAUSES),
    "way": _from(_WAYS),
    "fapiao": _from({str(kind): words for kind, words in FAPIAO_KINDS.items()}),
}
