"""Mail and SMS of accounts: each is written in the language of the person who reads it."""

import re

import pytest
from sqlalchemy import select

from kit import clock, mail
from kit.db import session, transaction
from kit.errors import Refused
from kit.i18n import speaking
from kit.jobs.tables import cell_outbox
from tenants.accounts import services
from tenants.accounts.models import LogInWay, Purpose, ResetWay, RevealWay
from tenants.accounts.services.changes import Change, tell
from tenants.accounts.services.invitations import NewPerson
from tenants.accounts.services.mail_links import send_link
from tenants.accounts.services.phones import send_phone_code
from tenants.accounts.services.reveals import Given
from tenants.customers.kinds import CUSTOMER
from tests.factories import accounts
from tests.factories.customers import make_customer

COMPANY = "Acme 通信"
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def arrived():
    """What left for people of this test, by the address it went to."""
    session().commit()
    # As a worker does, which speaks no language of its own.
    with speaking(None):
        accounts.run_jobs()
    ours = {str(one) for one in session().scalars(select(cell_outbox.c.id))}
    return [one for one in mail.kept(500) if one.message_id[:36] in ours]


def reset_by_mail(user):
    services.ask_reset(user.username, way=ResetWay.MAIL)


def reset_by_sms(user):
    services.ask_reset(user.username, way=ResetWay.SMS)


def code_of_second_step(user):
    accounts.enrolled(user)
    entry = services.sign_in(
        user.username, accounts.PASSWORD, remember=False, ip_address="", user_agent="Firefox"
    )
    services.send_code(entry.token, way=LogInWay.MAIL)


def new_device(user):
    for device in ("one", "other"):
        services.sign_in(
            user.username,
            accounts.PASSWORD,
            remember=False,
            ip_address="203.0.113.7",
            user_agent="Mozilla/5.0 (Windows NT 10.0) Firefox/140.0",
            device=device,
        )


def change(user):
    with transaction():
        tell(user, Change.PASSWORD)


def link(user):
    with transaction():
        send_link(user, "ann.new@example.com")


def phone_code(user):
    user.phone_proved_at = None
    send_phone_code(user)


def invitation(user):
    (invited,) = services.invite_people(
        [NewPerson(username="bob", name="Bob", email="bob@example.com", roles=user.roles)],
        by=accounts.owner(),
    )
    invited.language = user.language


@pytest.mark.parametrize("language", ["en", None])
@pytest.mark.parametrize(
    "cause",
    [
        reset_by_mail,
        reset_by_sms,
        code_of_second_step,
        new_device,
        change,
        link,
        phone_code,
        invitation,
    ],
)
def test_it_is_in_the_readers_language_else_the_companys(in_acme, cause, language):
    user = accounts.make_user(username="ann_lee", name="Ann", email="ann@example.com")
    user.language = language
    session().flush()
    cause(user)
    letters = arrived()
    assert letters
    words = [f"{one.subject} {one.body}".replace(COMPANY, "") for one in letters]
    assert [bool(CHINESE.search(one)) for one in words] == [language is None] * len(words)


def test_each_administrator_is_warned_in_his_own(in_acme):
    first = accounts.owner().email
    other = accounts.make_user(email="second@example.com", roles=[accounts.role("administrator")])
    other.language = "en"
    role = accounts.make_role(permissions=["customer:view", "customer:reveal"])
    role.reveals_a_day = 0
    person, customer = accounts.make_user(name="Ann", roles=[role]), make_customer()
    with clock.moved(clock.now()), pytest.raises(Refused):
        services.reveal(
            CUSTOMER, customer, "phone", why=Given(Purpose.CONTACT), way=RevealWay.SHOWN, by=person
        )
    said = {one.recipient: one.subject.replace(COMPANY, "") for one in arrived()}
    assert said.keys() == {first, "second@example.com"}
    assert CHINESE.search(said[first])
    assert not CHINESE.search(said["second@example.com"])
