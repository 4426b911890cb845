"""Files, attachments, documents, comments and tags for tests."""

import io
import zipfile
from functools import lru_cache
from itertools import count

from PIL import Image

from kit import audit
from kit.db import TenantModel
from tenants.accounts.models import User
from tenants.records import services
from tenants.records.models import Attachment, Document, FileLink, Folder, RecordTag
from tests.factories.accounts import owner

_numbers = count(1)


@lru_cache
def _pixel() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (4, 4), "teal").save(made, "PNG")
    return made.getvalue()


def png() -> bytes:
    """A picture like no other."""
    return _pixel() + str(next(_numbers)).encode()


def pdf() -> bytes:
    return b"%PDF-1.7\n" + str(next(_numbers)).encode()


def packed(entries: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as package:
        for name, body in entries.items():
            package.writestr(name, body)
    return made.getvalue()


def office(part: str = "word/document.xml", **more: bytes) -> bytes:
    return packed({"[Content_Types].xml": b"<Types/>", part: b"<doc/>", **more})


def make_attachment(
    record: TenantModel,
    *,
    kind: str = "customer",
    name: str = "合同.png",
    body: bytes | None = None,
    by: User | None = None,
) -> Attachment:
    with services.take_in(name, io.BytesIO(png() if body is None else body)) as taken:
        return services.attach(kind, record, taken, by=by or owner())


def make_folder(name: str | None = None, *, parent: Folder | None = None) -> Folder:
    return services.add_folder(
        name=name or f"文件夹{next(_numbers)}", parent=parent, by=audit.SYSTEM
    )


def make_document(
    folder: Folder | None = None,
    *,
    name: str = "制度.png",
    body: bytes | None = None,
    by: User | None = None,
) -> Document:
    with services.take_in(name, io.BytesIO(png() if body is None else body)) as taken:
        return services.add_document(folder or make_folder(), taken, by=by or owner())


def make_tag(name: str | None = None, *, kind: str = "customer", colour: str = "red") -> RecordTag:
    return services.add_tag(
        kind=kind, name=name or f"标签{next(_numbers)}", colour=colour, by=audit.SYSTEM
    )


def make_link(
    row: Attachment | Document, recipient: User, *, days: int = 7, most_uses: int | None = None
) -> FileLink:
    return services.make_link(row, recipient=recipient, days=days, most_uses=most_uses, by=owner())


def make_records(customer: TenantModel, reader: User) -> dict[str, TenantModel]:
    """One thing of each kind, on a customer and in the library."""
    attachment = make_attachment(customer)
    document = make_document()
    return {
        "attachment": attachment,
        "document": document,
        "folder": document.folder,
        "comment": services.add_comment("customer", customer, body="已联系", by=owner()),
        "tag": make_tag(),
        "file link": make_link(attachment, reader),
    }
