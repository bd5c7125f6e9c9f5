"""The standard library, sorted: what is harmless, what has a stand-in, what is refused."""

from __future__ import annotations

from typing import Final

ALLOWED: Final = frozenset(
    """
    __future__ abc argparse array ast asyncio base64 binascii bisect bz2 calendar cmath codecs
    collections colorsys concurrent.futures configparser contextlib contextvars copy csv
    dataclasses datetime decimal difflib email enum errno filecmp fnmatch fractions functools
    getopt glob graphlib gzip hashlib heapq hmac html http.client http.cookies io ipaddress itertools json keyword
    linecache locale logging lzma math mimetypes numbers operator pathlib posixpath ntpath
    pprint queue quopri random re reprlib sched secrets select selectors shlex shutil sqlite3 stat
    statistics string stringprep struct tarfile tempfile textwrap threading time timeit token
    tokenize tomllib traceback types typing unicodedata unittest urllib.error urllib.parse
    urllib.request urllib.response urllib.robotparser uuid warnings wave weakref xml.dom xml.etree
    xml.parsers.expat xml.sax zipfile zlib zoneinfo smtplib ftplib poplib imaplib ssl netrc
    gettext plistlib http concurrent urllib xml
    """.split()
)

# Replaced by a module of our own with the harmless part of the names.
FACADES: Final = frozenset(
    """
    sys os os.path inspect gc importlib importlib.metadata importlib.util pickle platform types
    builtins signal doctest tracemalloc
    """.split()
)

_PROCESSES = "programs cannot be started; use a Python library for the task"
_SOCKETS = 'raw sockets are not available; use requests or httpx, with "network": true'
_CODE = "it runs code that the policy has not seen; call functions directly"
_MEMORY = "it reaches raw memory; use struct, array or numpy"
_SERVER = "a run cannot serve requests; return the value instead"
_SYSTEM = "it reaches the operating system; files in the working directory work with open() and pathlib"
_TERMINAL = "there is no terminal; use print() and input()"
_PICKLES = "it loads arbitrary objects; use json, or pickle for your own data"
_PROCESS_POOL = "processes cannot be started; use threading or concurrent.futures.ThreadPoolExecutor"

DENIED: Final[dict[str, str]] = {
    **dict.fromkeys(("subprocess", "popen2", "pipes", "commands", "pty"), _PROCESSES),
    **dict.fromkeys(("socket", "socketserver", "asyncore", "asynchat", "telnetlib", "nntplib"), _SOCKETS),
    **dict.fromkeys(
        (
            *("code", "codeop", "runpy", "pdb", "bdb", "trace", "cProfile", "profile"),
            *("pstats", "pydoc", "pyclbr", "zipapp", "zipimport", "pkgutil", "imp"),
            *("modulefinder", "sysconfig", "site", "distutils", "ensurepip", "venv", "compileall"),
            *(
                "py_compile",
                "rlcompleter",
                "dis",
                "opcode",
                "symtable",
                "tabnanny",
                "idlelib",
                "lib2to3",
                "pickletools",
            ),
        ),
        _CODE,
    ),
    **dict.fromkeys(("ctypes", "mmap", "faulthandler"), _MEMORY),
    **dict.fromkeys(("http.server", "wsgiref", "xmlrpc", "cgi", "cgitb", "smtpd"), _SERVER),
    **dict.fromkeys(
        (
            *("posix", "nt", "pwd", "grp", "spwd", "crypt", "fcntl", "resource", "syslog"),
            *("atexit", "msvcrt", "winreg", "winsound", "webbrowser", "ossaudiodev", "nis"),
            *("getpass", "fileinput"),
        ),
        _SYSTEM,
    ),
    **dict.fromkeys(("curses", "readline", "termios", "tty", "tkinter", "turtle", "cmd"), _TERMINAL),
    **dict.fromkeys(("marshal", "shelve", "dbm", "copyreg"), _PICKLES),
    "multiprocessing": _PROCESS_POOL,
    "antigravity": "there is no browser",
    "this": "it prints at import; read PEP 20",
    "test": "it is Python's own test suite",
}

# Parts of modules and packages that are otherwise allowed.
DENIED_PARTS: Final[dict[str, str]] = {
    "asyncio.subprocess": _PROCESSES,
    "concurrent.futures.process": _PROCESS_POOL,
    "logging.config": "it imports and calls what its configuration names; use logging.basicConfig()",
    "unittest.mock": "it replaces parts of libraries; write a small class instead",
    "encodings": _CODE,
    "numpy.ctypeslib": _MEMORY,
    "numpy.f2py": _PROCESSES,
    "numpy.distutils": _PROCESSES,
    "numpy.compat": "it is private to numpy; import from numpy itself",
    "numpy.core": "it is private to numpy; import from numpy itself",
    "pandas.api.interchange": _MEMORY,
    "numpy.lib.format": _PICKLES,
    "numpy.lib.npyio": "use numpy.load and numpy.save",
    "pandas.io.common": _SYSTEM,
    "pandas.io.clipboard": _PROCESSES,
    "pandas.io.sql": "use pandas.read_sql",
    "pandas.core": "it is private to pandas; import from pandas itself",
    "pandas.compat": "it is private to pandas; import from pandas itself",
    "pandas.util": "it is private to pandas; import from pandas itself",
    "pymupdf.mupdf": _MEMORY,
    "fitz.mupdf": _MEMORY,
    "pypdfium2.raw": _MEMORY,
    "pypdfium2_raw": _MEMORY,
    "pypdfium2.internal": _MEMORY,
    "matplotlib.backends.backend_webagg": _SERVER,
    "joblib.externals": _PROCESSES,
    "yaml.constructor": _PICKLES,
    "scipy.weave": _PROCESSES,
    "sympy.utilities.autowrap": _PROCESSES,
    "sympy.utilities._compilation": _PROCESSES,
    "sympy.external": _CODE,
    "PIL.ImageShow": _PROCESSES,
    "PIL.ImageGrab": _PROCESSES,
    "cffi": _MEMORY,
    "numba": _MEMORY,
}

# C halves of refused modules: their functions say these names for themselves.
IMPLEMENTATIONS: Final[dict[str, str]] = {
    "_posixsubprocess": _PROCESSES,
    "_socket": _SOCKETS,
    "_ctypes": _MEMORY,
    "_frozen_importlib": _CODE,
    "_frozen_importlib_external": _CODE,
    "_imp": _CODE,
    "_testcapi": _MEMORY,
    "importlib": "use the import statement",
    "sys": "use the sys module",
    "os": "use the os module",
    "gc": "use the gc module",
    "inspect": "use the inspect module",
    "pickle": "use the pickle module",
    "_pickle": "use the pickle module",
    "signal": "signals are not available",
    "_signal": "signals are not available",
    "_winapi": _SYSTEM,
    "_xxsubinterpreters": _PROCESSES,
    "_interpreters": _PROCESSES,
}
