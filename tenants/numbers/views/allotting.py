"""Selected numbers or SIM cards dealt to a channel: a few at once, thousands by a job."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeVar

from werkzeug.wrappers import Response as BaseResponse

from kit import audit
from kit.i18n import lazy_gettext as _l
from kit.web import Outcome, RowResult, SetVerb, do_with_each, register_verb
from tenants.accounts.models import User
from tenants.accounts.permissions import Permission
from tenants.accounts.realm import reach, signed_in_user
from tenants.accounts.scopes import Reach, reach_of
from tenants.channels.models import Channel
from tenants.numbers import access, services
from tenants.numbers.forms import AllotForm
from tenants.numbers.models import Allotment, Number, SimCard
from tenants.numbers.msisdn import shown

_Stock = TypeVar("_Stock", Number, SimCard)


GONE = RowResult("", Outcome.GONE)


class _Deal(Protocol[_Stock]):
    """The verb that deals chosen rows, and says by public id why it left some."""

    def __call__(
        self, channel: Channel | None, rows: list[_Stock], left: dict[str, str], by: audit.Actor, /
    ) -> Allotment: ...


def _result(name: str, reason: str | None) -> RowResult:
    return RowResult(name, Outcome.REFUSED, reason) if reason else RowResult(name, Outcome.DONE)


def _verb(
    code: str,
    title: object,
    *,
    fetch: Callable[[Sequence[str], Reach], list[_Stock]],
    deal: _Deal[_Stock],
    name: Callable[[_Stock], str],
) -> SetVerb:
    def act(keys: Sequence[str], person: User, values: Mapping[str, str]) -> Sequence[RowResult]:
        reached = reach_of(person, Permission.Number.ALLOT)
        found = {row.public_id: row for row in fetch(keys, reached)}
        left: dict[str, str] = {}
        deal(access.channel(values["channel"], reached), list(found.values()), left, person)
        return [_result(name(found[key]), left.get(key)) if key in found else GONE for key in keys]

    return register_verb(
        SetVerb(code=code, title=title, permission=Permission.Number.ALLOT, act=act)
    )


ALLOT_NUMBERS = _verb(
    "numbers.allot",
    _l("Allot numbers"),
    fetch=access.numbers,
    deal=lambda channel, rows, left, by: services.allot_numbers(
        channel=channel, numbers=rows, left=left, by=by
    ),
    name=lambda number: shown(number.msisdn),
)
ALLOT_CARDS = _verb(
    "cards.allot",
    _l("Allot SIM cards"),
    fetch=access.cards,
    deal=lambda channel, rows, left, by: services.allot_cards(
        channel=channel, cards=rows, left=left, by=by
    ),
    name=lambda card: card.iccid,
)


def allot_chosen(verb: SetVerb, form: AllotForm, *, back: str) -> BaseResponse | None:
    """Deal what the form has selected; None with the refusal in the form."""

    def begin() -> BaseResponse:
        # Said here, too, where thousands would be refused one by one for it.
        services.refuse_idle(access.channel(form.channel.data, reach()))
        return do_with_each(
            verb,
            form.ids.ids,
            person=signed_in_user(),
            values={"channel": form.channel.data or ""},
            back=back,
        )

    answer: BaseResponse | None = form.attempt(begin)
    return answer
