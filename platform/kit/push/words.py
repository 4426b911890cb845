"""What a provider is told beside the message."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Credentials:
    """How a workspace is known to a platform; what is secret shows in no log.

    `secret` signs, or is the secret of the official account `app_id`, whose template is
    `template_id` with a field for the title and one for the text.
    """

    secret: str = field(default="", repr=False)
    app_id: str = ""
    template_id: str = ""
    title_field: str = "first"
    text_field: str = "remark"


NOBODY = Credentials()


def short(text: str, most: int) -> str:
    """Return a text cut to so many bytes of UTF-8, an ellipsis where it was cut."""
    encoded = text.encode()
    if len(encoded) <= most:
        return text
    return encoded[: most - 3].decode(errors="ignore") + "…"
