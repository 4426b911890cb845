"""A field for an uploaded file: its size and its extension are checked, its content is not."""

from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

import flask_wtf.file
from werkzeug.datastructures import FileStorage
from wtforms import ValidationError

from kit.forms.texts import Options
from kit.i18n import gettext as _


class FileField(Options, flask_wtf.file.FileField):
    """A file with one of the `extensions` and at most `megabytes`. Who reads it checks the rest."""

    def __init__(
        self,
        label: object = None,
        *,
        extensions: Sequence[str],
        megabytes: int = 10,
        **options: Any,
    ) -> None:
        self.extensions = tuple(one.lower().lstrip(".") for one in extensions)
        self.megabytes = megabytes
        options.setdefault("personal", True)
        options["render_kw"] = {
            "accept": ",".join(f".{one}" for one in self.extensions),
            "data-megabytes": megabytes,
            **(options.get("render_kw") or {}),
        }
        super().__init__(label, **options)

    def pre_validate(self, form: Any) -> None:
        super().pre_validate(form)
        file = self.data
        if not isinstance(file, FileStorage) or not file.filename:
            return
        extension = PurePath(file.filename).suffix.lower().lstrip(".")
        if extension not in self.extensions:
            raise ValidationError(
                _("Only these files are accepted: %(kinds)s.", kinds=", ".join(self.extensions))
            )
        size = file.stream.seek(0, 2)
        file.stream.seek(0)
        if size > self.megabytes * 1024 * 1024:
            # Nobody reads it any more: the disk need not hold it while the form is shown again.
            file.close()
            raise ValidationError(_("The file is larger than %(count)s MB.", count=self.megabytes))
        if size == 0:
            raise ValidationError(_("The file is empty."))
