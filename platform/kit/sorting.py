"""The order in which people expect names: Chinese ones by their sound."""


def sort_key(text: str) -> str:
    """Return what a name is sorted by: pinyin without tones, in lower case.

    Stored beside the name, because not every PostgreSQL of ours has ICU.
    """
    # Its tables take a tenth of every start of a process, and most processes sort nothing.
    from pypinyin import lazy_pinyin

    return "".join(lazy_pinyin(text)).lower()
