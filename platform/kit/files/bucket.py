"""Files in a bucket of a store that speaks S3: Amazon's, Aliyun OSS, Tencent COS, MinIO, Ceph.

An object appears when all of it has arrived, so nothing half is ever met; a file that is larger
than a part is sent in parts, and what a killed process had sent of them is swept. Removed files
move to `removed/`. Neither way holds more than a part in memory.
"""

import io
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from shutil import copyfileobj
from typing import TYPE_CHECKING, BinaryIO, cast
from urllib.parse import parse_qs, unquote, urlsplit

import urllib3
from minio import Minio
from minio.commonconfig import CopySource
from minio.deleteobjects import DeleteObject
from minio.error import MinioException, S3Error

from kit.crash import crash_point
from kit.errors import Misconfigured, Missing

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

PART = 5 * 1024 * 1024
"""Bytes of a part, the fewest that S3 takes."""

_PIECE = 1 << 16
_PATIENCE = urllib3.Timeout(connect=5, read=60)
_ABSENT = {"NoSuchKey", "NoSuchUpload", "404"}
_FILES = "files/"
_REMOVED = "removed/"


@contextmanager
def _as_ours(place: str) -> Iterator[None]:
    """Say Missing for what is not there, OSError for a store that is away or refuses us."""
    try:
        yield
    except S3Error as error:
        if error.code in _ABSENT:
            raise Missing(place) from None
        raise OSError(f"The store of files answered {error.code}.") from error
    except (MinioException, urllib3.exceptions.HTTPError) as error:
        raise OSError(f"The store of files is away: {type(error).__name__}.") from error


class Bucket:
    """A bucket, or the part of one below a prefix."""

    is_far = True

    def __init__(self, client: Minio, name: str, prefix: str = "") -> None:
        """Take a client of the store, the bucket's name, and a prefix that ends in a slash."""
        self._client = client
        self._name = name
        self._files = f"{prefix}{_FILES}"
        self._removed = f"{prefix}{_REMOVED}"

    @classmethod
    def at(cls, url: str) -> "Bucket":
        """Return the bucket at s3://key:secret@host:port/bucket/prefix?region=…&tls=no."""
        parts = urlsplit(url)
        options = parse_qs(parts.query)
        name, _slash, prefix = unquote(parts.path).strip("/").partition("/")
        try:
            if not (parts.hostname and parts.username and parts.password and name):
                raise ValueError("it has the form s3://key:secret@host:port/bucket")  # noqa: TRY301
            host = parts.hostname if parts.port is None else f"{parts.hostname}:{parts.port}"
            client = Minio(
                host,
                access_key=unquote(parts.username),
                secret_key=unquote(parts.password),
                secure=options.get("tls", ["yes"])[0] != "no",
                # Without it every start would ask where the bucket is.
                region=options.get("region", ["us-east-1"])[0],
                http_client=urllib3.PoolManager(
                    timeout=_PATIENCE,
                    maxsize=16,
                    retries=urllib3.Retry(total=2, backoff_factor=0.2, status_forcelist=[503]),
                ),
            )
        except ValueError as error:
            raise Misconfigured(f"FILES_URL: {error}.") from None
        return cls(client, name, f"{prefix}/" if prefix else "")

    def put(self, place: str, stream: BinaryIO) -> None:
        """Send the stream, in parts once it is longer than one."""
        with _as_ours(place):
            self._client.put_object(
                self._name,
                self._files + place,
                cast("BinaryIO", _Half(stream)),
                length=-1,
                part_size=PART,
                # Each further thread would hold a part of its own.
                num_parallel_uploads=1,
            )

    def open(self, place: str) -> io.BufferedReader:
        """Begin to fetch at once: an object that is removed meanwhile still arrives."""
        return self._opened(self._files + place)

    def open_any(self, place: str) -> io.BufferedReader:
        """Ask for the file, then for the removed one."""
        try:
            return self.open(place)
        except Missing:
            return self._opened(self._removed + place)

    def _opened(self, name: str) -> io.BufferedReader:
        return io.BufferedReader(_Remote(self._client, self._name, name), _PIECE)

    @contextmanager
    def local(self, place: str) -> Iterator[Path]:
        """Lend a copy that is deleted afterwards."""
        with tempfile.TemporaryDirectory(prefix="simtree-file-") as folder:
            path = Path(folder) / "file"
            with self.open(place) as source, path.open("wb") as target:
                copyfileobj(source, target, _PIECE)
            yield path

    def size(self, place: str) -> int:
        """Ask for the object's head."""
        with _as_ours(place):
            return self._client.stat_object(self._name, self._files + place).size or 0

    def places(self, root: str) -> Iterator[str]:
        """List the objects below a prefix, a thousand at a request."""
        return self._below(self._files, root)

    def all_places(self) -> Iterator[str]:
        """List both prefixes."""
        for top in (self._files, self._removed):
            yield from self._below(top, "")

    def _below(self, top: str, root: str) -> Iterator[str]:
        with _as_ours(root):
            for found in self._client.list_objects(self._name, top + root, recursive=True):
                yield (found.object_name or "").removeprefix(top)

    def delete(self, place: str) -> None:
        """Delete the object; S3 says the same when there was none."""
        with _as_ours(place):
            self._client.remove_object(self._name, self._files + place)

    def shelve(self, place: str) -> None:
        """Have the store copy the object, then delete it: killed between, both are there."""
        try:
            with _as_ours(place):
                self._client.copy_object(
                    self._name,
                    self._removed + place,
                    CopySource(self._name, self._files + place),
                )
        except Missing:
            return
        self.delete(place)

    def clear(self, root: str) -> None:
        """Delete all below the root, a thousand at a request, and end uploads under way."""
        for top in (self._files, self._removed):
            with _as_ours(root):
                found = self._client.list_objects(self._name, top + root, recursive=True)
                self._remove(one.object_name or "" for one in found)
        for name, upload, _begun in self._unfinished(root):
            self._abort(name, upload)

    def purge(self, before: datetime) -> int:
        """Go by when the copy under `removed/` was made."""
        with _as_ours(self._removed):
            found = self._client.list_objects(self._name, self._removed, recursive=True)
            names = [
                one.object_name or ""
                for one in found
                if one.last_modified and one.last_modified < before
            ]
            self._remove(names)
        return len(names)

    def sweep(self, root: str, before: datetime) -> int:
        """End uploads in parts that were begun so long ago."""
        old = [one for one in self._unfinished(root) if one[2] is None or one[2] < before]
        for name, upload, _begun in old:
            self._abort(name, upload)
        return len(old)

    def refuse_unusable(self) -> None:
        """Ask whether the bucket is there."""
        with _as_ours(self._name):
            if not self._client.bucket_exists(self._name):
                raise OSError(f"The store of files has no bucket {self._name}.")

    def _remove(self, names: Iterable[str]) -> None:
        for failed in self._client.remove_objects(self._name, map(DeleteObject, names)):
            raise OSError(f"The store of files did not delete an object: {failed.code}.")

    def _unfinished(self, root: str) -> Iterator[tuple[str, str, datetime | None]]:
        key = upload = None
        while True:
            with _as_ours(root):
                # The library has no public name for these two questions of S3.
                found = self._client._list_multipart_uploads(  # noqa: SLF001
                    self._name,
                    prefix=self._files + root,
                    key_marker=key,
                    upload_id_marker=upload,
                )
            for one in found.uploads:
                yield one.object_name, one.upload_id or "", one.initiated_time
            if not found.is_truncated:
                return
            key, upload = found.next_key_marker, found.next_upload_id_marker

    def _abort(self, name: str, upload: str) -> None:
        try:
            with _as_ours(name):
                self._client._abort_multipart_upload(self._name, name, upload)  # noqa: SLF001
        except Missing:
            # It was finished or ended in this moment.
            return


class _Half:
    """A stream that can be killed in the middle of being sent, for tests."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._read = 0

    def read(self, size: int = -1) -> bytes:
        piece = self._stream.read(size)
        if self._read > PART:
            crash_point("files.half")
        self._read += len(piece)
        return piece


class _Remote(io.RawIOBase):
    """An object of the store as a file: what is read in order is one request, a seek another."""

    def __init__(self, client: Minio, bucket: str, name: str) -> None:
        super().__init__()
        self._client, self._bucket, self._name = client, bucket, name
        self._at = 0
        self._arrives_at = 0
        self._answer: urllib3.BaseHTTPResponse | None = self._ask()
        self._size = int(self._answer.headers.get("Content-Length", 0))

    def _ask(self) -> "urllib3.BaseHTTPResponse":
        with _as_ours(self._name):
            return self._client.get_object(self._bucket, self._name, offset=self._at)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer).cast("B")
        if self._at >= self._size or not len(view):
            return 0
        if self._answer is None or self._arrives_at != self._at:
            self._let_go()
            self._answer = self._ask()
        with _as_ours(self._name):
            piece = self._answer.read(min(len(view), self._size - self._at))
        if not piece:
            raise OSError("The store of files broke off.")
        view[: len(piece)] = piece
        self._at += len(piece)
        self._arrives_at = self._at
        return len(piece)

    def _let_go(self) -> None:
        if self._answer is not None:
            # Closed, not given back: what is left of it would have to be read first.
            self._answer.close()
            self._answer.release_conn()
            self._answer = None

    def close(self) -> None:
        if not self.closed:
            self._let_go()
        super().close()
