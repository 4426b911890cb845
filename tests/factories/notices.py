"""A kind of notice and of record that only tests know, and things of this module."""

from datetime import timedelta
from itertools import count
from typing import Any

from sqlalchemy import select

from kit import clock
from kit.db import session, transaction
from tenants.accounts import access
from tenants.accounts.kinds import RecordKind
from tenants.accounts.kinds import register as register_record
from tenants.accounts.models import User
from tenants.accounts.permissions import Permission
from tenants.notices import queries, services
from tenants.notices.kinds import Kind, Placeholder, register
from tenants.notices.models import (
    Announcement,
    Audience,
    Notice,
    Pace,
    PortalAudience,
    Reminder,
    Task,
    Way,
)
from tenants.notices.services import NewReminder
from tenants.notices.services.announcements import Draft
from tenants.orders.kinds import ORDER
from tests.factories.accounts import make_user, owner

_numbers = count(1)
_hidden: set[int] = set()
_over: set[str] = set()

KIND = register(
    Kind(
        code="tests:happened",
        group="测试",
        label="测试通知",
        title="{who} 做了 {what}",
        body="{what}",
        whom="测试人",
        placeholders={"who": Placeholder("谁", "小王"), "what": Placeholder("什么", "测试")},
        ways=frozenset({Way.INBOX, Way.MAIL}),
        path="/orders/{id}",
        still=lambda record_id, _values: record_id not in _over,
    )
)
FORCED = register(
    Kind(
        code="tests:forced",
        group="测试",
        label="必收通知",
        title="必收",
        whom="测试人",
        forced=frozenset({Way.INBOX}),
    )
)


class _Things(RecordKind[User]):
    """Records that nobody keeps: their names are all there is of them."""

    def name_for(self, public_id: str, person: User) -> str | None:
        is_seen = public_id.startswith("thing") and person.id not in _hidden
        return public_id if is_seen else None


RECORD = register_record(
    _Things(
        code="tests:thing",
        label="测试记录",
        one="测试记录",
        icon="file",
        model=User,
        endpoint="orders.show",
        view=Permission.Order.VIEW,
        edit=Permission.Order.EDIT,
        rows=lambda: select(User),
        matching=lambda _statement, _text: None,
        show=lambda user: (user.name, ""),
        called=lambda user: user.username,
        fetch=lambda public_id, _reach: access.user(public_id),
    )
)


def hide_records_from(person: User) -> None:
    """Let a person see no test record any more."""
    _hidden.add(person.id)


def end_interest(record_id: str) -> None:
    """Let notices of a record be of no interest any more."""
    _over.add(record_id)


def thing() -> str:
    """The id of a record that nobody keeps."""
    return f"thing{next(_numbers)}"


def tell(*people: User, kind: Kind = KIND, record: str = "", **values: Any) -> int:
    """Tell people of something in a transaction of its own."""
    values = values or ({"who": "小王", "what": "一件事"} if kind is KIND else {})
    with transaction():
        told = services.notify(kind, record or thing(), people, **values)
    session().commit()
    return told


def notices_of(person: User) -> list[Notice]:
    """A person's notices, newest first."""
    return list(session().scalars(queries.notices_of(person).order_by(Notice.id.desc())))


def make_announcement(by: User | None = None, **changes: Any) -> Announcement:
    draft = Draft(**({"title": "放假通知", "body": "十月一日放假。"} | changes))
    return services.announce(draft, by=by or owner())


def make_reminder(
    assignee: User, *, by: User | None = None, record: str | None = None, days: int = 0,
    kind: RecordKind = RECORD, **changes: Any
) -> Reminder:  # fmt: skip
    values = {"task": Task.FOLLOW_UP, "due_on": clock.today() + timedelta(days=days)} | changes
    return services.add_reminder(
        kind, record or thing(), NewReminder(**values), assignee=assignee, by=by or assignee
    )


def make_notices(order: Any) -> dict[str, object]:
    """One thing of each kind of this module, for the walk through all pages."""
    boss = owner()
    tell(boss)
    services.edit_address(boss, Way.FEISHU, pace=Pace.DAILY, address="robot-key-of-the-world")
    notice = notices_of(boss)[0]
    made = {
        "notice": notice,
        "announcement": make_announcement(
            audience=Audience.EVERYBODY, portal_audience=PortalAudience.EVERYBODY
        ),
        "reminder": make_reminder(boss, kind=ORDER, record=order.public_id),
    }
    make_user()
    return made
