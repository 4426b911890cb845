"""Scenes for journeys, set through verbs, by an application of their own on the site's database."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from kit import audit, clock
from kit.db import database, session, transaction, workspace_scope
from kit.i18n import speaking
from kit.jobs import bell
from tenants.accounts.dictionary import Carrier
from tenants.accounts.models import UserSession
from tenants.records.services import add_comment
from tests.factories.accounts import ADMINISTRATOR, make_user, role
from tests.factories.catalogue import make_product, make_rate
from tests.factories.channels import make_channel, make_person
from tests.factories.customers import make_customer
from tests.factories.numbers import make_numbers


def one_number(*, number: str) -> dict[str, Any]:
    """Let two stores of a channel sell a product of which one number is left."""
    product = make_product(carrier=Carrier.MOBILE, name="抢号卡")
    make_rate(product, 5_000)
    make_numbers(number)
    top = make_channel(name="竞争总代")
    people = [
        make_person(make_channel(name=f"竞争门店{n}", parent=top, share=5_000)) for n in (1, 2)
    ]
    return {"product": product.public_id, "people": [person.username for person in people]}


def administrator(*, username: str) -> dict[str, Any]:
    """Take on somebody whose log-in a journey may change: the owner's is every journey's."""
    make_user(username=username, roles=[role(ADMINISTRATOR)])
    return {}


def expire(*, username: str) -> dict[str, Any]:
    """Let the log-ins of a person of the back office run out."""
    from tenants.accounts.models import User

    with transaction() as work:
        user = work.scalars(select(User).where(User.username == username)).one()
        work.execute(
            update(UserSession)
            .where(UserSession.user_id == user.id)
            .values(expires_at=clock.now() - timedelta(minutes=1))
        )
    return {}


def whole_world() -> dict[str, Any]:
    """One thing of every kind, a person of a channel and an operator; what everything is called."""
    from control.verification import services as verification
    from control.verification.queries import verification_of
    from control.workspaces.models import Workspace
    from kit import tenancy
    from kit.db import control_session
    from tenants.channels.models import Channel
    from tenants.settlement.models import CommissionLine
    from tests.factories.billing import make_billing
    from tests.factories.control import make_operator
    from tests.factories.world import make_world

    things = make_world()
    top = session().scalars(select(Channel).where(Channel.public_id == things["channel"])).one()
    seller = make_person(top).username
    own = select(CommissionLine.public_id).where(CommissionLine.channel_id == top.id)
    workspace = tenancy.current().schema
    # A person of a channel is shown no other channel's commission.
    things["line"] = session().scalars(own.limit(1)).one()
    session().commit()
    make_operator()
    found = control_session().scalars(select(Workspace).where(Workspace.schema == workspace)).one()
    verification.submit(found, by=audit.SYSTEM)
    things |= {"seller": seller, "workspace": found.public_id, "schema": workspace}
    return things | make_billing() | {"verification": verification_of(found.id).public_id}


def mention(*, username: str) -> dict[str, Any]:
    """Have a colleague mention a person in a comment on a customer."""
    from tenants.accounts.models import User

    with transaction() as session:
        person = session.scalars(select(User).where(User.username == username)).one()
        customer, colleague = make_customer(), make_user(name="周同事")
        add_comment("customer", customer, body=f"@{person.name} 请看一下", by=colleague)
    return {}


SCENES: dict[str, Callable[..., dict[str, Any]]] = {
    scene.__name__: scene for scene in (administrator, one_number, expire, mention, whole_world)
}


def play(scene: str, address: str, **what: object) -> dict[str, Any]:
    """Set a scene in a workspace; the settings are the site's."""
    from control.workspaces.directory import directory
    from wsgi import create_app

    # What this process remembers of workspaces and of Redis is of another database.
    directory.forget()
    bell.connection.cache_clear()
    app = create_app()
    try:
        with app.app_context(), speaking("en"):
            workspace = directory.by_address(address)
            assert workspace is not None, address
            with workspace_scope(workspace):
                return SCENES[scene](**what)
    finally:
        with app.app_context():
            for engine in database.engines.values():
                engine.dispose()
        directory.forget()
        bell.connection.cache_clear()
