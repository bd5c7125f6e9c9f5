"""Libraries whose C code opens files itself: their paths are judged here.

Python's own ``open`` raises an audit event; a C library's ``fopen`` does not.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from ..files import WorkFiles
from ..standin import stand_in
from ..tools import Tools, refused, wrapped
from ..values import Rule

_OPENS: Final = re.compile(
    r"^(?!.*fourcc).*(read|write|load|open|save|video|capture|storage|cascade|net$|net_|findfile|model|store|glob)",
    re.I,
)
_XML_DANGERS: Final = ("load_dtd", "dtd_validation", "attribute_defaults")


def install(tools: Tools) -> None:
    """Register the rules."""
    values, files = tools.attributes.values, tools.files
    every = _any_path(files)
    values.add_rules("cv2", lambda name: every if _OPENS.match(name) else None)
    values.add_rules("onnxruntime", {"InferenceSession": _path_class(files, {"path_or_bytes"}, (0,))})
    for package in ("polars", "pyarrow", "duckdb", "h5py", "netCDF4"):
        values.add_rules(package, lambda name: every if _OPENS.match(name) or name in _DATA else None)
    for package in ("pymupdf", "fitz"):
        values.add_rules(package, _pdf_rules(files))
    values.add_rules("pypdfium2", {"PdfDocument": _path_class(files, {"input"}, (0,))})
    values.add_rules("lxml", _xml_rules(files))
    values.add_rules("PIL", _image_rules(files))
    values.add_rules("sqlite3", _database_rules())
    values.add_rules("scipy", _matrix_rules(files))
    values.add_rules("sklearn", {"show_versions": refused("it describes the server")})


_DATA: Final = frozenset("File connect sql execute scan_csv scan_parquet sink_csv Dataset".split())


# -- judging arguments -----------------------------------------------------------------


def is_path(item: Any) -> bool:
    """Whether an argument names a file."""
    return isinstance(item, (str, bytes)) or (hasattr(item, "__fspath__") and not isinstance(item, type))


def _any_path(files: WorkFiles) -> Rule:
    """Every text argument that could be a path must lie in the working directory."""

    def check(*arguments: Any, **keywords: Any) -> None:
        for item in (*arguments, *keywords.values()):
            if is_path(item):
                files.check(item)

    def rule(value: Any) -> Any:
        return stand_in(value, check) if isinstance(value, type) else wrapped(check)(value)

    return rule


def _checker(files: WorkFiles, keywords: set[str], positions: tuple[int, ...]) -> Callable[..., None]:
    def check(*arguments: Any, **named: Any) -> None:
        candidates = [arguments[index] for index in positions if index < len(arguments)]
        candidates += [named[key] for key in keywords if key in named]
        for item in candidates:
            if is_path(item) and item not in ("", b""):
                files.check(item)

    return check


def _paths(files: WorkFiles, keywords: set[str], positions: tuple[int, ...] = (0, 1)) -> Rule:
    """For functions, and methods bound or not: the path is the first or second argument."""
    return wrapped(_checker(files, keywords, positions))


def _path_class(files: WorkFiles, keywords: set[str], positions: tuple[int, ...]) -> Rule:
    check = _checker(files, keywords, positions)
    return lambda cls: stand_in(cls, check)


# -- packages --------------------------------------------------------------------------


def _pdf_rules(files: WorkFiles) -> dict[str, Rule]:
    saving = _paths(files, {"filename", "file", "outfile"})
    rules = dict.fromkeys(("save", "ez_save", "saveIncr", "pil_save", "pdfocr_save", "savePNG", "tobytes"), saving)
    inserting = _paths(files, {"filename", "fontfile", "infile", "file", "archive"}, ())
    rules |= dict.fromkeys(("insert_image", "replace_image", "insert_font", "insert_htmlbox"), inserting)
    rules["insert_file"] = _paths(files, {"infile"})
    for name in ("Document", "open", "Pixmap", "Archive", "DocumentWriter"):
        rules[name] = _path_class(files, {"filename", "path", "archive"}, (0,))
    rules["Font"] = _path_class(files, {"fontfile"}, (1,))
    rules["Story"] = _path_class(files, {"archive"}, (3,))
    for name in ("css_for_pymupdf_font", "set_log", "set_messages"):
        rules[name] = refused("it is not part of reading or writing documents")
    return rules


def _xml_rules(files: WorkFiles) -> dict[str, Rule]:
    source = {"source", "filename", "file", "file_or_filename", "filename_or_url", "filename_url_or_file"}
    rules: dict[str, Rule] = dict.fromkeys(("parse", "write", "write_c14n"), _paths(files, source))
    for name in ("XMLSchema", "RelaxNG", "DTD", "Schematron", "iterparse", "xmlfile", "htmlfile"):
        rules[name] = _path_class(files, source, (0,))
    for name in ("XMLParser", "HTMLParser", "XMLPullParser", "ETCompatXMLParser"):
        rules[name] = _plain_parser
    stylesheets = refused("stylesheets can read files")
    for name in ("XSLT", "XSLTAccessControl", "XInclude", "xinclude", "open_in_browser", "submit_form"):
        rules[name] = stylesheets
    rules["set_default_parser"] = refused("pass the parser to the function that parses")
    return rules


def _plain_parser(cls: type) -> type:
    def check(*_arguments: Any, **keywords: Any) -> None:
        for name in _XML_DANGERS:
            if keywords.get(name):
                raise ValueError(f"{name} can read files and is not available here")
        if keywords.get("resolve_entities") is True:
            raise ValueError("resolve_entities=True can read files; use 'internal'")
        if keywords.get("no_network") is False:
            raise ValueError("no_network=False is not available here")

    return stand_in(cls, check)


def _image_rules(files: WorkFiles) -> dict[str, Rule]:
    rules: dict[str, Rule] = {"show": refused("there is no display; save the image to a file")}
    rules["getOpenProfile"] = _paths(files, {"profileFilename"}, (0,))
    rules["ImageCmsProfile"] = _path_class(files, {"profile"}, (0,))
    rules["unsafe_eval"] = rules["eval"] = refused("it evaluates source text")
    rules["grabclipboard"] = rules["grab"] = refused("there is no display")
    return rules


def _matrix_rules(files: WorkFiles) -> dict[str, Rule]:
    matrices = _paths(files, {"source", "target"}, (0,))
    rules = dict.fromkeys(("mmread", "mmwrite", "mminfo"), matrices)
    return {**rules, "LowLevelCallable": refused("it calls raw memory")}


def _made_by_connect(cls: type) -> type:
    def check(*_arguments: Any, **_keywords: Any) -> None:
        raise PermissionError("use sqlite3.connect()")

    return stand_in(cls, check)


def _database_rules() -> dict[str, Rule]:
    extension = refused("extensions cannot be loaded")
    return {
        "enable_load_extension": extension,
        "load_extension": extension,
        "set_authorizer": refused("it guards the files of the database"),
        "Connection": _made_by_connect,
        "enable_callback_tracebacks": refused("it writes to the service's own log"),
    }
