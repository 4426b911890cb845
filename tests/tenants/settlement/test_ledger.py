"""Journals add up to zero, are posted once, and never change."""

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import ProgrammingError

from kit.db import session, transaction
from tenants.settlement.models import Account, AccountCode, Entry, Journal, JournalKind
from tenants.settlement.services import ledger
from tenants.settlement.services.ledger import KeyReused, Side, post, reverse
from tests.factories.settlement import BY, make_chain, make_payable, make_payout


@pytest.fixture
def accounts(in_acme):
    (channel,) = make_chain(1)
    opened = ledger.open_accounts(channel, "CNY")
    expense = ledger.house_account(AccountCode.COMMISSION_EXPENSE, "CNY")
    return opened[AccountCode.PENDING], expense


def journals():
    return session().scalar(select(func.count()).select_from(Journal))


def earn(accounts, amount=500, key="k1"):
    pending, expense = accounts
    entries = [Side(pending, amount), Side(expense, -amount)]
    return post(JournalKind.EARNED, key=key, entries=entries, reason="", by=BY)


def test_it_moves_the_balance_of_the_channels_account_only(accounts):
    pending, expense = accounts
    journal = earn(accounts)
    assert (pending.balance, expense.balance) == (500, 0)
    assert sorted(entry.amount for entry in journal.entries) == [-500, 500]
    assert (journal.actor_name, journal.kind) == ("财务", "earned")


def test_the_same_key_moves_nothing_twice(accounts):
    first = earn(accounts)
    assert earn(accounts) is first
    assert accounts[0].balance == 500


def test_the_same_key_with_other_entries_raises(accounts):
    earn(accounts)
    with pytest.raises(KeyReused):
        earn(accounts, amount=501)
    assert accounts[0].balance == 500
    assert journals() == 1


@pytest.mark.parametrize("amounts", [(500, -499), (500,), (0, 0), ()])
def test_it_refuses_what_does_not_add_up(accounts, amounts):
    entries = [Side(account, amount) for account, amount in zip(accounts, amounts, strict=False)]
    with pytest.raises(ValueError, match="k1"):
        post(JournalKind.EARNED, key="k1", entries=entries, reason="", by=BY)
    assert journals() == 0


def test_currencies_do_not_make_up_for_each_other(accounts):
    foreign = ledger.house_account(AccountCode.COMMISSION_EXPENSE, "USD")
    with pytest.raises(ValueError, match="add up"):
        post(
            JournalKind.EARNED,
            key="k1",
            entries=[Side(accounts[0], 5), Side(foreign, -5)],
            reason="",
            by=BY,
        )


def test_two_postings_of_one_call_may_not_share_a_key(accounts):
    pending, expense = (ledger.reference(account) for account in accounts)
    posting = ledger.Posting(JournalKind.EARNED, "k1", [(pending, 5, None), (expense, -5, None)])
    with pytest.raises(KeyReused):
        ledger.post_all([posting, posting], by=BY)


def test_a_reversal_is_the_opposite_and_happens_once(accounts):
    journal = earn(accounts)
    reversal = reverse(journal, reason="录入错误", by=BY)
    assert reverse(journal, reason="录入错误", by=BY) is reversal
    assert (reversal.reverses_id, reversal.reason) == (journal.id, "录入错误")
    assert accounts[0].balance == 0


def test_opening_accounts_twice_gives_the_same(in_acme):
    (channel,) = make_chain(1)
    first = ledger.open_accounts(channel, "CNY")
    assert ledger.open_accounts(channel, "CNY") == first
    assert set(first) == {AccountCode.PENDING, AccountCode.PAYABLE}
    assert session().scalar(select(func.count()).select_from(Account)) == 4


@pytest.mark.parametrize("table", ["journals", "entries", "settlement_runs", "payouts"])
@pytest.mark.parametrize("change", ["UPDATE {} SET created_at = now()", "DELETE FROM {}"])
def test_history_refuses_to_change(in_acme, table, change):
    chain = make_chain(1)
    make_payable(chain)
    make_payout(chain[0], 100)
    assert session().scalar(text(f"SELECT count(*) FROM {table}")) > 0
    with pytest.raises(ProgrammingError, match=f"permission denied for table {table}"):
        session().execute(text(change.format(table)))


def test_entries_know_their_line(in_acme):
    chain = make_chain(2)
    with transaction():
        make_payable(chain)
    of_channels = select(Entry).join(Account).where(Account.code == AccountCode.PAYABLE)
    entries = session().scalars(of_channels).all()
    assert len(entries) == 2
    assert all(entry.line_id for entry in entries)
