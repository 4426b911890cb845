"""System parameters: declared by the module that obeys them, set by the workspace, remembered.

A module says `HOLD_MINUTES = parameters.declare(Parameter("numbers.hold_minutes", ...))` and asks
`HOLD_MINUTES.value()`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, TypeVar

from kit.i18n import gettext as _
from kit.registry import Registry
from tenants.accounts.permissions import Permission
from tenants.setup.memory import settled

T = TypeVar("T", int, bool, str)
LONGEST = 200


class NotAllowed(ValueError):
    """A value that a parameter does not take; the sentence says what it takes."""


@dataclass(frozen=True)
class Parameter(Generic[T]):
    """A setting: what it is called, its default, its bounds, and who may change it.

    An int has `at_least` and `at_most`, a text may have `choices` (pairs of code and label).
    """

    code: str
    group: object
    label: object
    default: T
    help: object = ""
    unit: object = ""
    at_least: int = 0
    at_most: int = 1_000_000
    choices: Sequence[tuple[str, object]] = ()
    permission: StrEnum = field(default=Permission.Setup.EDIT)

    def value(self) -> T:
        """Return what holds in the open workspace now."""
        found = settled().parameters.get(self.code, self.default)
        try:
            return self.checked(found)
        except NotAllowed:
            # Bounds that this release has drawn closer: what was set before is as good as unset.
            return self.default

    def is_set(self) -> bool:
        """Tell whether the workspace has set it."""
        return self.code in settled().parameters

    def checked(self, value: object) -> T:
        """Return a value that may be stored; NotAllowed says why not."""
        if type(value) is not type(self.default):
            raise NotAllowed(_("This value does not fit."))
        if isinstance(value, bool):
            pass
        elif isinstance(value, int):
            if not self.at_least <= value <= self.at_most:
                raise NotAllowed(
                    _("Between %(least)s and %(most)s.", least=self.at_least, most=self.at_most)
                )
        elif isinstance(value, str):
            if self.choices and value not in {code for code, _label in self.choices}:
                raise NotAllowed(_("This choice does not exist any more."))
            if len(value) > LONGEST:
                raise NotAllowed(_("At most %(count)s characters.", count=LONGEST))
        return value

    def words(self, value: object) -> str:
        """Return a value as people read it."""
        if isinstance(value, bool):
            return str(_("Yes") if value else _("No"))
        text = str(dict(self.choices).get(str(value), value))
        return f"{text} {self.unit}" if self.unit else text


AnyParameter = Parameter[int] | Parameter[bool] | Parameter[str]
_parameters: Registry[AnyParameter] = Registry("parameter")
every_parameter, find_parameter = _parameters.every, _parameters.find


def declare(parameter: Parameter[T]) -> Parameter[T]:
    """Let a parameter be seen and set; ValueError for a code that is taken."""
    _parameters.add(parameter)
    return parameter
