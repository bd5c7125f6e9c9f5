"""/api/file/batch: one operation on many files."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter
from servicekit import ApiHandler, ApiModel, ResponseModel, Route, Success

from driveradapters.files.listing import Moment
from driveradapters.once import ONCE_ERRORS, CreatingHandler
from errors import FieldProblem, InvalidInput, TooLarge, UnknownJob
from logics.answers import AnswerOnce
from logics.batch import BatchJobs, JobRequest
from logics.files import FileQuery
from logics.jobs import CallbackState, ItemState, Job, JobItem, JobState
from utils.cursors import decode_cursor, encode_cursor

_CURSOR = TypeAdapter(tuple[Annotated[int, Field(ge=0, le=10**9)]])


class FilterModel(ApiModel):
    """Files that fit all that is given, at the time of the request."""

    tag: list[str] = Field([], description="Names of tags, all of which a file must have.")
    type: list[str] = Field([], description="Formats, media types or families (`image/*`), any of which fits.")
    name: str = Field("", max_length=255, description="Part of the name, whatever its capitals.")
    created_from: Moment | None = None
    created_before: Moment | None = None

    def query(self) -> FileQuery:
        """Return what to ask the records for."""
        return FileQuery(tuple(self.tag), tuple(self.type), self.name, self.created_from, self.created_before)


class BatchRequest(ApiModel):
    """What to do, and to which files."""

    operation: str = Field(description="What each file undergoes.")
    file_ids: list[str] = Field([], description="The files; or a filter.")
    filter: FilterModel | None = Field(None, description="Which files; or their ids.")
    options: dict[str, Any] = Field({}, description="As the operation's own address takes them.")
    callback_url: str = Field("", max_length=2000, description="Told of the job's end, by POST, signed.")

    def job(self) -> JobRequest:
        """Return what the use case takes."""
        query = self.filter.query() if self.filter is not None else None
        return JobRequest(self.operation, self.file_ids, query, self.options, self.callback_url)


class ItemErrorModel(ResponseModel):
    """Why an item failed."""

    code: str
    message: str


class ItemModel(ResponseModel):
    """What came of a file."""

    position: int
    file_id: str
    state: ItemState
    progress: dict[str, Any] | None = Field(description="`{done, total, what}` while the operation tells.")
    result: dict[str, Any] | None
    error: ItemErrorModel | None

    @classmethod
    def of(cls, item: JobItem) -> ItemModel:
        """Return the model of an item."""
        outcome = item.outcome
        failed = outcome is not None and outcome.error_code
        return cls(
            position=item.position,
            file_id=item.file_id,
            state=item.state,
            progress=dict(item.progress) or None,
            result=dict(outcome.result) if outcome and outcome.result is not None else None,
            error=ItemErrorModel(code=outcome.error_code, message=outcome.error_message)
            if outcome and failed
            else None,
        )


class CallbackModel(ResponseModel):
    """What came of the notice."""

    state: CallbackState
    attempts: int
    error: str


class JobModel(ResponseModel):
    """Where a job is."""

    job_id: str
    operation: str
    state: JobState = Field(description="A finished job may have failed items.")
    total: int
    done: int
    failed: int
    cancelled: int
    running: int
    waiting: int
    eta_s: float | None = Field(description="Seconds that the rest will take, by what the items so far took.")
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    callback: CallbackModel | None


class NewJobModel(JobModel):
    """A job that has been taken."""

    callback_secret: str | None = Field(description="Signs the notice, unless CALLBACK_SECRET does; shown here only.")


class JobItemsModel(JobModel):
    """Where a job is, with what came of its files."""

    items: list[ItemModel]
    next_cursor: str | None


class ItemsQuery(ApiModel):
    """Which of the items to show."""

    limit: int = Field(100, ge=1, le=1000)
    cursor: str = Field("", max_length=100, description="`next_cursor` of the page before.")

    def position(self) -> int:
        """Return the position behind which the page begins.

        Raises:
            InvalidInput: the cursor is none.
        """
        if not self.cursor:
            return -1
        try:
            return _CURSOR.validate_python(tuple(decode_cursor(self.cursor)))[0]
        except ValueError:
            message = "not a cursor of this list"
            raise InvalidInput(f"cursor: {message}", details=[FieldProblem("cursor", message)]) from None


class CreateBatchHandler(CreatingHandler):
    """Takes jobs."""

    def initialize(self, answer_once: AnswerOnce, batch_jobs: BatchJobs, callbacks_share_a_secret: bool) -> None:
        """Take what keeps the answers, the use case, and whether the operator's secret signs the notices."""
        self.keep_answers_in(answer_once)
        self._jobs = batch_jobs
        self._shared_secret = callbacks_share_a_secret

    async def post(self) -> None:
        """Take a job."""
        request = self.read_json(BatchRequest)

        async def create() -> None:
            job = await self._jobs.submit(request.job())
            secret = None if self._shared_secret else job.callback.secret or None
            self.set_header("Location", f"/api/file/batch/{job.job_id}")
            self.reply(NewJobModel(**_fields(job), callback_secret=secret), http_status=202)

        await self.create_once(create)


class BatchHandler(ApiHandler):
    """One job."""

    def initialize(self, batch_jobs: BatchJobs) -> None:
        """Take the use case."""
        self._jobs = batch_jobs

    async def get(self, job_id: str) -> None:
        """Answer with where the job is."""
        query = self.read_query(ItemsQuery)
        job = await self._jobs.find(job_id)
        found = await self._jobs.items(job_id, query.position(), query.limit + 1)
        items = [ItemModel.of(item) for item in found[: query.limit]]
        cursor = encode_cursor(items[-1].position) if len(found) > query.limit else None
        self.reply(JobItemsModel(**_fields(job), items=items, next_cursor=cursor))

    async def delete(self, job_id: str) -> None:
        """Cancel the job."""
        self.reply(JobModel(**_fields(await self._jobs.cancel(job_id))))


def _fields(job: Job) -> dict[str, Any]:
    counts = {state.value: job.counts.get(state, 0) for state in ItemState}
    remaining = job.remaining_seconds(datetime.now(UTC))
    notice = job.callback
    return {
        **{name: getattr(job, name) for name in ("job_id", "operation", "state", "total")},
        **{name: getattr(job, name) for name in ("created_at", "started_at", "finished_at")},
        **counts,
        "eta_s": None if remaining is None else round(remaining, 1),
        "callback": CallbackModel(state=notice.state, attempts=notice.attempts, error=notice.error)
        if notice.url
        else None,
    }


def _job_route(method: Literal["GET", "DELETE"], summary: str) -> Route:
    return Route(
        method,
        "/api/file/batch/{job_id}",
        BatchHandler,
        summary=summary,
        tag="batch",
        query=ItemsQuery if method == "GET" else None,
        response=Success[JobItemsModel] if method == "GET" else Success[JobModel],
        errors=(UnknownJob,),
        needs=("batch_jobs",),
    )


ROUTES = (
    Route(
        "POST",
        "/api/file/batch",
        CreateBatchHandler,
        summary="Start a batch job",
        description="Durable before the 202; workers take the files one by one, and a job survives them.",
        tag="batch",
        request=BatchRequest,
        response=Success[NewJobModel],
        status=202,
        errors=(InvalidInput, TooLarge, *ONCE_ERRORS),
        needs=("answer_once", "batch_jobs", "callbacks_share_a_secret"),
    ),
    _job_route("GET", "Where a batch job is, and what came of its files"),
    _job_route("DELETE", "Cancel a batch job"),
)
