"""What every form must bear, looped over all addresses that take one: no form is named here."""

import re
from contextlib import contextmanager
from html import unescape

import pytest
from sqlalchemy import select, text

from kit.db import database, session, tenant_metadata
from kit.db.session import CONTROL, cell_key
from kit.db.session import _pins as pins
from tenants.accounts import brand, policy
from tenants.accounts.models import SecurityPolicy
from tenants.channels.models import Channel
from tests.factories.accounts import owner, signed_in
from tests.factories.channels import make_person, portal
from tests.factories.world import WITHOUT_OBJECT, address, make_world, rules
from tests.forms import faulty, forms_of

# Pages that show a form only at a moment that is not this one; their own tests come to it.
ELSEWHERE = {
    "accounts.code": "after a code was asked for",
    "accounts.enrol": "at the door",
    "accounts.login": "for those who are not logged in",
    "accounts.second_step": "while an app is being set up",
    "accounts.step": "at the door",
    "accounts.unlock": "while the screen is locked",
    "desk.new": "from the tools of a list, with what it shows",
    "imports.mapping": "before a file is checked",
    "portal_login.show": "for those who are not logged in",
    "settlement.settle": "after a day was chosen",
    "support.enter": "for an operator with a hand-over",
}
# What a page in the drawer is asked with: without the frame around it, it takes half the time.
PIECE = {"HX-Request": "true", "HX-Target": "div#drawer-body"}
EXAMPLES = {
    "textfield": "山高水长",
    "textareafield": "山高水长",
    "searchfield": "山",
    "text": "山",
    "emailfield": "shan@example.com",
    "phonefield": "13700137999",
    "passwordfield": "Brook-stone-77",
    "integerfield": "1",
    "moneyfield": "1",
    "percentfield": "1",
    "datefield": "2026-12-01",
    "datetimefield": "2026-12-01T10:00",
    "timefield": "10:00",
}
# Wrong values of each kind of field. A form is sent two of them, each field another one, and the
# next form begins with the next one: every kind of field meets all of them.
ROUNDS = 2
TOO_LONG = "x"
UNSEEN = ("王\x00明", "王\u202e明", TOO_LONG)
NUMBERS = ("integerfield", "moneyfield", "percentfield")
WRONG_NUMBERS = ("9" * 30, "-999999", "²", "1e9")
DAYS = ("datefield", "datetimefield")
WRONG_DAYS = ("0001-01-01", "9999-12-31", "2026-02-31")
NO_CHOICE = ("nobody-offered-this",)
# What may be meant: refused or not, it is neither lost nor believed. The first goes into every
# form, the others take turns.
MARKUP = "<script>alert(1)</script>'\"); DROP TABLE users; -- onx=1 {{7*7}} %(x)s"
BORNE = ((MARKUP, "１２"), ("👩‍👩‍👧 𠮷野家", "٣"), (" \u3000 \u00a0 ", "²"))
NO_WORDS = (("surrogates", b"\xed\xa0\x80\xff"), ("100,000 characters", "x" * 100_000))
FORGED = ("\x00", "x" * 5_000)
CHOICES = ("choicefield", "choicesfield", "lookupfield", "lookupsfield")
# What every answer may write: when somebody was last seen, and how often something was tried.
NOTED = {"user_sessions", "channel_user_sessions", "throttles"}
# A refusal that is kept all the same.
KEEPING = {"imports.row": {"import_rows": "a staged row keeps what was typed, right or wrong"}}
# A wrong password is counted, and told in the log.
COUNTED = {"users", "audit_entries"}
IDLE = re.compile(r'data-only-when="[^"]*" data-values="[^"]*" hidden>.*?\bname="(\w+)"', re.DOTALL)
REFUSED = frozenset({400, 413, 422})
# Not there any more is an answer to what was done a moment ago.
ANSWERS = {200, 204, 303, 404} | REFUSED


@contextmanager
def taken_back(*, unless=frozenset()):
    """Undo what is written meanwhile, and what this process remembers of it.

    Yields a list for a status; one that is excepted is kept, as it would be in earnest.
    """
    # A savepoint of a session around these would end them with itself.
    database.session.commit()
    database.control.commit()
    held = [pins.get()[key].begin_nested() for key in (CONTROL, cell_key("main"))]
    statuses: list[int] = []
    try:
        yield statuses
    finally:
        database.session.remove()
        database.control.remove()
        for one in held:
            if unless.issuperset(statuses) and statuses:
                one.commit()
            else:
                one.rollback()
        brand.forget_brand()
        policy.forget_policy()


def stored() -> dict[str, str]:
    """Return a sum of what each table of the workspace holds."""
    names = sorted(set(tenant_metadata.tables) - NOTED)
    found = session().execute(
        text(
            " UNION ALL ".join(
                f"SELECT '{name}', count(*) || ' ' || coalesce(sum(hashtext(t::text)::bigint), 0)"
                f" FROM {name} t"
                for name in names
            )
        )
    )
    sums = {row[0]: row[1] for row in found}
    session().commit()
    return sums


class Broken:
    """What stands for an answer where there was none."""

    status_code = 500
    mimetype = ""


def _words(answer) -> str:
    return answer.text if answer.mimetype == "text/html" else ""


class Sender:
    """Sends a form again and again, and notes each answer that is none; `turn` counts forms."""

    def __init__(self, browser, endpoint, path, form, turn) -> None:
        self.browser, self.endpoint, self.path, self.form = browser, endpoint, path, form
        self.turn, self.usual = turn, form.filled(EXAMPLES)
        self.wrong: dict[tuple[str, str], object] = {}

    def send(self, what, changes, *, drop=()):
        """Send the usual with some changes; take back what was accepted."""
        data = {name: value for name, value in self.usual.items() if name not in drop}
        with taken_back(unless=REFUSED) as kept:
            answer = self._post(what, data | changes)
            kept.append(answer.status_code)
            if "<script>alert(1)" in _words(answer):
                self.wrong[self.endpoint, f"{what} came back as markup"] = answer.status_code
        return answer

    def _post(self, what, data):
        try:
            answer = self.browser.post(self.path, data=data, headers=PIECE)
        except Exception as error:  # noqa: BLE001 - whatever it is, the others are to be tried, too
            self.wrong[self.endpoint, what] = str(error).splitlines()[0]
            return Broken()
        if answer.status_code not in ANSWERS:
            self.wrong[self.endpoint, what] = answer.status_code
        return answer

    def all(self, before):
        """Send everything that people send, and the same thing twice; return what is stored now."""
        form = self.form
        self.send("no token", {}, drop=("csrf_token",))
        for number in range(ROUNDS):
            self._refuses(number)
        self._bears(*BORNE[0])
        if self.turn % 2:
            self._bears(*BORNE[1 + self.turn // 2 % 2])
        elif form.texts:
            what, value = NO_WORDS[self.turn // 2 % 2]
            self.send(what, {form.texts[0].name: value})
        self._forges()
        after = stored()
        # What was accepted has been taken back, so that what is left was written by a refusal.
        if changed := self._partly(before, after):
            self.wrong[self.endpoint, "a refusal saved a part"] = changed
        self._twice()
        return after

    def _refuses(self, number):
        """Send something wrong in every field, each of which has to be named in the answer."""
        form, sent = self.form, {}
        for controls, values in (
            ([one for one in form.texts if one.longest], UNSEEN),
            ([one for one in form.texts if not one.longest], UNSEEN[:2]),
            (form.of(*NUMBERS), WRONG_NUMBERS),
            (form.of(*DAYS), WRONG_DAYS),
            (form.of(*CHOICES), NO_CHOICE),
        ):
            for place, one in enumerate(controls, ROUNDS * self.turn + number):
                value = values[place % len(values)]
                if value == TOO_LONG:
                    value *= one.longest + 1
                sent[one.name] = value + "T10:00" * (one.kind == "datetimefield")
        if not sent:
            return
        answer = self.send(f"wrong values {number}", sent)
        if answer.status_code in {413, 500}:
            return
        # Fields that a page lays out by itself are named in a sentence above them.
        ours = {name for name in sent if form.controls[name].kind.endswith("field")}
        # What another field's value leaves out is not asked, and nothing is said of it.
        asked = ours - set(IDLE.findall(_words(answer)))
        silent = {name: sent[name][:12] for name in asked - faulty(_words(answer))}
        if self.form.is_ours and (answer.status_code != 422 or silent):
            self.wrong[self.endpoint, f"wrong values {number}"] = (answer.status_code, silent)

    def _bears(self, words, digits):
        """Send what may be meant; what is refused has to come back as it was typed."""
        texts, numbers = self.form.texts, self.form.of(*NUMBERS)
        sent = {one.name: words for one in texts} | {one.name: digits for one in numbers}
        if not sent:
            return
        answer = self.send(words.strip() or "blanks", sent)
        shown = [one for one in texts if one.kind not in {"passwordfield", "password"}]
        due = {words} if shown and words.strip() else set()
        due |= {digits} if numbers else set()
        lost = {one for one in due if one not in unescape(_words(answer))}
        if answer.status_code == 422 and lost:
            self.wrong[self.endpoint, "typed and lost"] = sorted(lost)

    def _forges(self):
        """Send what no page of ours can have sent."""
        hidden = [one for one in self.form.controls.values() if one.kind == "hidden"]
        for value in FORGED:
            if sent := {one.name: value for one in hidden if one.name != "csrf_token"}:
                self.send("forged", sent)
        if chosen := self.form.of(*CHOICES, "select", "radio"):
            self.send("forged choices", {one.name: FORGED[0] for one in chosen})

    def _twice(self):
        """Send the same submission again, as an impatient finger does."""
        with taken_back():
            self._post("once", self.usual)
            between = stored()
            again = self._post("twice", self.usual)
            if again.status_code in REFUSED and self._partly(between, stored()):
                self.wrong[self.endpoint, "twice saved a part"] = again.status_code

    def _partly(self, before, after):
        changed = {name for name in after if after[name] != before[name]}
        if self.form.of("passwordfield"):
            changed -= COUNTED
        if self.endpoint in KEEPING:
            changed -= {*KEEPING[self.endpoint], "audit_entries"}
        return sorted(changed)


def _posts(app, things, realm):
    for rule in rules(app, realm):
        path = address(rule, things) if rule.endpoint not in WITHOUT_OBJECT else None
        if path is not None and "POST" in (rule.methods or ()):
            yield rule, path


def _browser(realm, client, things):
    if realm == "office":
        return signed_in(client, owner())
    top = session().scalars(select(Channel).where(Channel.public_id == things["channel"])).one()
    return portal(client, make_person(top))


@pytest.mark.parametrize("realm", ["office", "portal"])
def test_every_form_bears_what_people_send(app, in_acme, client, realm):
    things = make_world()
    session().add(SecurityPolicy(preset="manual", security_questions=True))
    session().commit()
    browser = _browser(realm, client, things)
    browser.inspect = False
    wrong, bare, now = {}, set(), stored()
    for turn, (rule, path) in enumerate(_posts(app, things, realm)):
        if "GET" not in (rule.methods or ()):
            continue
        answer = browser.get(path, headers=PIECE)
        forms = [one for one in forms_of(_words(answer)) if one.is_ours or one.action == path]
        if answer.status_code != 200 or not forms:
            bare.add(rule.endpoint)
            continue
        forms.sort(key=lambda one: one.is_ours, reverse=True)
        sender = Sender(browser, rule.endpoint, path, forms[0], turn)
        now = sender.all(now)
        wrong |= sender.wrong
    assert not wrong, "\n".join(f"{where}: {what}" for where, what in wrong.items())
    elsewhere = {one for one in ELSEWHERE if one.startswith("portal") == (realm == "portal")}
    assert sorted(bare) == sorted(elsewhere)
