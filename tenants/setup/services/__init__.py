"""Verbs of what a workspace sets up."""

from tenants.setup.services.dictionary import (
    add_value,
    edit_value,
    move_value,
    reset_value,
    switch_value,
)
from tenants.setup.services.feedback import answer_feedback, send_feedback
from tenants.setup.services.help import add_article, edit_article, edit_contact
from tenants.setup.services.log import ask_check, record_check
from tenants.setup.services.numbering import set_rule
from tenants.setup.services.parameters import reset_parameter, set_parameter

__all__ = [
    "add_article",
    "add_value",
    "answer_feedback",
    "ask_check",
    "edit_article",
    "edit_contact",
    "edit_value",
    "move_value",
    "record_check",
    "reset_parameter",
    "reset_value",
    "send_feedback",
    "set_parameter",
    "set_rule",
    "switch_value",
]
