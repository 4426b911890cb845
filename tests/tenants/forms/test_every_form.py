"""What every form must bear, looped over all addresses that take one: no form is named here."""

from contextlib import contextmanager
from html import unescape

import pytest
from sqlalchemy import select, text

from kit.db import database, session, tenant_metadata
from kit.db.session import CONTROL, cell_key
from kit.db.session import _pins as pins
from tenants.accounts import brand, policy
from tenants.channels.models import Channel
from tests.factories.accounts import owner, signed_in
from tests.factories.channels import make_person, portal
from tests.factories.world import WITHOUT_OBJECT, address, make_world, rules
from tests.forms import faulty, forms_of

# Pages whose form is found only by those who come with a secret, and where they are tested.
ELSEWHERE = {
    "accounts.code": "after a code was asked for",
    "accounts.enrol": "at the door",
    "accounts.forgot": "for those who are not logged in",
    "accounts.login": "for those who are not logged in",
    "accounts.step": "at the door",
    "accounts.unlock": "while the screen is locked",
    "portal_login.show": "for those who are not logged in",
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
MARKUP = "<script>alert(1)</script>'\" onx=1 {{7*7}} %(x)s"
HARMLESS = {
    "markup": MARKUP,
    "SQL": "'); DROP TABLE users; --",
    "four bytes": "👩‍👩‍👧 𠮷野家",
    "blanks": " \u3000 \u00a0 ",
}
UNSEEN = {"NUL": "王\x00明", "override": "王\u202e明"}
NUMBERS = ("integerfield", "moneyfield", "percentfield")
WRONG_NUMBERS = {"huge": "9" * 30, "negative": "-999999", "superscript": "²", "exponent": "1e9"}
OTHER_DIGITS = {"full width": "１２", "arabic": "٣"}
DAYS = ("datefield", "datetimefield")
WRONG_DAYS = {"first": "0001-01-01", "last": "9999-12-31", "31 February": "2026-02-31"}
CHOICES = ("choicefield", "choicesfield", "lookupfield", "lookupsfield")
# What every answer may write: when somebody was last seen, and how often something was tried.
NOTED = {"user_sessions", "channel_user_sessions", "throttles"}
# A refusal that is kept all the same.
KEEPING = {"imports.row": {"import_rows": "a staged row keeps what was typed, right or wrong"}}
# A wrong password is counted, and told in the log.
COUNTED = {"users", "audit_entries"}
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
    """Sends a form again and again, and notes each answer that is none."""

    def __init__(self, browser, endpoint, path, form) -> None:
        self.browser, self.endpoint, self.path, self.form = browser, endpoint, path, form
        self.usual = form.filled(EXAMPLES)
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

    def refuses(self, what, controls, value):
        """Send a value in some fields, each of which has to be named in the answer."""
        if not controls:
            return
        answer = self.send(what, {one.name: value for one in controls})
        if answer.status_code in {413, 500}:
            return
        # Fields that a page lays out by itself are named in a sentence above them.
        ours = {one.name for one in controls if one.kind.endswith("field")}
        silent = ours - faulty(_words(answer))
        if answer.status_code != 422 or (self.form.is_ours and silent):
            self.wrong[self.endpoint, what] = (answer.status_code, sorted(silent))

    def bears(self, what, controls, value):
        """Send a value in some fields; what is refused has to come back as it was typed."""
        if not controls:
            return
        answer = self.send(what, {one.name: value for one in controls})
        shown = [one for one in controls if one.kind not in {"passwordfield", "password"}]
        is_lost = value.strip() and value not in unescape(_words(answer))
        if answer.status_code == 422 and shown and is_lost:
            self.wrong[self.endpoint, f"{what} is lost"] = [one.name for one in shown]

    def all(self):
        """Send everything that people send, and the same thing twice."""
        before = stored()
        self.send_all()
        after = stored()
        # What was accepted has been taken back, so that what is left was written by a refusal.
        if changed := self._partly(before, after):
            self.wrong[self.endpoint, "a refusal saved a part"] = changed
        self.twice()
        return self.wrong

    def _partly(self, before, after):
        changed = {name for name in after if after[name] != before[name]}
        if self.form.of("passwordfield"):
            changed -= COUNTED
        if self.endpoint in KEEPING:
            changed -= {*KEEPING[self.endpoint], "audit_entries"}
        return sorted(changed)

    def send_all(self):
        form = self.form
        self.send("no token", {}, drop=("csrf_token",))
        hidden = [
            one.name
            for one in form.controls.values()
            if one.kind == "hidden" and one.name != "csrf_token"
        ]
        for what, value in (("a forged NUL", "\x00"), ("a forged text", "x" * 5_000)):
            if hidden:
                self.send(what, dict.fromkeys(hidden, value))
        texts = form.texts
        if form.is_ours:
            for what, value in UNSEEN.items():
                self.refuses(what, texts, value)
            self.refuses("100,000 characters", texts[:1], "x" * 100_000)
            self.refuses("too long", [one for one in texts if one.longest], "x" * 20_001)
        for what, value in HARMLESS.items():
            self.bears(what, texts, value)
        self.send("surrogates", {one.name: b"\xed\xa0\x80\xff" for one in texts})
        self._send_values()

    def _send_values(self):
        form = self.form
        for what, value in WRONG_NUMBERS.items():
            self.refuses(what, form.of(*NUMBERS), value)
        for what, value in OTHER_DIGITS.items():
            self.bears(what, form.of(*NUMBERS), value)
        for what, value in WRONG_DAYS.items():
            for kind in DAYS:
                given = value + "T10:00" if kind == "datetimefield" else value
                self.refuses(what, form.of(kind), given)
        self.refuses("no such choice", form.of(*CHOICES), "nobody-offered-this")
        for what, value in (("a choice of NUL", "\x00"), ("a choice of ours", "nobody")):
            self.send(what, {one.name: value for one in form.of(*CHOICES, "select", "radio")})

    def twice(self):
        """Send the same submission again, as an impatient finger does."""
        with taken_back():
            self._post("once", self.usual)
            between = stored()
            again = self._post("twice", self.usual)
            if again.status_code in REFUSED and self._partly(between, stored()):
                self.wrong[self.endpoint, "twice saved a part"] = again.status_code


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
    browser = _browser(realm, client, things)
    browser.inspect = False
    wrong, bare = {}, set()
    for rule, path in _posts(app, things, realm):
        form = None
        if "GET" in (rule.methods or ()):
            answer = browser.get(path, headers=PIECE)
            if answer.status_code == 200:
                form = next((one for one in forms_of(answer.text) if one.is_ours), None)
            if form is None:
                bare.add(rule.endpoint)
                continue
            wrong |= Sender(browser, rule.endpoint, path, form).all()
    assert not wrong, "\n".join(f"{where}: {what}" for where, what in wrong.items())
    assert bare == {one for one in ELSEWHERE if one.startswith("portal") == (realm == "portal")}
