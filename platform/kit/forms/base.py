"""The base of every form."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flask import request
from flask_wtf import FlaskForm
from wtforms import Field, HiddenField

from kit import ids
from kit.errors import Refused, Stale
from kit.forms.conflict import OpenedField, settle
from kit.forms.lines import LinesField
from kit.forms.translating import CatalogueTranslations
from kit.i18n import gettext


class SubmissionField(HiddenField):
    """A one-time token, made with the form: the same token twice is one submission."""

    def __init__(self, **options: Any) -> None:
        super().__init__(default=ids.secret, **options)

    def process_formdata(self, valuelist: list[str]) -> None:
        typed = valuelist[0] if valuelist else ""
        self.data = typed if 16 <= len(typed) <= 64 and typed.isascii() else ids.secret()


class VersionField(HiddenField):
    """The version of the record when the form was opened, to notice an edit in between."""

    def process_formdata(self, valuelist: list[str]) -> None:
        typed = valuelist[0] if valuelist else ""
        number = typed.isascii() and typed.isdigit() and len(typed) < 10
        self.data = int(typed) if number else None


class _Seen:
    """A record with some of its attributes replaced."""

    def __init__(self, record: object, instead: Mapping[str, object]) -> None:
        self._record, self._instead = record, instead

    def __getattr__(self, name: str) -> object:
        return self._instead[name] if name in self._instead else getattr(self._record, name)


class Form(FlaskForm):
    """A form with a CSRF token and a one-time `submission` token.

    `version` is filled from the object being edited, if it has one; then `opened` tells an edit
    that met another's which fields the two are about.
    """

    class Meta:
        def get_translations(self, _form: object) -> CatalogueTranslations:
            return CatalogueTranslations()

    submission = SubmissionField()
    version = VersionField()
    opened = OpenedField()

    def __init__(
        self,
        *args: Any,
        obj: object = None,
        instead: Mapping[str, object] | None = None,
        **options: Any,
    ) -> None:
        """Fill the form from what was sent, else from a record, `obj`.

        `instead` gives the values of fields that hold something else than the record's attribute
        of that name: ids where it has rows.
        """
        super().__init__(*args, obj=_Seen(obj, instead) if instead else obj, **options)
        self.opened.beside = self.shown
        for one in self.shown:
            if one.only_when:
                name, values = one.only_when
                one.is_idle = str(self._fields[name].data or "") not in values

    @property
    def shown(self) -> list[Field]:
        """The fields that people see, in the order of declaration."""
        return [
            one for one in self if not isinstance(one, HiddenField) and one.type != "CSRFTokenField"
        ]

    @property
    def hidden(self) -> list[Field]:
        """The fields that travel along; an empty version does not, and nothing for its sake."""
        unversioned = (self.version, self.opened) if self.version.data is None else ()
        return [
            one
            for one in self
            if isinstance(one, HiddenField)
            and one.type != "CSRFTokenField"
            and one not in unversioned
        ]

    @property
    def first_error(self) -> str | None:
        """The id of the first field at fault, to put the cursor there."""
        faulty = next((one for one in self if one.errors), None)
        return faulty.first_error if isinstance(faulty, LinesField) else getattr(faulty, "id", None)

    @property
    def has_files(self) -> bool:
        return any(one.type.endswith("FileField") for one in self)

    def attempt(self, verb: Callable[[], Any]) -> Any:
        """Run a verb; its refusal becomes an error of the field it names, or of the form.

        Returns what the verb returned, or None after a refusal: then show the form again.
        """
        try:
            return verb()
        except Refused as refusal:
            self.refuse(refusal)
            return None

    def refuse(self, refusal: Refused) -> None:
        """Put a refusal beside its field, or above the form; a stale edit beside each it is about.

        Sent once more, the form of a stale edit saves what is to be seen in it.
        """
        if isinstance(refusal, Stale) and self._meet():
            return
        named = self._named(refusal.field) if refusal.field else None
        if named is not None:
            named.errors = (*named.errors, str(refusal))
        else:
            self.form_errors.append(str(refusal))

    def _named(self, name: str) -> Field | None:
        if name in self._fields:
            return self._fields[name]
        lines = (one for one in self if isinstance(one, LinesField))
        return next(filter(None, (one.find(name) for one in lines)), None)

    def _meet(self) -> bool:
        stored = self.version.object_data
        if stored is None or stored == self.version.data:
            # It happened after this request had read the record: the next one will tell.
            return False
        met = settle(self.opened)
        self.version.data = stored
        self.opened.open_anew()
        self.form_errors.append(
            gettext("Somebody else has changed this meanwhile. Look at what is marked and save.")
            if met
            else gettext("Somebody else has changed this meanwhile, but no field here. Save again.")
        )
        return True

    @property
    def refused(self) -> bool:
        return bool(self.form_errors or any(one.errors for one in self))

    @property
    def status(self) -> int:
        """The status to answer with: 422 when something typed was refused."""
        return 422 if self.refused and request.method != "GET" else 200

    def typed(self, *names: str) -> dict[str, Any]:
        """Return the cleaned data of the named fields; of all shown ones when none is named."""
        wanted: Iterable[str] = names or [one.short_name for one in self.shown]
        return {name: self._fields[name].data for name in wanted}
