"""Use beyond soft limits in a trial, and what is told of it."""

import pytest
from flask_babel import force_locale
from sqlalchemy import select

from control.billing.models import UsageReading
from control.billing.wording import notice_words
from kit.db import control_session
from tests.control.billing.using import charges, soften, sweep, to_next_month, use


@pytest.fixture
def tried(account, buy, price):
    """Bought in the trial, which goes on."""
    buy(soften(price))
    return account


def test_a_trial_costs_nothing(tried, acme, line, work):
    use(acme, orders=50, megabytes=500)
    sweep(work)
    control_session().expire_all()
    mine = select(UsageReading.paid_since).where(UsageReading.account_id == tried.id)
    assert control_session().scalars(mine).all() == [None]
    to_next_month(tried, line)
    sweep(work)
    assert charges() == []


@pytest.mark.parametrize(
    ("share", "locale", "said"),
    [
        (80, "en", "uses 80 %"),
        (100, "en", "used up"),
        (80, "zh_Hans_CN", "80"),
        (100, "zh_Hans_CN", "用完"),
    ],
)
def test_the_mail_says_what_and_where(account, share, locale, said):
    with force_locale(locale):
        subject, text = notice_words(account, f"usage-orders_month-{share}-202611-2")
    assert said in subject
    assert "/settings/billing/usage" in text
