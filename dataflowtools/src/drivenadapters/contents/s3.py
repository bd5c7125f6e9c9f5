"""Contents in a bucket of an S3-compatible store."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import boto3
from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from drivenadapters.contents.drafts import DraftFolder, FileDraft, translated
from drivenadapters.contents.threads import FileThreads
from errors import ContentMissing, StorageFull, Unavailable
from logics.files import ContentFacts

T = TypeVar("T")
_PIECE = 256 << 10
_PART = 16 << 20
_ABSENT = "NoSuchKey"  # by GET only: HEAD says 404 for a missing bucket as well
_FULL = frozenset({"507", "QuotaExceeded", "XMinioStorageFull", "EntityTooLarge"})
_UPLOAD_DAYS = 1  # a multipart upload older than this has been abandoned


@dataclass(frozen=True)
class BucketSettings:
    """Where the bucket is.

    Attributes:
        endpoint_url: empty for Amazon's.
        prefix: what the keys begin with.
        access_key_id, secret_access_key: empty for the machine's own identity.
        path_style: whether the bucket is in the path instead of the host name.
    """

    bucket: str
    endpoint_url: str = ""
    region: str = "us-east-1"
    prefix: str = ""
    access_key_id: str = ""
    secret_access_key: str = ""
    path_style: bool = True
    answer_seconds: int = 60


class S3Contents:
    """Satisfies the ports ``Contents`` and ``ContentReader``.

    Args:
        spool: folder of the drafts, and of the local copies of contents in use.
    """

    def __init__(self, settings: BucketSettings, spool: Path) -> None:
        self._settings = settings
        self._threads = FileThreads()
        self._drafts = DraftFolder(spool, self._threads)
        self._made: Any = None
        self._transfer = TransferConfig(multipart_threshold=_PART, multipart_chunksize=_PART, max_concurrency=4)

    def draft(self) -> AbstractAsyncContextManager[FileDraft]:
        """See the port."""
        return self._drafts.draft()

    async def measure(self, descriptor: int) -> ContentFacts:
        """See the port."""
        return await self._drafts.measure(descriptor)

    async def keep(self, key: str, descriptor: int) -> None:
        """See the port."""
        await self._call(self._upload, key, descriptor)

    @asynccontextmanager
    async def opened(self, key: str) -> AsyncIterator[int]:
        """See the port."""
        async with self._drafts.draft() as copy:
            await self._call(self._download, key, copy.descriptor)
            yield copy.descriptor

    async def remove(self, key: str) -> None:
        """See the port."""
        await self._call(lambda: self._client.delete_object(Bucket=self._settings.bucket, Key=self._name(key)))

    async def read(self, key: str, first: int, count: int) -> AsyncGenerator[bytes, None]:
        """See the port."""
        body = await self._call(self._get, key, f"bytes={first}-{first + count - 1}" if count else None)
        try:
            while piece := await self._call(body.read, _PIECE):
                count -= len(piece)
                yield piece
        finally:
            await self._threads.run(body.close)
        if count:
            raise ContentMissing("the content is shorter than it was")

    async def tidy(self, older_than_seconds: float) -> None:
        """Remove drafts and give up multipart uploads that crashes left behind."""
        await self._threads.run(self._drafts.tidy, older_than_seconds)
        await self._call(self._give_up_uploads)

    async def health(self) -> Mapping[str, Any]:
        """Return what kind of store it is; raises Unavailable when it does not answer."""
        await self._call(lambda: self._client.head_bucket(Bucket=self._settings.bucket))
        return {"kind": "s3"}

    async def close(self) -> None:
        """Take no more work."""
        self._threads.close()

    @property
    def _client(self) -> Any:
        if self._made is None:
            self._made = _make_client(self._settings)
        return self._made

    def _name(self, key: str) -> str:
        return self._settings.prefix + key

    async def _call(self, work: Callable[..., T], *arguments: Any) -> T:
        def call() -> T:
            with _translated():
                return work(*arguments)

        return await self._threads.run(call)

    def _upload(self, key: str, descriptor: int) -> None:
        with _own_file(descriptor, "rb") as file:
            self._client.upload_fileobj(file, self._settings.bucket, self._name(key), Config=self._transfer)

    def _download(self, key: str, descriptor: int) -> None:
        with closing(self._get(key)) as body, _own_file(descriptor, "r+b") as file:
            for piece in body.iter_chunks(_PIECE):
                with translated():
                    file.write(piece)

    def _get(self, key: str, part: str | None = None) -> Any:
        more = {"Range": part} if part else {}
        return self._client.get_object(Bucket=self._settings.bucket, Key=self._name(key), **more)["Body"]

    def _give_up_uploads(self) -> None:
        before = datetime.now(UTC) - timedelta(days=_UPLOAD_DAYS)
        pages = self._client.get_paginator("list_multipart_uploads").paginate(
            Bucket=self._settings.bucket, Prefix=self._settings.prefix
        )
        for upload in (upload for page in pages for upload in page.get("Uploads", ())):
            if upload["Initiated"] < before:
                self._client.abort_multipart_upload(
                    Bucket=self._settings.bucket, Key=upload["Key"], UploadId=upload["UploadId"]
                )


def _make_client(settings: BucketSettings) -> Any:
    return boto3.session.Session().client(
        "s3",
        endpoint_url=settings.endpoint_url or None,
        region_name=settings.region,
        aws_access_key_id=settings.access_key_id or None,
        aws_secret_access_key=settings.secret_access_key or None,
        config=Config(
            connect_timeout=5,
            read_timeout=settings.answer_seconds,
            retries={"mode": "standard", "total_max_attempts": 3},
            max_pool_connections=32,
            s3={"addressing_style": "path" if settings.path_style else "virtual"},
            # Checksums beyond those of TLS break stores that do not know them yet.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )


@contextmanager
def _own_file(descriptor: int, mode: str) -> Iterator[BinaryIO]:
    """Open a descriptor's file anew, with a place of its own, from its start."""
    with open(f"/proc/self/fd/{descriptor}", mode) as file:
        yield file  # type: ignore[misc]


@contextmanager
def _translated() -> Iterator[None]:
    """Turn failures of the client into the service's errors."""
    try:
        yield
    except ClientError as reason:
        code = str(reason.response.get("Error", {}).get("Code", ""))
        if code == _ABSENT:
            raise ContentMissing("the content of this file is gone from the store") from reason
        if code in _FULL:
            raise StorageFull(f"the store is full: {reason}") from reason
        raise Unavailable(f"the store refuses: {reason}") from reason
    except (BotoCoreError, Boto3Error, OSError) as reason:
        raise Unavailable(f"the store does not answer: {reason}") from reason
