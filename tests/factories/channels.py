"""Channels, grades and people of channels for tests."""

import re
from itertools import count
from typing import TypeVar

from sqlalchemy import inspect, select

from kit import audit, tenancy
from kit.audit import AuditEntry
from kit.db import TenantModel, session
from kit.jobs import registry
from kit.jobs.runner import perform
from kit.jobs.tables import JobState, Place, cell_outbox
from tenants.channels import services
from tenants.channels.models import (
    Channel,
    ChannelKind,
    ChannelReset,
    ChannelUser,
    ChannelUserRole,
    Grade,
)
from tenants.channels.realm import PORTAL
from tenants.channels.services.codes import letter_for
from tests.databases import PEOPLE_PASSWORD
from tests.page import PageClient

_numbers = count(1)


def make_grade(*, name: str | None = None, rank: int = 1) -> Grade:
    return services.add_grade(name=name or f"等级{next(_numbers)}", rank=rank, by=audit.SYSTEM)


def make_channel(
    *,
    name: str | None = None,
    kind: str = ChannelKind.AGENT,
    contact_name: str = "李渠道",
    contact_phone: str = "13900139000",
    parent: Channel | None = None,
    grade: Grade | None = None,
    share: int = 0,
    by: audit.Actor = audit.SYSTEM,
    **more: object,
) -> Channel:
    return services.add_channel(
        name=name or f"渠道{next(_numbers)}",
        kind=kind,
        contact_name=contact_name,
        contact_phone=contact_phone,
        parent=parent,
        grade=grade,
        share=share,
        by=by,
        **more,
    )


def make_chain(*shares: int, grade: Grade | None = None) -> list[Channel]:
    """A root and one child for each share, one below the other."""
    chain = [make_channel(grade=grade)]
    for share in shares:
        chain.append(make_channel(parent=chain[-1], share=share))
    return chain


def make_person(
    channel: Channel,
    *,
    role: str = ChannelUserRole.OWNER,
    name: str = "赵店长",
    phone: str | None = None,
    username: str | None = None,
    password: str = PEOPLE_PASSWORD,
) -> ChannelUser:
    """Somebody who accepted an invitation."""
    number = next(_numbers)
    _, token = services.invite(channel, role=role, name=name, by=audit.SYSTEM)
    return services.accept_invitation(
        token,
        name=name,
        phone=phone or f"137{number:08}",
        username=username or f"person{number}",
        password=password,
    )


def sign_in(person: ChannelUser, *, password: str = PEOPLE_PASSWORD, remember: bool = False) -> str:
    """Log a person in; return the token."""
    assert person.username
    _, token = services.sign_in(
        person.username, password, remember=remember, ip_address=None, user_agent="test"
    )
    return token


def portal(client: PageClient, person: ChannelUser) -> PageClient:
    """A browser in which a person is signed in to the portal of the open workspace."""
    browser = client.at(tenancy.current())
    browser.set_cookie(PORTAL.cookie, sign_in(person), domain=browser.host)
    return browser


Row = TypeVar("Row", bound=TenantModel)


def again(row: Row) -> Row:
    """A row as it stands now; a request ends the session that it was read in."""
    session().expire_all()
    return session().get_one(type(row), inspect(row).identity)


def events_of(subject: Channel | ChannelUser | Grade) -> list[str]:
    """The names of the audit rows of a row, oldest first."""
    return list(
        session().scalars(
            select(AuditEntry.event)
            .where(AuditEntry.subject_id == subject.public_id)
            .order_by(AuditEntry.id)
        )
    )


def run_jobs(kind: str) -> list[JobState | None]:
    """Run the waiting jobs of a kind of the open workspace; return how they ended."""
    waiting = session().scalars(
        select(cell_outbox.c.id).where(
            cell_outbox.c.kind == kind, cell_outbox.c.state == JobState.WAITING
        )
    )
    ids = list(waiting)
    workspace = tenancy.current()
    session().commit()
    return [perform(registry.get, Place(workspace.cell), workspace, one) for one in ids]


def newest_code() -> str:
    """The six digits of the newest SMS, as the job would send them."""
    reset = session().scalars(select(ChannelReset).order_by(ChannelReset.id.desc()).limit(1)).one()
    message = letter_for(reset.public_id)
    assert message is not None
    found = re.search(r"\d{6}", message.text)
    assert found
    return found[0]
