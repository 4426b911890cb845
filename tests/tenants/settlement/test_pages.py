"""The back office's pages of settlement: what they show, and to whom."""

import io
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import func, select

from kit import ids
from kit.audit import AuditEntry
from kit.db import session
from tenants.accounts.permissions import Permission
from tenants.settlement import queries
from tenants.settlement.models import CommissionLine, Journal, Payout, SettlementRun
from tests.factories.accounts import PASSWORD, agent, make_role, make_user, owner, signed_in
from tests.factories.settlement import (
    make_chain,
    make_earned,
    make_expected,
    make_payable,
    make_payout,
)

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 100


@dataclass(frozen=True)
class Known:
    """What a test still knows of a channel after a request has closed the session."""

    id: int
    public_id: str
    name: str


@pytest.fixture
def chain(in_acme):
    return make_chain(3)


@pytest.fixture
def known(chain):
    return [Known(channel.id, channel.public_id, channel.name) for channel in chain]


@pytest.fixture
def browser(in_acme, client):
    return signed_in(client, owner())


def first(model):
    return session().scalars(select(model).order_by(model.id)).first()


def count(model):
    return session().scalar(select(func.count()).select_from(model))


def test_the_lists_show_what_happened(chain, known, browser):
    make_payable(chain)
    make_earned(chain)
    make_expected(chain)
    make_payout(chain[0], 100)
    lines = browser.get("/settlement/").text
    assert known[0].name in lines
    htmx = {"HX-Request": "true"}
    assert "¥30.00" in browser.get("/settlement/?part=totals", headers=htmx).text
    assert "¥10.00" in browser.get("/settlement/?state=pending&part=totals", headers=htmx).text
    for grouping in ("state", "product", "month"):
        assert browser.get(f"/settlement/?group={grouping}").text.count('data-key="group-') >= 1
    assert known[0].name in browser.get("/settlement/balances/").text
    for path in ("runs/", "payouts/", "ledger/"):
        assert browser.get(f"/settlement/{path}").status_code == 200


def test_lines_are_found_by_order_channel_milestone_and_date(chain, known, browser):
    make_earned(chain, order_number="SO777")
    make_earned(chain[:1], order_number="SO888")
    found = browser.get(f"/settlement/?order=SO777&channel={known[1].public_id}").text
    assert "SO777" in found
    assert "SO888" not in found
    dated = "/settlement/?milestone=activated&due_from=2026-07-10&due_to=2026-07-10"
    assert "SO888" in browser.get(dated).text
    assert "SO888" not in browser.get("/settlement/?met_from=2026-07-11").text


def test_a_line_explains_itself(chain, known, browser):
    make_payable(chain)
    make_payout(chain[0], 100)
    line = first(CommissionLine).public_id
    for headers in ({}, {"HX-Request": "true", "HX-Target": "div#drawer-body"}):
        page = browser.get(f"/settlement/lines/{line}", headers=headers)
        assert page.status_code == 200
        assert known[1].name in page.text
        assert "¥10.00" in page.text


def test_a_run_a_journal_and_its_entries_can_be_opened(chain, known, browser):
    make_payable(chain)
    run, journal = first(SettlementRun).public_id, first(Journal).public_id
    assert known[2].name in browser.get(f"/settlement/runs/{run}").text
    shown = browser.get(f"/settlement/ledger/{journal}").text
    assert "-¥10.00" in shown
    assert first(CommissionLine).order_number in shown


def test_settling_is_previewed_and_confirmed_once(chain, known, browser):
    make_earned(chain)
    assert known[1].name in browser.get("/settlement/settle?until=2026-07-10").text
    assert count(SettlementRun) == 0
    token = browser.token("/settlement/settle")
    sent = {"csrf_token": token, "until": "2026-07-10", "submission": "s" * 20}
    answer = browser.post("/settlement/settle", data=sent)
    assert answer.status_code == 303
    assert browser.post("/settlement/settle", data=sent).status_code == 303
    assert count(SettlementRun) == 1
    assert queries.balances(known[0]).payable == 300


@pytest.mark.parametrize("until", ["", "x", "2999-01-01", "2026-07-01"])
def test_a_wrong_day_settles_nothing(chain, known, browser, until):
    make_earned(chain)
    sent = {"csrf_token": browser.token("/settlement/settle"), "until": until}
    assert browser.post("/settlement/settle", data=sent).status_code == 422
    assert count(SettlementRun) == 0


def test_the_preview_of_nonsense_is_the_one_of_today(chain, known, browser):
    assert browser.get("/settlement/settle?until=nonsense").status_code == 200


def payout_form(browser, channel, **changes):
    path = f"/settlement/balances/{channel.public_id}/pay"
    return path, {
        "csrf_token": browser.token(path),
        "submission": ids.secret(),
        "amount": "2.50",
        "method": "bank",
        "reference": "2026071000001",
        "paid_on": "2026-07-11",
        "remark": "",
        "password": PASSWORD,
    } | changes


def test_a_payout_is_recorded_with_its_proof_once(chain, known, browser):
    make_payable(chain)
    path, data = payout_form(browser, known[0])
    for _ in range(2):
        sent = data | {"proof": (io.BytesIO(PNG), "回单.png")}
        assert browser.post(path, data=sent).status_code == 303
    payout = session().scalars(select(Payout)).one()
    assert (payout.amount, payout.proof_name) == (250, "回单.png")
    assert queries.balances(known[0]).payable == 50
    path = f"/settlement/payouts/{payout.public_id}/proof"
    assert path in browser.get("/settlement/payouts/").text
    with browser.get(path) as proof:
        assert proof.data == PNG
        assert proof.mimetype == "image/png"
        assert "attachment" in proof.headers["Content-Disposition"]


@pytest.mark.parametrize(
    "changes",
    [
        {"password": "wrong-password"},
        {"password": ""},
        {"amount": "3.01"},
        {"amount": "0"},
        {"amount": "x"},
        {"method": "gold"},
        {"paid_on": "2999-01-01"},
        {"reference": ""},
        {"proof": (io.BytesIO(b"MZ program"), "a.png")},
        {"proof": (io.BytesIO(PNG), "a.exe")},
    ],
)
def test_a_wrong_payout_pays_nothing(chain, known, browser, changes):
    make_payable(chain)
    path, data = payout_form(browser, known[0], **changes)
    assert browser.post(path, data=data).status_code == 422
    assert count(Payout) == 0
    assert queries.balances(known[0]).payable == 300


def test_a_refused_payout_keeps_no_file(chain, known, browser, data_dir):
    make_payable(chain)
    path, data = payout_form(browser, known[0], amount="999")
    before = set(Path(data_dir).rglob("*"))
    sent = data | {"proof": (io.BytesIO(PNG), "a.png")}
    assert browser.post(path, data=sent).status_code == 422
    assert [one for one in set(Path(data_dir).rglob("*")) - before if one.is_file()] == []


def test_an_export_is_logged(chain, known, browser):
    make_payable(chain)
    for path in ("", "balances/", "runs/", "payouts/", "ledger/"):
        with browser.get(f"/settlement/{path}?export=xlsx") as sheet:
            assert sheet.status_code == 200
    events = select(AuditEntry.details).where(AuditEntry.event == "settlement:exported")
    assert {row["filters"]["list"] for row in session().scalars(events)} == {
        "commission",
        "balances",
        "settlement-runs",
        "payouts",
        "journals",
    }


def test_it_needs_the_permissions(chain, known, client):
    make_payable(chain)
    make_payout(chain[0], 100)
    stranger = signed_in(client, agent())
    assert stranger.get("/settlement/").status_code == 403
    looker = signed_in(
        client, make_user(roles=[make_role(permissions=[Permission.Settlement.VIEW])])
    )
    for path in ("", "balances/", "runs/", "payouts/", "ledger/"):
        assert looker.get(f"/settlement/{path}").status_code == 200
        assert stranger.get(f"/settlement/{path}").status_code == 403
    assert looker.get("/settlement/settle").status_code == 403
    assert looker.get(f"/settlement/balances/{known[0].public_id}/pay").status_code == 403
    payout = first(Payout).public_id
    assert stranger.get(f"/settlement/payouts/{payout}/proof").status_code == 403
    assert looker.get(f"/settlement/payouts/{payout}/proof").status_code == 404


def test_strangers_find_nothing(chain, known, client, browser, rival):
    make_payable(chain)
    line, run, journal = first(CommissionLine), first(SettlementRun), first(Journal)
    outside = client.at(rival)
    for path in (
        f"lines/{line.public_id}",
        f"runs/{run.public_id}",
        f"ledger/{journal.public_id}",
        f"balances/{known[0].public_id}/pay",
    ):
        assert outside.get(f"/settlement/{path}").status_code == 302
        missing = path.replace(path.split("/")[1], ids.new())
        assert browser.get(f"/settlement/{missing}").status_code == 404
