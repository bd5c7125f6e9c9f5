"""What the image of dataflowtools is held to."""

from chart.helm import Manifest
from verify_images.checks import Subject, expect
from verify_images.engine import Engine

NAME, WORKLOAD = "dataflowtools", "Deployment/coderunner-dataflowtools"
_LIBRARIES = (
    "pandas numpy pyarrow duckdb cv2 PIL pypdfium2 pdfplumber docx openpyxl rapidocr onnxruntime zxingcpp pyzbar.pyzbar"
)
_IMPORT = f"""
import importlib, sys
sys.path.insert(0, "/opt/site-packages/dataflow")
for name in {_LIBRARIES.split()!r}:
    importlib.import_module(name)
"""
_CONVERT = """
set -e
cd /tmp
printf 'Hello \\344\\275\\240\\345\\245\\275' > a.txt
soffice --headless -env:UserInstallation=file:///tmp/profile --convert-to pdf a.txt >/dev/null
head -c 5 a.pdf
"""


def serves(subject: Subject) -> str:
    """It starts as the chart runs it, gets healthy, answers, and ends by itself."""
    with subject.container() as service:
        seconds = service.wait_until_ready()
        expect(service.get("/api/health")["result"]["service"] == NAME, "another service answers")
        subject.wait_until_healthy(service)
        log = subject.engine.logs(service.name)
        expect("Traceback" not in log, log[-2000:])
        subject.engine("stop", "--time", str(subject.patience), service.name)
        expect(service.inspect("{{.State.ExitCode}}") == "0", "it did not end by itself")
    return f"ready {seconds:.1f} s after `docker run` returned"


def has_its_libraries(subject: Subject) -> str:
    """What its workers read files with is there, with the shared libraries that wheels do not bring."""
    subject.engine(
        "run", "--rm", "--read-only", "--network=none", "--cap-drop=ALL", subject.image,
        "python", "-I", "-c", _IMPORT, seconds=180,
    )  # fmt: skip
    return f"{len(_LIBRARIES.split())} libraries"


def converts_with_libreoffice(subject: Subject) -> str:
    """LibreOffice turns a document into a PDF, without rights and on a read-only root."""
    printed = subject.engine(
        "run", "--rm", "--read-only", "--network=none", "--cap-drop=ALL", "--security-opt=no-new-privileges",
        subject.image, "sh", "-c", _CONVERT, seconds=180,
    )  # fmt: skip
    expect(printed == "%PDF-", printed)
    return ""


def does_without_libreoffice(subject: Subject) -> str:
    """The slim image has none."""
    there = subject.engine.succeeds("run", "--rm", "--network=none", subject.image, "which", "soffice")
    expect(not there, "there is a soffice in it")
    return ""


COMMON = (serves, has_its_libraries)
FULL, SLIM = (*COMMON, converts_with_libreoffice), (serves, does_without_libreoffice)


def subject(engine: Engine, image: str, objects: list[Manifest]) -> Subject:
    """Return the image as the chart runs it."""
    return Subject.of(engine, image, objects, WORKLOAD, NAME)
