"""Changing the dictionary: words, colours, order, on and off; nothing is ever deleted."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert

from kit import audit, clock, ids, personal
from kit.db import keep_alone, refuse_stale, session, transaction
from kit.errors import Missing, Refused
from kit.i18n import gettext as _
from tenants.setup import events, memory
from tenants.setup.dictionary import COLOURS, Entry, Type
from tenants.setup.models import DictionaryValue

LONGEST = 40
MOST = 200


def add_value(
    type_: Type, *, label_zh: str, label_en: str, colour: str, by: audit.Actor
) -> DictionaryValue:
    """Add a value of the workspace's own at the end of a type.

    Refuses one without words, one whose words another value has, and more than 200.
    """
    with transaction() as work:
        entries = _locked(type_)
        zh, en = _words(label_zh), _words(label_en)
        _refuse(type_, None, zh=zh, en=en, colour=colour)
        if len(entries) >= MOST:
            raise Refused(_("A type has at most %(count)s values.", count=MOST))
        row = DictionaryValue(
            type=type_.code,
            code=f"own_{ids.new()}",
            label_zh=zh,
            label_en=en,
            colour=colour,
            position=max((one.position for one in entries), default=0) + 10,
        )
        work.add(row)
        work.flush()
        audit.record(events.VALUE_ADDED, row, by=by, type=type_.code, label=zh or en)
        memory.changed()
        return row


def edit_value(
    type_: Type,
    code: str,
    *,
    version: int,
    label_zh: str,
    label_en: str,
    colour: str,
    by: audit.Actor,
) -> None:
    """Give a value other words or another colour; empty words of one of ours mean ours again."""
    with transaction():
        entries = _locked(type_)
        entry = _entry(entries, code)
        zh, en = _words(label_zh), _words(label_en)
        _refuse(type_, entry, zh=zh, en=en, colour=colour)
        row = _row(type_, entry)
        refuse_stale(row, version)
        wanted = {"label_zh": zh, "label_en": en, "colour": colour}
        changes = {
            name: [getattr(row, name), value]
            for name, value in wanted.items()
            if getattr(row, name) != value
        }
        for name, value in wanted.items():
            setattr(row, name, value)
        row.version += 1
        audit.record(
            events.VALUE_EDITED, row, by=by, type=type_.code, label=entry.label, changes=changes
        )
        memory.changed()


def switch_value(type_: Type, code: str, *, active: bool, by: audit.Actor) -> None:
    """Offer a value or stop offering it; records that have it keep it. One must stay on."""
    with transaction():
        entries = _locked(type_)
        entry = _entry(entries, code)
        if entry.is_active == active:
            return
        if not active and sum(one.is_active for one in entries) == 1:
            raise Refused(_("One value must stay switched on."))
        row = _row(type_, entry)
        row.is_active = active
        row.version += 1
        audit.record(
            events.VALUE_SWITCHED, row, by=by, type=type_.code, label=entry.label, active=active
        )
        memory.changed()


def move_value(type_: Type, code: str, *, up: bool, by: audit.Actor) -> None:
    """Let a value change places with its neighbour; at the end nothing happens."""
    with transaction():
        entries = _locked(type_)
        entry = _entry(entries, code)
        place = entries.index(entry)
        other = place - 1 if up else place + 1
        if not 0 <= other < len(entries):
            return
        mine, theirs = _row(type_, entry), _row(type_, entries[other])
        mine.position, theirs.position = entries[other].position, entry.position
        if mine.position == theirs.position:
            mine.position += -1 if up else 1
        for row in (mine, theirs):
            row.version += 1
        audit.record(
            events.VALUE_MOVED,
            mine,
            by=by,
            type=type_.code,
            label=entry.label,
            before=place + 1,
            after=other + 1,
        )
        memory.changed()


def reset_value(type_: Type, code: str, *, by: audit.Actor) -> None:
    """Give one of our values our words and colour again; its place and its switch stay."""
    with transaction():
        entries = _locked(type_)
        entry = _entry(entries, code)
        if not entry.is_ours:
            raise Refused(_("This value is your own: there is nothing to go back to."))
        row = _row(type_, entry)
        if not (row.label_zh or row.label_en or row.colour):
            return
        row.label_zh = row.label_en = row.colour = ""
        row.version += 1
        audit.record(events.VALUE_RESET, row, by=by, type=type_.code, label=entry.label)
        memory.changed()


def find_row(type_: Type, code: str) -> DictionaryValue | None:
    """Return what the workspace has stored of a value; None for one of ours left as it is."""
    return (
        session()
        .scalars(
            select(DictionaryValue).where(
                DictionaryValue.type == type_.code, DictionaryValue.code == code
            )
        )
        .one_or_none()
    )


def _locked(type_: Type) -> list[Entry]:
    """Return a type's values as they are now; one at a time changes a type.

    A type that nobody has touched has no row that could be locked.
    """
    keep_alone("dictionary", type_.code)
    memory.drop()
    return type_.entries()


def _entry(entries: list[Entry], code: str) -> Entry:
    found = next((one for one in entries if one.code == code), None)
    if found is None:
        raise Missing(code)
    return found


def _row(type_: Type, entry: Entry) -> DictionaryValue:
    """Return the stored row of a value, made here for one of ours that had none, locked."""
    session().execute(
        upsert(DictionaryValue)
        .values(
            public_id=ids.new(),
            created_at=clock.now(),
            type=type_.code,
            code=entry.code,
            label_zh="",
            label_en="",
            colour="",
            position=entry.position,
            is_active=True,
            version=0,
        )
        .on_conflict_do_nothing()
    )
    return (
        session()
        .scalars(
            select(DictionaryValue)
            .where(DictionaryValue.type == type_.code, DictionaryValue.code == entry.code)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        .one()
    )


def _words(text: str) -> str:
    return personal.plain(text)


def _refuse(type_: Type, entry: Entry | None, *, zh: str, en: str, colour: str) -> None:
    for name, label in (("label_zh", zh), ("label_en", en)):
        if len(label) > LONGEST:
            raise Refused(_("At most %(count)s characters.", count=LONGEST), field=name)
        code = type_.match(label) if label else None
        if code is not None and (entry is None or code != entry.code):
            raise Refused(_("Another value is called “%(name)s”.", name=label), field=name)
    if not (zh or en) and (entry is None or not entry.is_ours):
        raise Refused(_("A value needs words in one language at least."), field="label_zh")
    if colour not in COLOURS and not (colour == "" and entry is not None and entry.is_ours):
        raise Refused(_("Choose a colour."), field="colour")
