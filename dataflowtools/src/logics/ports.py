"""What the use cases need from the outside."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from logics.answers import StoredAnswer
from logics.conversions import ConversionOptions, Engine, Step, StepResult
from logics.documents import Extraction, Format, PageText, Reading
from logics.files import ContentFacts, DetectedType, FilePage, FileQuery, StoredFile
from logics.jobs import Callback, ItemOutcome, Job, JobItem, WorkItem
from logics.packages import PassedOn
from logics.tables.work import CustomOutcome, CustomProgram, TableTask
from logics.tags import Tag, TagChange
from logics.templates import Filling, TemplateFacts

if TYPE_CHECKING:
    from logics.tag_rules import Hit, TagRule


class StoredFiles(Protocol):
    """The stored files, for use cases that read them and make new ones."""

    async def find(self, file_id: str) -> StoredFile:
        """Return what is known of a file.

        Raises:
            UnknownFile: there is none by that id.
            Unavailable: the database does not answer.
        """

    def opened(self, file: StoredFile) -> AbstractAsyncContextManager[int]:
        """Hold the content as a local descriptor, open for reading at its start.

        Raises:
            UnknownFile: the content is gone.
            Unavailable: the store does not answer.
        """

    def new(self) -> AbstractAsyncContextManager[int]:
        """Hold an empty local file, open for reading and writing; it has no name and is gone afterwards.

        Raises:
            Unavailable: there is no room.
        """

    async def add(self, name: str, content: int, *, description: str = "", tags: Sequence[str] = ()) -> StoredFile:
        """Keep what a descriptor of :meth:`new` holds as a stored file, durable on return.

        Raises:
            InvalidInput: a name of a tag that cannot be one; tags that do not exist yet are made.
            TooLarge: it is larger than a file may be.
            Unavailable: the store or the database does not answer, or is full.
        """


class ResultCache(Protocol):
    """Remembers results of pure work by what went into it; may forget at any time, never fails."""

    async def get(self, key: str) -> bytes | None:
        """Return what was put, if it is still known."""

    async def put(self, key: str, value: bytes) -> None:
        """Remember a value."""


class FileRecords(Protocol):
    """What is known of the stored files, and that their contents have an owner.

    All of it raises Unavailable when the database does not answer.
    """

    async def reserve(self, keys: Sequence[str]) -> None:
        """Note, durably, that contents are about to be kept by these keys."""

    async def add(self, files: Sequence[StoredFile], *, origin: str = "") -> None:
        """Record files whose contents, reserved by the files' ids, are kept; all or none.

        Tags that do not exist yet are made. ``origin`` names the attempt of a batch item that made them.

        Raises:
            LeaseLost: that attempt is not the item's present one, or a reservation has been given up.
        """

    async def find(self, file_id: str) -> StoredFile:
        """Return what is known of a file.

        Raises:
            UnknownFile: there is none by that id.
        """

    async def remove(self, file_id: str) -> None:
        """Forget a file; from then on its content is doomed.

        Raises:
            UnknownFile: there is none by that id.
        """

    async def page(self, query: FileQuery) -> FilePage:
        """Return a page of the list of files."""


class ContentLedger(Protocol):
    """Which contents belong to no file. Raises Unavailable when the database does not answer."""

    async def give_up_reservations(self, before: datetime) -> None:
        """Doom what was reserved before a time and never recorded."""

    async def doomed(self, limit: int) -> list[str]:
        """Return keys of contents to remove."""

    async def forget(self, keys: Sequence[str]) -> None:
        """Note that doomed contents are removed."""


class Draft(Protocol):
    """A local file that is being written and has no name yet."""

    @property
    def descriptor(self) -> int:
        """Open for reading and writing."""

    async def write(self, data: bytes) -> None:
        """Append.

        Raises:
            StorageFull: there is no room.
        """

    async def facts(self) -> ContentFacts:
        """Return size and digest of what was appended."""


class Contents(Protocol):
    """The contents of the files, by key; once kept they do not change.

    All of it raises Unavailable when the store does not answer, StorageFull when it is full.
    """

    def draft(self) -> AbstractAsyncContextManager[Draft]:
        """Hold an empty draft; without :meth:`keep` nothing of it remains."""

    async def measure(self, descriptor: int) -> ContentFacts:
        """Return size and digest of a draft that others have written."""

    async def keep(self, key: str, descriptor: int) -> None:
        """Keep a draft's content by a new key, durable on return."""

    def opened(self, key: str) -> AbstractAsyncContextManager[int]:
        """Hold a content as a local descriptor, open for reading at its start.

        Raises:
            ContentMissing: there is none by that key.
        """

    async def remove(self, key: str) -> None:
        """Remove a content; nothing happens where there is none."""


class ContentReader(Protocol):
    """Reads contents in pieces."""

    def read(self, key: str, first: int, count: int) -> AsyncGenerator[bytes, None]:
        """Yield the bytes from a place on, in pieces.

        Raises:
            ContentMissing: there is no content by that key, or less of it.
            Unavailable: the store does not answer.
        """


class TypeDetector(Protocol):
    """Recognises files by their content."""

    async def detect(self, descriptor: int, name: str) -> DetectedType:
        """Return what a file is; a name that says something else gives a warning, never a refusal.

        Args:
            descriptor: open for reading.
            name: as it was uploaded; decides only between kinds that look alike.

        Raises:
            Busy, Unavailable: no worker looks at it now.
            OverBudget: it took more than it may.
        """


class DocumentInspector(Protocol):
    """Tells what is inside a document."""

    async def inspect(self, file: StoredFile) -> dict[str, Any]:
        """Return facts such as author, title, pages, sheets, dimensions, macros and encryption, JSON-ready.

        Raises:
            UnknownFile: its content is gone.
            Unprocessable, UnsupportedMedia, TooLarge: the file does not let itself be inspected.
            Busy, Unavailable: not now.
        """


class TagRecords(Protocol):
    """The tags. All of it raises Unavailable when the database does not answer."""

    async def add(self, tag: Tag) -> None:
        """Record a tag.

        Raises:
            TagExists: another one has that name.
        """

    async def all(self) -> list[Tag]:
        """Return the tags by name, with how many files have each."""

    async def change(self, reference: str, change: TagChange) -> Tag:
        """Change a tag, given its id or name, and return it as it is then.

        Raises:
            UnknownTag: there is none.
            TagExists: another one has the new name.
        """

    async def remove(self, reference: str) -> Tag:
        """Remove a tag, given its id or name, from all files and altogether; return what it was.

        Raises:
            UnknownTag: there is none.
        """


class FileTags(Protocol):
    """The tags on files. All of it raises Unavailable when the database does not answer."""

    async def attach(self, file_ids: Sequence[str], tags: Sequence[str]) -> None:
        """Put tags, given by id or name, on files, all or nothing; those that are there stay.

        Raises:
            UnknownFile, UnknownTag: one of them does not exist.
            InvalidInput: a file would have too many.
        """

    async def detach(self, file_ids: Sequence[str], tags: Sequence[str]) -> None:
        """Take tags off files, all or nothing.

        Raises:
            UnknownFile, UnknownTag: one of them does not exist.
        """


class AnswerLedger(Protocol):
    """The answers to requests that carry an idempotency key. All of it raises Unavailable."""

    async def begin(self, key: str, fingerprint: str, owner: str) -> StoredAnswer | None:
        """Note that a request is under way, or return the answer that it already had.

        Raises:
            RequestRunning: it is under way elsewhere.
            KeyReused: the key belongs to a request with another fingerprint.
        """

    async def renew(self, key: str, owner: str) -> None:
        """Note that the request is still under way."""

    async def finish(self, key: str, owner: str, answer: StoredAnswer) -> None:
        """Keep the answer."""

    async def give_up(self, key: str, owner: str) -> None:
        """Note that the request failed: the next one with the key is a new one."""

    async def expire(self) -> None:
        """Drop answers that have been kept long enough."""


class JobRecords(Protocol):
    """The batch jobs. All of it raises Unavailable when the database does not answer."""

    async def add(self, job: Job, file_ids: Sequence[str]) -> None:
        """Record a job with its items, all waiting."""

    async def find(self, job_id: str) -> Job:
        """Return a job.

        Raises:
            UnknownJob: there is none by that id.
        """

    async def items(self, job_id: str, after: int, limit: int) -> list[JobItem]:
        """Return items by position, those behind one."""

    async def cancel(self, job_id: str) -> Job:
        """Start no more items, and ask those under way to end; nothing happens to a job that has ended.

        Raises:
            UnknownJob: there is none by that id.
        """

    async def drop_ended(self, before: datetime) -> None:
        """Forget jobs that ended before a time and whose callbacks are through."""


class JobWork(Protocol):
    """Work on the items of the jobs, by lease. All of it raises Unavailable when the database does not answer."""

    async def claim(self, job_id: str, worker: str) -> WorkItem | None:
        """Take an item that waits, or whose worker has not renewed its lease; None without one.

        What an attempt that was cut off has made is forgotten.
        """

    async def renew(self, item: WorkItem, progress: Mapping[str, Any]) -> bool:
        """Keep the lease and note the progress; False when the work is to end."""

    async def release(self, item: WorkItem, *, after_seconds: float, failed: bool) -> None:
        """Give an item back to be tried again, without what it made; ``failed`` counts against it."""

    async def finish(self, item: WorkItem, outcome: ItemOutcome) -> bool:
        """Record what came of an item, and the end of its job with the last one; return whether the job has ended.

        What a failed attempt made is forgotten.

        Raises:
            LeaseLost: another worker has the item, and what this one made is forgotten.
        """

    async def claimable(self, limit: int) -> list[str]:
        """Return the jobs of items that could be claimed now, once for each, the oldest first."""


class JobCallbacks(Protocol):
    """Notices of jobs that have ended. All of it raises Unavailable when the database does not answer."""

    async def take_due(self, limit: int, lease_seconds: float) -> list[Job]:
        """Take notices to send; they are due again after the lease."""

    async def settle(self, job_id: str, callback: Callback, *, next_after_seconds: float = 0) -> None:
        """Note what came of a notice, and when it is due again where its state is due."""


class JobQueue(Protocol):
    """Wakes workers. What it loses they find in the records a little later."""

    async def wake(self, job_id: str, times: int) -> None:
        """Have so many workers claim an item of a job.

        Raises:
            Unavailable: the queue does not answer.
        """


class CallbackSender(Protocol):
    """Sends notices to addresses that callers choose."""

    async def check(self, url: str) -> None:
        """Judge an address.

        Raises:
            InvalidInput: it is no http or https address, has no public address, or is not allowed.
        """

    async def send(self, url: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Post a notice.

        Raises:
            Forbidden: its address is not allowed.
            Unavailable: it was not taken; the message says why.
        """


class PackageInstaller(Protocol):
    """Installs and lists what ``custom`` steps may import, on the service that runs them."""

    async def install(self, request: Mapping[str, Any]) -> PassedOn:
        """Pass a request for an installation on.

        Raises:
            CoderunnerDown: it does not answer.
        """

    async def list(self, environment: str) -> PassedOn:
        """Pass the question on what is installed.

        Raises:
            CoderunnerDown: it does not answer.
        """


class PatternFinder(Protocol):
    """Searches texts in linear time, whatever the patterns."""

    async def find(self, text: str, rule: TagRule, number: int) -> list[Hit]:
        """Return where a rule's keywords and patterns are, in order; at most 10000 places.

        Raises:
            InvalidInput: a pattern is no regular expression; ``number`` is the rule's, for the message.
        """


class DocumentReader(Protocol):
    """Takes text, tables and images out of documents."""

    async def formats(self) -> tuple[Format, ...]:
        """Return the kinds of files that are known.

        Raises:
            Busy, Unavailable: no worker can tell now.
        """

    async def read(self, source: int, answer: int, images: int, reading: Reading) -> Extraction:
        """Return what is wanted of a document.

        Args:
            source: open for reading.
            answer: an empty file for whatever needs room.
            images: an empty file that receives the images, one after the other.
            reading: what is wanted.

        Raises:
            InvalidInput: pages or sheets that make no sense.
            FileDamaged, FileEncrypted, OverBudget, TooLarge, Unprocessable: why it cannot be read.
            UnsupportedMedia: nothing can be taken out of files of this kind.
            Busy, Unavailable: no worker reads it now.
        """


class LegacyConverter(Protocol):
    """Makes newer kinds of files out of old ones, so that they can be read without loss."""

    async def modernise(self, source: int, sink: int, kind: str, target: str) -> None:
        """Convert a file.

        Args:
            source: open for reading.
            sink: an empty file that receives the result.
            kind, target: what it is and what it becomes.

        Raises:
            NotImplementedHere: the program that does it is not installed.
            FileDamaged, FileEncrypted, OverBudget, Unprocessable: why it cannot be converted.
            Busy, Unavailable: it cannot be done now.
        """


class PageReader(Protocol):
    """Reads pages that are pictures."""

    async def read(
        self, descriptor: int, kind: str, pages: Sequence[int], language: str, password: str
    ) -> Sequence[PageText]:
        """Return the text of pages of a PDF or an image, in their order.

        Args:
            descriptor: open for reading.
            kind: of the file.
            pages: from 1.
            password: empty if there is none.
            language: as in RFC 5646; empty for whatever it is.

        Raises:
            FileDamaged, FileEncrypted, OverBudget, TooLarge: why they cannot be read.
            NotImplementedHere: there is no recognition here.
            Busy, Unavailable: it cannot be done now.
        """


class Converter(Protocol):
    """Makes files of one kind out of another."""

    async def engines(self) -> tuple[Engine, ...]:
        """Return what converts, with what is missing."""

    async def convert(self, step: Step, source: int, sink: int, options: ConversionOptions) -> StepResult:
        """Do one step.

        Args:
            step: one that a kind declares.
            source: open for reading.
            sink: an empty file that receives the result.
            options: each engine takes what it knows.

        Raises:
            InvalidInput: an option that makes no sense for this file.
            NotImplementedHere: its engine is missing.
            FileDamaged, FileEncrypted, OverBudget, TooLarge, Unprocessable, UnsupportedMedia: why it cannot be done.
            Busy, Unavailable: it cannot be done now.
        """


class Descriptors(Protocol):
    """Moves content between descriptors."""

    async def copy(self, source: int, target: int) -> None:
        """Copy all of the source into the empty target.

        Raises:
            Unavailable: there is no room.
        """

    async def fill(self, target: int, content: bytes) -> None:
        """Write content into the empty target.

        Raises:
            Unavailable: there is no room.
        """


class TemplateEngine(Protocol):
    """Fills templates, and tells what they expect."""

    async def generate(self, source: int, sink: int, filling: Filling) -> tuple[str, ...]:
        """Fill a template; returns warnings.

        Args:
            source: the template, open for reading.
            sink: an empty file that receives the result, of the template's kind.
            filling: what to fill it with.

        Raises:
            InvalidInput, Unprocessable: a mistake of the template or the data, with its place.
            FileDamaged, FileEncrypted, OverBudget, TooLarge, UnsupportedMedia: why it cannot be filled.
            Busy, Unavailable: it cannot be done now.
        """

    async def inspect(self, source: int, kind: str, password: str) -> TemplateFacts:
        """Return what a template expects, and its mistakes.

        Raises:
            FileDamaged, FileEncrypted, OverBudget, TooLarge, UnsupportedMedia: why it cannot be read.
            Busy, Unavailable: it cannot be done now.
        """


class TableWorkers(Protocol):
    """Confined workers that read, transform, analyse, check and write tables."""

    async def run(self, task: TableTask) -> dict[str, Any]:
        """Do a piece of work and return its result, JSON-ready.

        Raises:
            InvalidInput, Unprocessable, UnsupportedMedia, TooLarge: the task says what is wrong, with the field.
            FileDamaged, FileEncrypted: a file cannot be read.
            OverBudget: it took more time or memory than it may.
            Busy: no capacity within the waiting time.
            Unavailable: the workers are not running.
        """


class CustomCode(Protocol):
    """Runs a caller's code on a table, elsewhere."""

    async def run(self, program: CustomProgram, table: int, result: int) -> CustomOutcome:
        """Run code on a table and write the one it leaves.

        Args:
            table: descriptor of the file to read, in the format `columns` of the workers.
            result: descriptor of the empty file to fill, in the same format.

        Raises:
            CodeFailed: the code failed; the message has its lines.
            InvalidInput, Forbidden, NotFound, TooLarge: coderunner refused the request, with its reason.
            Busy: it has no capacity.
            CoderunnerDown: it does not answer.
        """
