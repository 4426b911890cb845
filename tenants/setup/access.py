"""Fetch what pages of the setup, the log and the help are about; Missing (404) when not there."""

from kit.audit import AuditEntry
from kit.errors import Missing
from tenants.accounts.models import User
from tenants.accounts.permissions import Permission
from tenants.setup import dictionary, numbering, parameters, queries
from tenants.setup.models import Article, Feedback


def type_(code: str) -> dictionary.Type:
    """Return a type of the dictionary."""
    found = dictionary.find_type(code)
    if found is None:
        raise Missing(code)
    return found


def value(found: dictionary.Type, code: str) -> dictionary.Entry:
    """Return a value of a type."""
    entry = found.find(code)
    if entry is None:
        raise Missing(code)
    return entry


def parameter(code: str) -> parameters.AnyParameter:
    """Return a parameter."""
    found = parameters.find_parameter(code)
    if found is None:
        raise Missing(code)
    return found


def kind(code: str) -> numbering.Kind:
    """Return a kind of document that has numbers."""
    found = numbering.find_kind(code)
    if found is None:
        raise Missing(code)
    return found


def entry(public_id: str) -> AuditEntry:
    """Return an audit row."""
    found = queries.find_entry(public_id)
    if found is None:
        raise Missing(public_id)
    return found


def article(public_id: str) -> Article:
    """Return an article of the workspace."""
    found = queries.find_article(public_id)
    if found is None:
        raise Missing(public_id)
    return found


def feedback(public_id: str, user: User) -> Feedback:
    """Return a report that a person wrote, or any for who answers them; others are not there."""
    found = queries.find_feedback(public_id)
    if found is None or (found.user_id != user.id and not user.can(Permission.Help.ANSWER)):
        raise Missing(public_id)
    return found
