"""Fapiao in the console: the queue, what is shown of a buyer, and the three decisions."""

import io

import pytest

from control.billing.models import FapiaoState
from kit import clock
from kit.db import control_session
from tests.factories.control import PASSWORD
from tests.factories.fapiao import again, document, give_back, issue, make_fapiao, number, ofd
from tests.factories.records import png

QUEUE = "/console/billing/fapiao"


@pytest.fixture
def asked(acme, console):
    return make_fapiao(acme.id)


def path(found, act="") -> str:
    return f"{QUEUE}/{found.public_id}" + (f"/{act}" if act else "")


def entry(**changes):
    given = {"number": number(), "issued_on": clock.today().isoformat(), "own": PASSWORD}
    return given | {"file": document()} | changes


def test_the_queue_counts_filters_and_leaves_as_a_spreadsheet(console, asked, acme):
    done = give_back(issue(make_fapiao(acme.id)), 100)
    page = console.get(QUEUE).text
    assert "深圳山海通信有限公司" in page
    assert "¥299.00" in page
    # Two wait: one to be issued, one to be corrected.
    assert '<span class="tree-badge">2</span>' in page
    assert done.number not in console.get(f"{QUEUE}?state=requested").text
    assert done.number in console.get(f"{QUEUE}?uncorrected=yes").text
    assert done.number not in console.get(f"{QUEUE}?uncorrected=no").text
    assert done.number in console.get(f"{QUEUE}?q={done.number}&kind=special").text
    assert console.get(f"{QUEUE}?export=xlsx").data.startswith(b"PK")


def test_personal_fields_are_masked_and_a_reveal_is_logged(console, asked, logged):
    page = console.get(path(asked)).text
    assert "6225880212345678" not in page
    assert "****5678" in page
    refused = console.submit(path(asked, "reveal"), {"reason": ""})
    assert refused.status_code == 422
    shown = console.submit(path(asked, "reveal"), {"reason": "开具专票"}).text
    assert "6225880212345678" in shown
    assert logged(asked)[-1] == "fapiao:revealed"


def test_it_is_issued_with_the_own_password_and_its_file(console, asked, logged):
    wrong = console.submit(path(asked, "issue"), entry(own="wrong"))
    assert wrong.status_code == 422
    assert 'id="own-error"' in wrong.text
    sent = entry(file=ofd())
    assert console.submit(path(asked, "issue"), sent).status_code == 303
    found = again(asked)
    assert (found.state, found.number) == (FapiaoState.ISSUED, sent["number"])
    assert logged(asked)[-1] == "fapiao:issued"
    answer = console.get(path(asked, "file"))
    assert (answer.mimetype, answer.data[:2]) == ("application/ofd", b"PK")
    assert "attachment" in answer.headers["Content-Disposition"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"number": "x"}, "number"),
        ({"issued_on": "2999-01-01"}, "issued_on"),
        ({"file": (io.BytesIO(png()), "发票.pdf")}, "file"),
    ],
)
def test_nonsense_is_refused_beside_its_field_and_kept(console, asked, changes, field):
    sent = entry(**changes)
    refused = console.submit(path(asked, "issue"), sent)
    assert refused.status_code == 422
    assert f'id="{field}-error"' in refused.text
    assert f'value="{sent["number"]}"' in refused.text
    assert again(asked).state == FapiaoState.REQUESTED


def test_who_looked_before_a_refund_is_told_and_agrees_to_the_rest(console, asked):
    token = console.token(path(asked, "issue"))
    seen = {"version": str(asked.version), "amount": str(asked.amount)}
    give_back(asked, 900)
    sent = entry() | seen | {"csrf_token": token}
    refused = console.post(path(asked, "issue"), data=sent)
    assert refused.status_code == 422
    assert "290.00" in refused.text
    assert console.submit(path(asked, "issue"), entry()).status_code == 303
    assert again(asked).amount == 29_000


def test_it_is_rejected_with_a_reason(console, asked, logged):
    refused = console.submit(path(asked, "reject"), {"reason": "", "own": PASSWORD})
    assert 'id="reason-error"' in refused.text
    sent = {"reason": "税号与名称不符", "own": PASSWORD}
    assert console.submit(path(asked, "reject"), sent).status_code == 303
    assert again(asked).state == FapiaoState.REJECTED
    assert "税号与名称不符" in console.get(path(asked)).text
    assert logged(asked)[-1] == "fapiao:rejected"


def test_a_red_letter_note_is_entered(console, asked):
    found = give_back(issue(asked), 900)
    assert "9.00" in console.get(path(found)).text
    assert console.submit(path(found, "correct"), entry(amount="9.01")).status_code == 422
    assert console.submit(path(found, "correct"), entry(amount="9.00")).status_code == 303
    found = again(found)
    assert (found.uncorrected, found.corrected_amount) == (0, 900)
    note = found.corrections[0].public_id
    assert console.get(path(found, f"notes/{note}")).mimetype == "application/pdf"
    assert console.get(path(found, f"notes/{'0' * 26}")).status_code == 404
    control_session().expire_all()


def test_strangers_get_nowhere(stranger, acme, client):
    found = make_fapiao(acme.id)
    for place in (QUEUE, path(found), path(found, "issue"), path(found, "reveal")):
        answer = stranger.get(place)
        assert (answer.status_code, "/console/login" in answer.location) == (302, True)
        assert client.at(acme).get(place).status_code == 404
