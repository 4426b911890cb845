"""Questions about addresses: whether one is free, a proposal, where it leads, whose it is."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from sqlalchemy import ColumnElement, select

from control.signup.models import Signup, SignupState
from control.workspaces.models import Workspace, WorkspaceState
from kit import clock
from kit.db import control_session
from kit.personal import plain
from kit.settings import get_settings

SHORTEST = 3
LONGEST = 30
# Longest first: only one of them is at the end of a company's name.
_FORMS = ("股份有限公司", "有限责任公司", "集团有限公司", "有限公司", "公司", "集团")
_LEGAL = re.compile(r"\b(?:co|company|corp|corporation|gmbh|inc|limited|llc|ltd|plc)\b\.?")
_WORDY = 20


@dataclass(frozen=True, slots=True)
class Place:
    """A workspace as its people look for it."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A proven mail address and the workspaces that were signed up with it."""

    address: str
    locale: str
    places: tuple[Place, ...]


@lru_cache(maxsize=1)
def reserved() -> frozenset[str]:
    """Return the addresses that belong to the platform or would mislead."""
    return frozenset(Path(__file__).with_name("reserved.txt").read_text(encoding="utf-8").split())


def is_taken(address: str) -> bool:
    """Tell whether a workspace or an open sign-up has an address."""
    control = control_session()
    # Sign-ups first: one that is verified in between has its workspace by the second question.
    promised = control.scalar(
        select(Signup.id).where(
            Signup.address == address,
            Signup.state == SignupState.SUBMITTED,
            Signup.expires_at > clock.now(),
        )
    )
    return promised is not None or has_workspace(address)


def has_workspace(address: str) -> bool:
    """Tell whether a workspace has an address, be it closed: links to it must lead nowhere else."""
    found = control_session().scalar(select(Workspace.id).where(Workspace.address == address))
    return found is not None


def suggest_address(company: str) -> str:
    """Return a free address made of a company's name in pinyin, or nothing when it gives none."""
    # Loaded by whoever needs it; see kit.sorting.
    from pypinyin import Style, lazy_pinyin

    name = plain(company).casefold()
    for form in _FORMS:
        name = name.removesuffix(form)
    name = _LEGAL.sub(" ", name)
    whole = _letters(lazy_pinyin(name, style=Style.NORMAL, errors=_latin))
    initials = _letters(lazy_pinyin(name, style=Style.FIRST_LETTER, errors=_latin))
    for base in (whole if len(whole) <= _WORDY else initials, initials, whole[:_WORDY]):
        stem = base[: LONGEST - 1]
        for candidate in (stem, *(f"{stem}{number}" for number in range(2, 10))):
            if len(candidate) < SHORTEST or candidate in reserved():
                continue
            if not is_taken(candidate):
                return candidate
    return ""


def _letters(parts: Sequence[str]) -> str:
    return re.sub(r"[^a-z0-9]", "", "".join(parts))


def _latin(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text)


def site_url(path: str) -> str:
    """Return the whole address of a page of the public site."""
    return f"{_scheme()}://{get_settings().base_domain}{path}"


def workspace_url(address: str, path: str = "/") -> str:
    """Return the whole address of a page of a workspace."""
    return f"{_scheme()}://{address}.{get_settings().base_domain}{path}"


def _scheme() -> str:
    return "http" if get_settings().is_development else "https"


def mailboxes_of_email(email: str) -> list[Mailbox]:
    """Return the workspaces signed up with a mail address."""
    return _mailboxes(Signup.email_index.in_(Signup.email.lookups(email)))


def mailboxes_of_phone(phone: str) -> list[Mailbox]:
    """Return the workspaces signed up with a mobile number, by the mail address proven then."""
    return _mailboxes(Signup.phone_index.in_(Signup.phone.lookups(phone)))


def _mailboxes(condition: ColumnElement[bool]) -> list[Mailbox]:
    rows = control_session().execute(
        select(Signup, Workspace)
        .join(Workspace, Workspace.id == Signup.workspace_id)
        .where(
            condition,
            Workspace.state.not_in([WorkspaceState.PROVISIONING, WorkspaceState.CLOSED]),
        )
        .order_by(Signup.id)
    )
    found: dict[str, tuple[str, list[Place]]] = {}
    for signup, workspace in rows:
        _, places = found.setdefault(signup.email, (signup.locale, []))
        places.append(Place(workspace.name, workspace_url(workspace.address)))
    return [Mailbox(address, locale, tuple(places)) for address, (locale, places) in found.items()]
