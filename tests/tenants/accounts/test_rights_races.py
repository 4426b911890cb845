"""Eight at once: links, codes, challenges and ceilings hold. Real threads, real commits."""

import re
from collections.abc import Callable
from functools import partial

import pytest
from sqlalchemy import func, select

from kit.db import session
from kit.mail import kept
from kit.security.passkeys import Site
from tenants.accounts import services
from tenants.accounts.models import (
    LogInWay,
    Purpose,
    Reveal,
    RevealWay,
    SecurityPolicy,
    Share,
    ShareAccess,
    User,
)
from tenants.accounts.services.invitations import NewPerson
from tenants.accounts.services.reveals import Given
from tenants.customers import access
from tenants.customers.kinds import CUSTOMER
from tests.authenticator import Authenticator
from tests.factories import accounts
from tests.factories.accounts import NEW_PASSWORD, PASSWORD, make_role, make_user, run_jobs
from tests.factories.customers import make_customer
from tests.racing import Racecourse, done

pytestmark = pytest.mark.real_commits
RACERS = 8
SITE = Site("acme.example.com", "https://acme.example.com")


def newest(way: str, recipient: str, pattern: str) -> str:
    session().commit()
    run_jobs()
    sent = [one for one in kept(1_000) if (one.way, one.recipient) == (way, recipient)]
    found = re.search(pattern, max(sent, key=lambda one: one.sent_at).body)
    assert found
    return found[1]


def knock(user: User) -> str:
    return services.sign_in(
        user.username, PASSWORD, remember=False, ip_address=None, user_agent=None
    ).token


def tried(course: Racecourse, verb: Callable[[int], object], racers: int = RACERS) -> int:
    """Let so many do the same at once; return how many were not refused."""
    session().commit()
    return len(done(course([partial(verb, number) for number in range(racers)])))


def test_a_ceiling_of_reveals_is_never_passed(at_once):
    role = make_role(permissions=["customer:view", "customer:reveal"])
    role.reveals_a_day = 3
    person, customer = make_user(roles=[role]), make_customer()
    person_id, public_id = person.id, customer.public_id

    def look(_n: int) -> object:
        by = session().get_one(User, person_id)
        row = access.customer(public_id, accounts.everything(CUSTOMER.view))
        why = Given(Purpose.CONTACT)
        return services.reveal(CUSTOMER, row, "phone", why=why, way=RevealWay.SHOWN, by=by)

    assert tried(at_once, look) == 3
    count = select(func.count()).where(Reveal.user_id == person_id)
    assert session().scalar(count) == 3


def test_an_invitation_is_taken_up_once(at_once):
    email = "many@example.com"
    person = NewPerson(username="many", name="多人", email=email, roles=[accounts.role()])
    services.invite_people([person], by=accounts.owner())
    token = newest("mail", email, r"/invitation/(\S+)")
    assert (
        tried(
            at_once,
            lambda n: services.accept_invitation(
                token, password=f"{NEW_PASSWORD}{n}", again=f"{NEW_PASSWORD}{n}"
            ),
        )
        == 1
    )


def test_a_code_that_proves_a_number_is_good_once(at_once):
    user = make_user()
    user_id, phone = user.id, user.phone
    services.send_phone_code(user)
    code = newest("sms", phone, r"\b(\d{6})\b")
    assert (
        tried(at_once, lambda _n: services.prove_phone(session().get_one(User, user_id), code)) == 1
    )


def test_a_code_by_sms_and_a_link_by_mail_open_once(at_once):
    session().add(SecurityPolicy(preset="manual", sms_codes=True))
    user = make_user()
    services.choose_codes(user, except_token=None)
    phone, email, token = user.phone, user.email, knock(user)
    services.send_code(token, way=LogInWay.SMS)
    code = newest("sms", phone, r"\b(\d{6})\b")
    sms = LogInWay.SMS
    assert tried(at_once, lambda _n: services.pass_step(token, code, way=sms), 4) == 1
    other = make_user()
    services.choose_codes(other, except_token=None)
    email, token = other.email, knock(other)
    services.send_code(token, way=LogInWay.MAIL)
    secret = newest("mail", email, r"/login/step/link/(\S+)")
    link = LogInWay.LINK
    assert tried(at_once, lambda _n: services.pass_step(token, secret, way=link), 4) == 1


def test_an_answer_of_a_passkey_opens_once(at_once):
    user, device = make_user(), Authenticator(SITE.origin)
    made = device.make(services.ask_to_make(user, "t" * 43, site=SITE))
    services.add_passkey(user, "t" * 43, made, name="手机", site=SITE)
    token = knock(user)
    answer = device.sign(services.ask_to_sign(token, site=SITE))
    assert tried(at_once, lambda _n: services.pass_by_passkey(token, answer, site=SITE), 4) == 1


def test_the_same_share_made_eight_times_is_one(at_once):
    target, customer = make_user().id, make_customer().public_id

    def share(_n: int) -> object:
        return services.share_record(
            CUSTOMER,
            access.customer(customer, accounts.everything(CUSTOMER.view)),
            target=session().get_one(User, target),
            access=ShareAccess.READ,
            ends_on=None,
            by=accounts.owner(),
        )

    assert tried(at_once, share) == RACERS
    assert session().scalar(select(func.count()).where(Share.user_id == target)) == 1


def test_of_two_administrators_who_disable_each_other_one_stays(at_once):
    administrator = accounts.role("administrator")
    one, two = (make_user(roles=[administrator]).id for _each in range(2))

    def disable(n: int) -> object:
        by, other = (one, two) if n else (two, one)
        return services.disable_user(session().get_one(User, other), by=session().get_one(User, by))

    assert tried(at_once, disable, 2) == 1
    active = select(func.count()).where(User.id.in_([one, two]), User.is_active)
    assert session().scalar(active) == 1
