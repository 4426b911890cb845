"""Forms of attachments, comments, tags, the document library and the recycle bin."""

from kit.forms import (
    CheckField,
    ChoiceField,
    ChoicesField,
    Form,
    IntegerField,
    SelectedField,
    TextAreaField,
    TextField,
)
from kit.i18n import lazy_gettext as _l
from tenants.records.labels import COLOURS
from tenants.records.models import TagColour
from tenants.records.services.comments import LONGEST
from tenants.records.services.links import LONGEST_DAYS


class RenameForm(Form):
    """Give a file another name."""

    name = TextField(
        _l("File name"),
        length=200,
        wide=True,
        help=_l("The ending stays: it says what the file is."),
    )


class LinkForm(Form):
    """Let a colleague read one file for some days."""

    recipient = ChoiceField(_l("Who may open it"), picker=True)
    days = IntegerField(_l("Days it is valid"), at_least=1, at_most=LONGEST_DAYS, default=7)
    is_single = CheckField(_l("Opens once only"))


class CommentForm(Form):
    """Write or correct a comment."""

    body = TextAreaField(_l("Comment"), length=LONGEST)


class TagsForm(Form):
    """The tags on one record."""

    tags = ChoicesField(_l("Tags"), required=False, wide=True)


class BulkTagForm(Form):
    """A tag to put on selected records, or to take off them."""

    ids = SelectedField()
    tag = ChoiceField(_l("Tag"), wide=True)
    way = ChoiceField(
        _l("What to do"),
        [("put", _l("Put it on")), ("take", _l("Take it off"))],
        radio=True,
        default="put",
    )


class TagForm(Form):
    """Change a tag."""

    name = TextField(_l("Tag name"), length=30)
    colour = ChoiceField(_l("Colour"), COLOURS.items(), default=TagColour.BLUE.value)


class NewTagForm(TagForm):
    """Add a tag to a kind of record."""

    kind = ChoiceField(_l("Kind of record"))


class FolderForm(Form):
    """Add or change a folder."""

    name = TextField(_l("Folder name"), length=60)
    parent = ChoiceField(
        _l("Folder above"), required=False, picker=True, empty=_l("None: at the top")
    )


class GrantsForm(Form):
    """Who may read a folder and who may write in it."""

    reading_roles = ChoicesField(_l("Roles that read"), required=False)
    reading_units = ChoicesField(_l("Units that read"), required=False)
    writing_roles = ChoicesField(_l("Roles that read and write"), required=False)
    writing_units = ChoicesField(_l("Units that read and write"), required=False)


class DocumentForm(Form):
    """Rename a document, move it, and tag it."""

    name = TextField(
        _l("File name"),
        length=200,
        wide=True,
        help=_l("The ending stays: it says what the file is."),
    )
    folder = ChoiceField(_l("Folder"), picker=True)
    tags = ChoicesField(_l("Tags"), required=False)


class BinRuleForm(Form):
    """How long the recycle bin keeps things."""

    days = IntegerField(
        _l("Destroy after days"),
        at_least=0,
        at_most=3_650,
        help=_l("0 keeps everything until somebody destroys it."),
    )
