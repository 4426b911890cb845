"""The security questions that people choose from."""

from kit.i18n import lazy_gettext as _l

QUESTIONS = {
    "teacher": _l("What is the name of your favourite teacher?"),
    "friend": _l("What is the name of your best friend in childhood?"),
    "street": _l("In which street did you live as a child?"),
    "food": _l("What did you like most to eat as a child?"),
    "book": _l("Which book has impressed you most?"),
    "trip": _l("Where did your first long journey lead?"),
    "dream": _l("What did you want to become as a child?"),
    "pet": _l("What was the name of your first pet?"),
}
CHOSEN = 3
ASKED = 2
