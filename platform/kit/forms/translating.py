"""WTForms' own sentences, through our catalogue, so that one place holds all words."""

from kit.i18n import gettext, ngettext


class CatalogueTranslations:
    """Hands WTForms what it asks of translations."""

    @staticmethod
    def gettext(text: str) -> str:
        return str(gettext(text))

    @staticmethod
    def ngettext(singular: str, plural: str, count: int) -> str:
        return str(ngettext(singular, plural, count))
