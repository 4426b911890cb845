"""What tests ask of stored files, wherever they lie."""

from kit import files


def content(key: str) -> bytes:
    """Return all of a stored file of the open workspace."""
    with files.open_file(key) as stream:
        return stream.read()
