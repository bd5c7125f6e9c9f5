"""Attacks of our own, one a way in; each tells ESCAPED, leaves a marker or connects.

``{PW}`` is a folder outside the working directory, ``{ID}`` the attack's name, ``{PORT}`` a
listener on the loopback interface.
"""

from __future__ import annotations

from textwrap import dedent

ATTACKS: dict[str, str] = {}


def attack(identity: str, code: str) -> None:
    """Add an attack under a unique name."""
    assert identity not in ATTACKS
    ATTACKS[identity] = dedent(code)


# -- match statements read attributes without a call -----------------------------------

attack(
    "match-keyword-module",
    """
    import json
    match json:
        case object(codecs=c):
            match c:
                case object(sys=s):
                    result = 'ESCAPED' if 'os' in s.modules else ''
    """,
)
attack(
    "match-value-equality",
    """
    import json
    class Catcher:
        def __eq__(self, other):
            global caught
            caught = other
            return True
        __hash__ = None
    match Catcher():
        case json.codecs.sys:
            result = 'ESCAPED' if 'os' in caught.modules else ''
    """,
)
attack(
    "match-positional-instancecheck",
    """
    class Meta(type):
        def __instancecheck__(cls, obj): return True
    X = Meta('X', (), {'__match_args__': ('__globals__',)})
    import json
    match json.dumps:
        case X(g):
            result = 'ESCAPED'
    """,
)
attack(
    "match-args-on-user-class",
    """
    class Meta(type):
        def __instancecheck__(cls, obj): return True
    class X(metaclass=Meta):
        __match_args__ = ('__globals__',)
    def f(): pass
    match f:
        case X(g):
            result = 'ESCAPED ' + str(len(g))
    """,
)
attack(
    "match-mapping-key",
    """
    import json
    class M(dict):
        def get(self, key, default=None):
            global caught
            caught = key
            return 1
    match M({1: 2}):
        case {json.codecs.builtins: v}:
            pass
    result = 'ESCAPED' if hasattr(caught, 'exec') and caught.exec("x=1", {}) is None and 'posix' in str(caught) else ''
    """,
)

# -- operators that hand raw values to user code ---------------------------------------

attack(
    "augmented-radd",
    """
    import json
    class Catcher:
        def __radd__(self, other):
            global caught
            caught = other
            raise ValueError
    try:
        json.codecs += Catcher()
    except Exception:
        pass
    caught.sys.modules['os'].system('touch {PW}{ID}')
    """,
)
attack(
    "augmented-function-globals",
    """
    class Catcher:
        def __ror__(self, other):
            global caught
            caught = other
            return 1
    def f(): pass
    f.__globals__ |= Catcher()
    result = 'ESCAPED'
    """,
)
attack("delete-module-attribute", "import json\ndel json.loads\nresult = 'ESCAPED'")
attack(
    "for-target-attribute",
    """
    import json
    for json.dumps in [lambda *a: 'POISON']:
        pass
    result = json.dumps(1)
    """,
)
attack(
    "with-target-attribute",
    """
    import json
    class C:
        def __enter__(self): return lambda *a: 'POISON'
        def __exit__(self, *a): pass
    with C() as json.dumps:
        pass
    result = json.dumps(1)
    """,
)
attack(
    "unpack-target-attribute",
    "import json\n(json.dumps, x) = (lambda *a: 'POISON', 1)\nresult = json.dumps(1)",
)
attack(
    "walrus-comprehension-guard",
    "_load_ = lambda o, n: 'POISON'\nresult = [(y := x) for x in [1]][0].real if False else ''",
)

# -- strings that name attributes ------------------------------------------------------

attack(
    "format-map-object",
    "import json\nresult = 'ESCAPED' if 'built-in' in '{j.codecs.sys}'.format_map({'j': json}) else ''",
)
attack(
    "format-str-subclass",
    """
    import random
    class S(str):
        pass
    r = S('{0.Random.seed.__globals__}').format(random)
    result = 'ESCAPED' if '_os' in r else ''
    """,
)
attack(
    "format-super",
    """
    class S(str):
        def go(self, o): return super().format(o)
    def f(): pass
    result = 'ESCAPED' if 'builtins' in S('{0.__globals__}').go(f) else ''
    """,
)
attack(
    "format-unbound-partial",
    """
    import functools
    def f(): pass
    r = functools.partial(str.format, '{0.__globals__}')(f)
    result = 'ESCAPED' if 'builtins' in r else ''
    """,
)
attack(
    "format-nested-spec",
    """
    def f(): pass
    r = '{0:{1.__globals__}}'.format('a', f)
    result = 'ESCAPED'
    """,
)
attack(
    "string-formatter",
    """
    import string
    def f(): pass
    r = string.Formatter().format('{0.__globals__}', f)
    result = 'ESCAPED' if 'builtins' in r else ''
    """,
)
attack(
    "string-formatter-field",
    """
    import string
    class F(string.Formatter):
        def go(self, name, obj): return self.get_field(name, (obj,), {})[0]
    def f(): pass
    g = F().go('0.__globals__', f)
    result = 'ESCAPED'
    """,
)
attack(
    "string-formatter-guard-object",
    """
    import string
    class F(string.Formatter):
        def go(self): return self._attributes
    F().go().plain.add(type(string))
    result = 'ESCAPED'
    """,
)
attack(
    "logging-brace-style",
    """
    import logging, io
    out = io.StringIO()
    h = logging.StreamHandler(out)
    h.setFormatter(logging.Formatter('{args[0].__globals__}', style='{'))
    log = logging.getLogger('x'); log.addHandler(h); log.propagate = False
    def f(): pass
    log.warning('%s', f)
    result = 'ESCAPED' if 'builtins' in out.getvalue() else ''
    """,
)
attack(
    "operator-attrgetter",
    "import operator\ndef f(): pass\nresult = 'ESCAPED' if operator.attrgetter('__globals__')(f) else ''",
)
attack(
    "operator-methodcaller",
    "import operator\nresult = 'ESCAPED' if operator.methodcaller('__subclasses__')(object) else ''",
)
attack(
    "reduce-getattr",
    """
    import functools, json
    m = functools.reduce(getattr, ['codecs', 'sys', 'modules'], json)
    result = 'ESCAPED' if 'os' in m else ''
    """,
)
attack(
    "getattr-str-subclass",
    """
    class S(str):
        def startswith(self, *a): return False
        def __eq__(self, o): return True
        def __hash__(self): return 0
    def f(): pass
    result = 'ESCAPED' if getattr(f, S('__globals__')) else ''
    """,
)
attack(
    "getattr-str-subclass-str",
    """
    class S(str):
        def __str__(self): return 'append'
    def f(): pass
    result = 'ESCAPED' if getattr(f, S('__globals__')) else ''
    """,
)
attack(
    "object-getattribute-call",
    "def f(): pass\nresult = 'ESCAPED' if object.__getattribute__(f, '__globals__') else ''",
)
attack(
    "super-getattribute",
    """
    class A:
        def go(self, n): return super().__getattribute__(n)
    A().go('__class__').__mro__
    import functools
    result = 'ESCAPED' if A().go('__dict__') is not None and A().go('__init__').__globals__ else ''
    """,
)
attack(
    "property-fget",
    """
    import functools
    class A:
        @property
        def p(self): return 1
    result = 'ESCAPED' if A.p.fget.__globals__ else ''
    """,
)
attack(
    "inspect-getmembers",
    """
    import inspect
    def f(): pass
    members = dict(inspect.getmembers(f))
    result = 'ESCAPED' if '__globals__' in members else ''
    """,
)
attack("inspect-currentframe", "import inspect\nresult = 'ESCAPED' if inspect.currentframe().f_back else ''")
attack("inspect-unwrap", "import inspect\nresult = 'ESCAPED' if inspect.getattr_static(print, '__self__') else ''")
attack(
    "vars-module",
    "import random\nresult = 'ESCAPED' if vars(random)['_os'].getpid() else ''",
)
attack("dict-of-module", "import random\nresult = 'ESCAPED' if random.__dict__['_os'] else ''")
attack("dict-of-class", "import json\nresult = 'ESCAPED' if json.JSONEncoder.__dict__['__init__'].__globals__ else ''")
attack(
    "jinja-walk",
    """
    import jinja2
    def f(): pass
    r = jinja2.Template('{{ f.__globals__ }}').render(f=f)
    result = 'ESCAPED' if 'builtins' in r else ''
    """,
)
attack(
    "jinja-module",
    """
    import jinja2, json
    r = jinja2.Environment().from_string('{{ j.codecs.open("/etc/passwd").read() }}').render(j=json)
    result = r
    """,
)
attack(
    "jinja-attr-filter",
    """
    import jinja2
    def f(): pass
    r = jinja2.Environment().from_string('{{ f|attr("__globals__") }} {{ [f]|map(attribute="__globals__")|list }}').render(f=f)
    result = 'ESCAPED' if 'builtins' in r else ''
    """,
)
attack(
    "jinja-cycler",
    """
    import jinja2
    r = jinja2.Template('{{ cycler.__init__.__globals__.os.popen("touch {PW}{ID}").read() }}').render()
    result = r
    """,
)
attack(
    "jinja-submodule-environment",
    """
    import jinja2.environment as e
    r = e.Environment().from_string('{{ cycler.__init__.__globals__ }}').render()
    result = 'ESCAPED' if 'os' in r else ''
    """,
)
attack(
    "jinja-base-class",
    """
    import jinja2
    for base in jinja2.Environment.__mro__:
        r = base().from_string('{{ cycler.__init__.__globals__ }}').render()
        if 'missing' in r:
            result = 'ESCAPED'
    """,
)
attack(
    "pandas-style-format",
    """
    import pandas as pd
    def f(): pass
    html = pd.DataFrame({'a': [f]}).style.format('{0.__globals__}').to_html()
    result = 'ESCAPED' if 'builtins' in html else ''
    """,
)
attack(
    "pandas-pivot-aggfunc",
    """
    import pandas as pd
    df = pd.DataFrame({'a': [1], 'b': [2]})
    result = 'GETATTR' + str(df.pivot_table(index='a', values='b', aggfunc='__getattribute__'))
    """,
)
attack(
    "pandas-agg-keyword",
    """
    import pandas as pd
    df = pd.DataFrame({'a': [1], 'b': [2]})
    df.groupby('a').agg(x=('b', '__class__'))
    result = 'GETATTR'
    """,
)
attack(
    "pandas-agg-named-tuple",
    """
    import pandas as pd
    df = pd.DataFrame({'a': [1], 'b': [2]})
    df.groupby('a').agg(x=pd.NamedAgg('b', 'to_pickle'))
    result = 'GETATTR'
    """,
)
attack(
    "pandas-agg-subclass",
    """
    import pandas as pd
    class D(pd.Series):
        def agg(self, *a): return super().agg(*a)
    result = 'GETATTR' + str(D([1]).agg('__getattribute__', 0, '__class__'))
    """,
)
attack(
    "pandas-weakref-proxy",
    """
    import pandas as pd, weakref
    s = pd.Series([1])
    result = 'GETATTR' + str(weakref.proxy(s).agg('__getattribute__', 0, '__class__'))
    """,
)
attack(
    "pandas-query-engine",
    """
    import pandas as pd, json
    df = pd.DataFrame({'a': [1]})
    df.query('a == @json.codecs.builtins.exec("open(1)")', engine='python')
    result = 'ESCAPED'
    """,
)
attack(
    "pandas-eval-assign",
    """
    import pandas as pd
    df = pd.DataFrame({'a': [1]})
    df.eval('b = a.to_csv("{PW}{ID}")', inplace=True)
    """,
)
attack(
    "pandas-eval-backtick",
    """
    import pandas as pd
    df = pd.DataFrame({'a b': [1]})
    result = 'ESCAPED' + str(df.eval('`a b`.__class__.__init__.__globals__'))
    """,
)
attack(
    "pandas-eval-globals-call",
    """
    import pandas as pd
    r = pd.eval('__import__("os").system("touch {PW}{ID}")', engine='python', parser='python')
    """,
)
attack(
    "pandas-read-xml-stylesheet",
    """
    import pandas as pd, io
    xsl = io.StringIO('<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">'
        '<xsl:template match="/"><r><i><v><xsl:value-of select="document(\\'/etc/hosts\\')"/></v></i></r></xsl:template></xsl:stylesheet>')
    pd.read_xml(io.StringIO('<a/>'), stylesheet=xsl)
    result = 'ESCAPED'
    """,
)

# -- evaluation of text ----------------------------------------------------------------

attack(
    "typing-get-type-hints",
    """
    import typing
    def f(x: "().__class__.__base__.__subclasses__()[0]"): pass
    typing.get_type_hints(f)
    result = 'ESCAPED'
    """,
)
attack(
    "typing-hint-import",
    """
    import typing
    def f(x: "__import__('os').system('touch {PW}{ID}') or int"): pass
    typing.get_type_hints(f)
    """,
)
attack(
    "typing-hint-globalns",
    """
    import typing
    def f(x: "print.__self__.exec"): pass
    r = typing.get_type_hints(f, {}, {})
    result = 'ESCAPED' + str(r)
    """,
)
attack(
    "singledispatch-annotation",
    """
    import functools
    @functools.singledispatch
    def f(x): pass
    @f.register
    def g(x: "().__class__.__base__.__subclasses__()[0]"): pass
    result = 'ESCAPED'
    """,
)
attack(
    "inspect-signature-eval",
    """
    import inspect
    def f(x: "().__class__.__base__.__subclasses__()"): pass
    inspect.signature(f, eval_str=True)
    result = 'ESCAPED'
    """,
)
attack(
    "future-annotations-hints",
    """
    from __future__ import annotations
    import typing, random
    def f(x: random._os.system): pass
    r = typing.get_type_hints(f)
    r['x']('touch {PW}{ID}')
    """,
)
attack("timeit-statement", 'import timeit\ntimeit.timeit(\'__import__("os").system("touch {PW}{ID}")\', number=1)')
attack(
    "exec-raw-dunder",
    "exec('def f(): pass\\nresult = f.__globals__')\nresult = 'ESCAPED'",
)
attack("eval-raw-dunder", "result = 'ESCAPED' + str(eval('(lambda: 0).__globals__'))")
attack(
    "exec-fake-guards",
    """
    import json
    g = {'<target>': lambda o, n: o, '<load>': lambda o, n: o, '<plain>': ()}
    exec('json.dumps = lambda *a: "POISON"', {**g, 'json': json}, {**g, 'json': json})
    result = json.dumps(1)
    """,
)
attack(
    "exec-own-builtins",
    """
    exec('import os\\nos.system("touch {PW}{ID}")', {'__builtins__': {'__import__': __import__}})
    """,
)
attack("compile-code-object", "c = compile('1', 'f', 'eval')\nresult = 'ESCAPED' if c.co_code else ''")
attack(
    "function-type",
    """
    def f(): pass
    F = type(f)
    import types
    g = F(compile('1', 'f', 'exec'), {})
    result = 'ESCAPED'
    """,
)
attack(
    "globals-guard-write",
    """
    g = globals()
    g['<load>'] = lambda o, n: 'POISON'
    import json
    result = json.codecs
    """,
)
attack("globals-guard-read", "result = 'ESCAPED' if any('load' in k for k in globals()) else ''")
attack("builtins-name", "result = 'ESCAPED' if __builtins__ else ''")
attack("globals-builtins", "result = 'ESCAPED' if globals()['__builtins__'] else ''")
attack(
    "class-body-locals",
    """
    import json
    class A:
        locals()['<target>'] = lambda o, n: o
        json.dumps = lambda *a: 'POISON'
    result = json.dumps(1)
    """,
)
attack(
    "metaclass-prepare",
    """
    import json
    class M(type):
        @classmethod
        def __prepare__(cls, *a):
            return {'<target>': lambda o, n: o, '<plain>': ()}
    class A(metaclass=M):
        json.dumps = lambda *a: 'POISON'
    result = json.dumps(1)
    """,
)
attack(
    "namedtuple-rename",
    "import collections\ncollections.namedtuple('X', ['a'], defaults=[1], module='os')\nimport os\nos.system('touch {PW}{ID}')",
)
attack(
    "dataclass-default-factory-name",
    """
    import dataclasses
    X = dataclasses.make_dataclass('X', [('a', 'int', dataclasses.field(default=1)), ('__array_interface__', dict)])
    import numpy as np
    x = X(1, {'data': (id(x) if False else 4096, False), 'shape': (8,), 'typestr': '|u1', 'version': 3})
    result = 'ESCAPED'
    """,
)
attack(
    "sympify",
    "import sympy\nsympy.sympify('().__class__.__base__.__subclasses__()')\nresult = 'ESCAPED'",
)
attack(
    "sympy-import",
    'import sympy\nsympy.sympify(\'__import__("os").system("touch {PW}{ID}")\')',
)
attack(
    "sympy-lambdify",
    "import sympy\nf = sympy.lambdify('x', '().__class__.__base__.__subclasses__()')\nf(1)\nresult = 'ESCAPED'",
)
attack("doctest", "import doctest\nresult = 'ESCAPED'")
attack("code-interpreter", "import code\nresult = 'ESCAPED'")
attack("pdb", "import pdb\nresult = 'ESCAPED'")
attack("rlcompleter", "import rlcompleter\nresult = 'ESCAPED'")

# -- modules ---------------------------------------------------------------------------

for (
    _module
) in "subprocess ctypes socket multiprocessing pty mmap posix fcntl resource marshal code runpy _io _ctypes".split():
    attack(f"import-{_module}", f"import {_module}\nresult = 'ESCAPED'")
    attack(f"dunder-import-{_module}", f"m = __import__('{_module}', None, None, [])\nresult = 'ESCAPED'")
attack("import-list-fromlist", "m = __import__('os', {}, {}, [], 0)\nm.system('touch {PW}{ID}')")
attack("importlib-machinery", "import importlib.machinery\nresult = 'ESCAPED'")
attack("importlib-import", "import importlib\nimportlib.import_module('subprocess')\nresult = 'ESCAPED'")
attack(
    "importlib-entry-point",
    """
    from importlib.metadata import EntryPoint
    EntryPoint('x', 'os:system', 'y').load()('touch {PW}{ID}')
    """,
)
attack("sys-modules", "import sys\nresult = 'ESCAPED' if sys.modules['os'].system else ''")
attack("sys-getframe", "import sys\nresult = 'ESCAPED' if sys._getframe().f_back else ''")
attack("star-import-private", "from random import *\nresult = 'ESCAPED' if '_os' in dir() else ''")
attack("pathlib-os", "import pathlib\npathlib.os.system('touch {PW}{ID}')")
attack("tempfile-os", "import tempfile\ntempfile._os.system('touch {PW}{ID}')")
attack("logging-os", "import logging\nlogging.os.system('touch {PW}{ID}')")
attack("zipfile-modules", "import zipfile\nzipfile.importlib.import_module('os').system('touch {PW}{ID}')")
attack("shutil-os", "import shutil\nshutil.os.system('touch {PW}{ID}')")
attack("asyncio-subprocess", "import asyncio\nasyncio.run(asyncio.create_subprocess_shell('touch {PW}{ID}'))")
attack(
    "asyncio-loop-exec",
    """
    import asyncio
    async def f():
        loop = asyncio.get_running_loop()
        await loop.subprocess_shell(asyncio.SubprocessProtocol, 'touch {PW}{ID}')
    asyncio.run(f())
    """,
)
attack(
    "asyncio-connect",
    """
    import asyncio
    async def f():
        await asyncio.open_connection('127.0.0.1', {PORT})
    asyncio.run(f())
    """,
)
attack("urllib-open", "import urllib.request\nurllib.request.urlopen('http://127.0.0.1:{PORT}/')")
attack("urllib-file", "import urllib.request\nresult = urllib.request.urlopen('file:///etc/passwd').read().decode()")
attack("http-client", "import http.client\nc = http.client.HTTPConnection('127.0.0.1', {PORT})\nc.request('GET', '/')")
attack("requests-get", "import requests\nrequests.get('http://127.0.0.1:{PORT}/')")
attack(
    "logging-socket-handler",
    """
    import logging, logging.handlers
    h = logging.handlers.SocketHandler('127.0.0.1', {PORT})
    h.createSocket()
    h.emit(logging.makeLogRecord({}))
    """,
)
attack("logging-config", "import logging.config\nresult = 'ESCAPED'")
attack(
    "process-pool",
    "from concurrent.futures import ProcessPoolExecutor\nwith ProcessPoolExecutor() as p: p.submit(print, 1).result()\nresult = 'ESCAPED'",
)
attack("mock-patch", "from unittest import mock\nresult = 'ESCAPED'")

# -- files -----------------------------------------------------------------------------

attack("open-absolute", "result = open('/etc/passwd').read()")
attack("open-parent", "open('../{ID}', 'w')")
attack("open-descriptor", "open(1, 'w').write('x')\nresult = 'ESCAPED'")
attack("open-bool", "open(True, 'wb', closefd=False)\nresult = 'ESCAPED'")
attack("io-open", "import io\nresult = io.open('/etc/passwd').read()")
attack("io-fileio", "import io\nresult = io.FileIO('/etc/passwd').read().decode()")
attack("io-open-code", "import io\nresult = io.open_code('/etc/passwd').read().decode()")
attack("codecs-open", "import codecs\nresult = codecs.open('/etc/passwd').read()")
attack("codecs-descriptor", "import codecs\ncodecs.open(1, 'w')\nresult = 'ESCAPED'")
attack("type-of-raw", "f = open('a', 'wb')\nresult = type(f.raw)('/etc/passwd').read().decode()")
attack("pathlib-read", "from pathlib import Path\nresult = Path('/etc/passwd').read_text()")
attack("pathlib-write", "from pathlib import Path\nPath('{PW}{ID}').write_text('x')")
attack("pathlib-touch", "from pathlib import Path\nPath('{PW}{ID}').touch()")
attack("pathlib-mkdir", "from pathlib import Path\nPath('{PW}{ID}').mkdir()")
attack("pathlib-list", "from pathlib import Path\nresult = 'ESCAPED' if list(Path('/etc').iterdir()) else ''")
attack("pathlib-glob", "from pathlib import Path\nresult = 'ESCAPED' if list(Path('/etc').glob('*')) else ''")
attack(
    "pathlib-symlink",
    "from pathlib import Path\nPath('link').symlink_to('/etc/passwd')\nresult = Path('link').read_text()",
)
attack(
    "pathlib-hardlink",
    "from pathlib import Path\nPath('link').hardlink_to('/etc/passwd')\nresult = Path('link').read_text()",
)
attack("os-listdir", "import os\nresult = 'ESCAPED' if os.listdir('/etc') else ''")
attack("os-rename-out", "import os\nopen('a', 'w').close()\nos.rename('a', '{PW}{ID}')")
attack("os-symlink", "import os\nos.symlink('/etc/passwd', 'x')\nresult = open('x').read()")
attack("os-path-open", "import os.path\nresult = os.path.genericpath.os.system('touch {PW}{ID}')")
attack("shutil-copy", "import shutil\nshutil.copy('/etc/passwd', 'x')\nresult = open('x').read()")
attack("shutil-copy-out", "import shutil\nopen('a', 'w').close()\nshutil.copy('a', '{PW}{ID}')")
attack("shutil-archive", "import shutil\nshutil.make_archive('x', 'tar', '/etc')\nresult = 'ESCAPED'")
attack("tarfile-add", "import tarfile\nwith tarfile.open('x.tar', 'w') as t: t.add('/etc/passwd')\nresult = 'ESCAPED'")
attack("zipfile-write", "import zipfile\nwith zipfile.ZipFile('{PW}{ID}', 'w') as z: z.writestr('a', 'b')")
attack("gzip-open", "import gzip\ngzip.open('{PW}{ID}', 'wb').close()")
attack("logging-file", "import logging\nlogging.FileHandler('{PW}{ID}').close()")
attack("tempfile-outside", "import tempfile\ntempfile.NamedTemporaryFile(dir='{PW}', delete=False).close()")
attack("glob-etc", "import glob\nresult = 'ESCAPED' if glob.glob('/etc/*') else ''")
attack("linecache", "import linecache\nresult = ''.join(linecache.getlines('/etc/passwd'))")
attack("tokenize-open", "import tokenize\nresult = tokenize.open('/etc/passwd').read()")
attack(
    "configparser-read",
    "import configparser\nc = configparser.RawConfigParser(allow_no_value=True)\nc.read('/etc/passwd')\nresult = str(c.sections())",
)
attack("mimetypes", "import mimetypes\nresult = str(mimetypes.read_mime_types('/etc/passwd') or '')")
attack("proc-environ", "result = 'ESCAPED' + open('/proc/self/environ').read()")
attack("numpy-fromfile", "import numpy as np\nresult = np.fromfile('/etc/passwd', dtype='u1').tobytes().decode()")
attack("numpy-tofile", "import numpy as np\nnp.zeros(1).tofile('{PW}{ID}')")
attack("numpy-savetxt", "import numpy as np\nnp.savetxt('{PW}{ID}', [1])")
attack("matplotlib-savefig", "import matplotlib.pyplot as plt\nplt.figure()\nplt.savefig('{PW}{ID}.png')")
attack("openpyxl-save", "import openpyxl\nopenpyxl.Workbook().save('{PW}{ID}')")
attack("docx-save", "import docx\ndocx.Document().save('{PW}{ID}')")
attack("pil-save", "from PIL import Image\nImage.new('RGB', (1, 1)).save('{PW}{ID}.png')")
attack("pil-show", "from PIL import Image\nImage.new('RGB', (1, 1)).show()\nresult = 'ESCAPED'")
attack("cv2-write", "import cv2, numpy as np\ncv2.imwrite('{PW}{ID}.png', np.zeros((1, 1, 3), 'u1'))")
attack(
    "cv2-filestorage",
    "import cv2\nf = cv2.FileStorage('{PW}{ID}.yml', cv2.FILE_STORAGE_WRITE)\nf.write('a', 1)\nf.release()",
)
attack(
    "cv2-filestorage-open",
    "import cv2\nf = cv2.FileStorage()\nf.open('{PW}{ID}.yml', cv2.FILE_STORAGE_WRITE)\nf.write('a', 1)\nf.release()",
)
attack(
    "cv2-videowriter",
    "import cv2\nv = cv2.VideoWriter('{PW}{ID}.avi', cv2.VideoWriter_fourcc(*'MJPG'), 1, (64, 64))\nv.release()",
)
attack("fitz-save", "import fitz\nd = fitz.open()\nd.new_page()\nd.save('{PW}{ID}.pdf')")
attack("fitz-open", "import fitz\nfitz.open('/etc/passwd', filetype='txt')\nresult = 'ESCAPED'")
attack("fitz-text-of-file", "import fitz\nresult = fitz.open(filename='/etc/passwd', filetype='txt')[0].get_text()")
attack("fitz-base", "import fitz\nresult = fitz.Document.__mro__[1]('/etc/passwd', filetype='txt')[0].get_text()")
attack("fitz-type", "import fitz\nd = type(fitz.open())\nresult = d('/etc/passwd', filetype='txt')[0].get_text()")
attack("fitz-archive", "import fitz\na = fitz.Archive('/etc')\nresult = 'ESCAPED' if a.read_entry('passwd') else ''")
attack("pymupdf-mupdf", "import pymupdf\npymupdf.mupdf.FzBuffer\nresult = 'ESCAPED'")
attack("fitz-pixmap", "import fitz\nfitz.Pixmap(fitz.csRGB, fitz.IRect(0, 0, 1, 1)).save('{PW}{ID}.png')")
attack("lxml-parse", "from lxml import etree\netree.parse('/etc/passwd')\nresult = 'ESCAPED'")
attack("lxml-html-parse", "import lxml.html\nresult = lxml.html.tostring(lxml.html.parse('/etc/passwd')).decode()")
attack("lxml-write", "from lxml import etree\netree.ElementTree(etree.Element('a')).write('{PW}{ID}')")
attack(
    "lxml-entity",
    """
    from lxml import etree
    p = etree.XMLParser(resolve_entities=True)
    r = etree.fromstring('<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>', p)
    result = r.text
    """,
)
attack(
    "lxml-entity-default",
    """
    from lxml import etree
    r = etree.fromstring('<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>')
    result = str(r.text)
    """,
)
attack(
    "lxml-xinclude",
    """
    from lxml import etree
    t = etree.fromstring('<a xmlns:i="http://www.w3.org/2001/XInclude"><i:include href="/etc/passwd" parse="text"/></a>').getroottree()
    t.xinclude()
    result = etree.tostring(t).decode()
    """,
)
attack(
    "lxml-xslt",
    """
    from lxml import etree
    x = etree.XSLT(etree.fromstring('<x:stylesheet version="1.0" xmlns:x="http://www.w3.org/1999/XSL/Transform"><x:template match="/"><x:copy-of select="document(\\'/etc/hosts\\')"/></x:template></x:stylesheet>'))
    x(etree.fromstring('<a/>'))
    result = 'ESCAPED'
    """,
)
attack("sqlite-outside", "import sqlite3\nsqlite3.connect('{PW}{ID}').execute('create table t(a)')")
attack("sqlite-uri", "import sqlite3\nsqlite3.connect('file:{PW}{ID}?mode=rwc', uri=True).execute('create table t(a)')")
attack(
    "sqlite-attach",
    "import sqlite3\nsqlite3.connect(':memory:').executescript(\"attach '{PW}{ID}' as x; create table x.t(a)\")",
)
attack(
    "sqlite-vacuum",
    "import sqlite3\nc = sqlite3.connect(':memory:')\nc.execute('create table t(a)')\nc.execute(\"vacuum into '{PW}{ID}'\")",
)
attack(
    "sqlite-authorizer",
    "import sqlite3\nc = sqlite3.connect(':memory:')\nc.set_authorizer(None)\nc.execute(\"attach '{PW}{ID}' as x\")\nc.execute('create table x.t(a)')",
)
attack(
    "sqlite-extension",
    "import sqlite3\nc = sqlite3.connect(':memory:')\nc.enable_load_extension(True)\nresult = 'ESCAPED'",
)
attack(
    "xml-sax-external",
    """
    import xml.sax, xml.sax.handler, io
    p = xml.sax.make_parser()
    p.setFeature(xml.sax.handler.feature_external_ges, True)
    text = []
    class H(xml.sax.handler.ContentHandler):
        def characters(self, c): text.append(c)
    p.setContentHandler(H())
    p.parse(io.StringIO('<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>'))
    result = ''.join(text)
""",
)
attack(
    "yaml-unsafe",
    "import yaml\nyaml.load('!!python/object/apply:os.system [\"touch {PW}{ID}\"]', Loader=yaml.UnsafeLoader)",
)
attack(
    "yaml-loader", "import yaml\nyaml.load('!!python/object/apply:os.system [\"touch {PW}{ID}\"]', Loader=yaml.Loader)"
)
attack("yaml-full", "import yaml\nresult = 'ESCAPED' + str(yaml.full_load('!!python/name:os.system'))")
attack(
    "yaml-module",
    "import yaml.loader as l, yaml\nyaml.load('!!python/object/apply:os.system [\"touch {PW}{ID}\"]', Loader=l.UnsafeLoader)",
)
attack(
    "yaml-constructor",
    """
    import yaml
    class L(yaml.SafeLoader): pass
    L.add_constructor('!x', lambda l, n: yaml.constructor.UnsafeConstructor().find_python_name('os.system', 0, True))
    yaml.load('!x 1', Loader=L)('touch {PW}{ID}')
""",
)
attack("pickle-system", "import pickle\npickle.loads(b\"cos\\nsystem\\n(S'touch {PW}{ID}'\\ntR.\")")
attack("pickle-getattr", "import pickle\nr = pickle.loads(b\"cbuiltins\\ngetattr\\n.\")\nresult = 'ESCAPED'")
attack("pickle-eval", "import pickle\npickle.loads(b\"cbuiltins\\neval\\n(S'1'\\ntR.\")\nresult = 'ESCAPED'")
attack(
    "pickle-build",
    """
    import pickle
    class A: pass
    data = b"c__main__\\nA\\n)\\x81}(V__array_interface__\\nI1\\nub."
    a = pickle.loads(data)
    result = 'ESCAPED'
""",
)
attack(
    "pandas-read-pickle",
    "import pandas as pd, io\npd.read_pickle(io.BytesIO(b\"cos\\nsystem\\n(S'touch {PW}{ID}'\\ntR.\"))",
)
attack(
    "numpy-load-pickle-buffer",
    """
    import numpy as np, io
    b = io.BytesIO()
    np.save(b, np.zeros(1))
    head = b.getvalue().replace(b"'<f8'", b"'|O' ")
    data = head[:128] + b"cposix\\nsystem\\n(S'touch {PW}{ID}'\\ntR."
    np.load(io.BytesIO(data), allow_pickle=True)
""",
)
attack("joblib-load", "import joblib, io\njoblib.load(io.BytesIO(b\"cposix\\nsystem\\n(S'touch {PW}{ID}'\\ntR.\"))")

# -- memory ----------------------------------------------------------------------------

_FORGED = "{'data': (id(0), False), 'shape': (64,), 'typestr': '|u1', 'version': 3}"
attack(
    "interface-class",
    f"import numpy as np\nclass A:\n    __array_interface__ = {_FORGED}\nresult = 'MEMREAD' if np.asarray(A()).dtype == 'u1' else ''",
)
attack(
    "interface-type",
    f"import numpy as np\nA = type('A', (), {{'__array_interface__': {_FORGED}}})\nresult = 'MEMREAD' if np.asarray(A()).dtype == 'u1' else ''",
)
attack(
    "interface-real-type",
    f"import numpy as np\nA = type(int)('A', (), {{'__array_interface__': {_FORGED}}})\nresult = 'MEMREAD' if np.asarray(A()).dtype == 'u1' else ''",
)
attack(
    "interface-setattr",
    f"import numpy as np\nclass A: pass\na = A()\nsetattr(a, '__array_interface__', {_FORGED})\nresult = 'MEMREAD' if np.asarray(a).dtype == 'u1' else ''",
)
attack(
    "interface-dict",
    f"import numpy as np\nclass A: pass\na = A()\na.__dict__['__array_interface__'] = {_FORGED}\nresult = 'MEMREAD' if np.asarray(a).dtype == 'u1' else ''",
)
attack(
    "interface-vars",
    f"import numpy as np\nclass A: pass\na = A()\nvars(a).update(__array_interface__={_FORGED})\nresult = 'MEMREAD' if np.asarray(a).dtype == 'u1' else ''",
)
attack(
    "interface-dict-base-update",
    f"import numpy as np\nclass A: pass\na = A()\ndict.update(a.__dict__, __array_interface__={_FORGED})\nresult = 'MEMREAD' if np.asarray(a).dtype == 'u1' else ''",
)
attack(
    "interface-getattr",
    f"import numpy as np\nclass A:\n    def __getattr__(self, n): return {_FORGED}\nresult = 'MEMREAD' if np.asarray(A()).dtype == 'u1' else ''",
)
attack(
    "interface-getattribute",
    f"import numpy as np\nclass A:\n    def __getattribute__(self, n): return {_FORGED}\nresult = 'MEMREAD' if np.asarray(A()).dtype == 'u1' else ''",
)
attack(
    "interface-getattr-later",
    f"import numpy as np\nclass A: pass\nA.__getattr__ = lambda s, n: {_FORGED}\nresult = 'MEMREAD' if np.asarray(A()).dtype == 'u1' else ''",
)
attack(
    "interface-namespace",
    f"import numpy as np, types\na = types.SimpleNamespace(**{{'__array_interface__': {_FORGED}}})\nresult = 'MEMREAD' if np.asarray(a).dtype == 'u1' else ''",
)
attack(
    "interface-argparse",
    f"import numpy as np, argparse\na = argparse.Namespace(**{{'__array_interface__': {_FORGED}}})\nresult = 'MEMREAD' if np.asarray(a).dtype == 'u1' else ''",
)
attack(
    "interface-object-setattr",
    f"import numpy as np\nclass A: pass\na = A()\nobject.__setattr__(a, '__array_interface__', {_FORGED})\nresult = 'MEMREAD' if np.asarray(a).dtype == 'u1' else ''",
)
attack(
    "interface-super-setattr",
    f"import numpy as np\nclass A:\n    def go(self, n, v): super().__setattr__(n, v)\na = A()\na.go('__array_interface__', {_FORGED})\nresult = 'MEMREAD' if np.asarray(a).dtype == 'u1' else ''",
)
attack(
    "interface-metaclass-new",
    f"import numpy as np\nclass M(type):\n    def __new__(m, n, b, ns): return super().__new__(m, n, b, {{**ns, '__array_interface__': {_FORGED}}})\nclass A(metaclass=M): pass\nresult = 'MEMREAD' if np.asarray(A()).dtype == 'u1' else ''",
)
attack(
    "interface-abcmeta",
    f"import numpy as np, abc\nA = abc.ABCMeta('A', (), {{'__array_interface__': {_FORGED}}})\nresult = 'MEMREAD' if np.asarray(A()).dtype == 'u1' else ''",
)
attack(
    "interface-type-of-abc",
    f"import numpy as np, abc\nA = type(abc.ABC)('A', (), {{'__array_interface__': {_FORGED}}})\nresult = 'MEMREAD' if np.asarray(A()).dtype == 'u1' else ''",
)
attack(
    "interface-mro-type",
    f"import numpy as np\nclass M(type): pass\nT = M.__mro__[2]\nA = T('A', (), {{'__array_interface__': {_FORGED}}})\nresult = 'MEMREAD' if np.asarray(A()).dtype == 'u1' else ''",
)
attack(
    "interface-mro-method",
    f"import numpy as np\nclass M(type): pass\nfor T in M.mro():\n    try:\n        A = T('A', (), {{'__array_interface__': {_FORGED}}})\n        result = 'MEMREAD' if np.asarray(A()).dtype == 'u1' else ''\n    except Exception: pass",
)
attack(
    "interface-typing-origin",
    f"import numpy as np, typing\nT = typing.get_origin(typing.Type[int])\nA = T('A', (), {{'__array_interface__': {_FORGED}}})\nresult = 'MEMREAD' if np.asarray(A()).dtype == 'u1' else ''",
)
attack(
    "interface-new-class",
    f"import numpy as np, types\nA = types.new_class('A', (), {{}}, lambda ns: ns.update(__array_interface__={_FORGED}))\nresult = 'MEMREAD' if np.asarray(A()).dtype == 'u1' else ''",
)
attack(
    "interface-copy-state",
    f"import numpy as np, copy\nclass A:\n    def __getstate__(self): return {{'__array_interface__': {_FORGED}}}\nresult = 'MEMREAD' if np.asarray(copy.copy(A())).dtype == 'u1' else ''",
)
attack(
    "interface-reduce",
    f"import numpy as np, copy\nclass A:\n    def __reduce_ex__(self, p): return (A, (), {{'__array_interface__': {_FORGED}}})\nresult = 'MEMREAD' if np.asarray(copy.copy(A())).dtype == 'u1' else ''",
)
attack(
    "interface-annotations-dataclass",
    f"import numpy as np, dataclasses\nclass A:\n    __annotations__['__array_interface__'] = dict\nA = dataclasses.dataclass(A)\nresult = 'MEMREAD' if np.asarray(A({_FORGED})).dtype == 'u1' else ''",
)
attack(
    "interface-annotations-later",
    f"import numpy as np, dataclasses\nclass A:\n    x: int = 0\nA.__annotations__['__array_interface__'] = dict\nA = dataclasses.dataclass(A)\nresult = 'MEMREAD' if np.asarray(A({_FORGED})).dtype == 'u1' else ''",
)
attack(
    "interface-fields-inherit",
    f"import numpy as np, dataclasses\n@dataclasses.dataclass\nclass A:\n    x: int\nf = A.__dataclass_fields__['x']\nf.name = '__array_interface__'\nA.__dataclass_fields__['__array_interface__'] = f\n@dataclasses.dataclass\nclass B(A): pass\nresult = 'MEMREAD' if np.asarray(B({_FORGED})).dtype == 'u1' else ''",
)
attack(
    "interface-update-wrapper",
    "import numpy as np, functools\nclass A: pass\nclass B: pass\nb = B()\nb.__dict__['x'] = 1\nfunctools.update_wrapper(A(), b, assigned=('__array_interface__',))\nresult = ''",
)
attack(
    "interface-slots",
    f"import numpy as np\nclass A:\n    __slots__ = ('__array_interface__',)\na = A()\nA.__array_interface__.__set__(a, {_FORGED})\nresult = 'MEMREAD' if np.asarray(a).dtype == 'u1' else ''",
)
attack(
    "interface-dummy-array",
    f"import numpy as np\nresult = 'MEMREAD' if np.asarray(np.lib.stride_tricks.DummyArray({_FORGED})).dtype == 'u1' else ''",
)
attack(
    "ndarray-object-buffer",
    "import numpy as np\na = np.ndarray((1,), dtype=object, buffer=bytes(8))\nresult = 'MEMREAD' + str(a.shape)",
)
attack(
    "ndarray-type-of",
    "import numpy as np\na = type(np.zeros(1))((1,), dtype=object, buffer=bytes(8))\nresult = 'MEMREAD' + str(a.shape)",
)
attack(
    "ndarray-class-attribute",
    "import numpy as np\na = np.zeros(1).__class__((1,), dtype=object, buffer=bytes(8))\nresult = 'MEMREAD' + str(a.shape)",
)
attack(
    "ndarray-new",
    "import numpy as np\na = np.ndarray.__new__(np.ndarray, (1,), dtype=object, buffer=bytes(8))\nresult = 'MEMREAD' + str(a.shape)",
)
attack(
    "ndarray-subclass",
    "import numpy as np\nclass A(np.ndarray): pass\na = A((1,), dtype=object, buffer=bytes(8))\nresult = 'MEMREAD' + str(a.shape)",
)
attack(
    "ndarray-subclass-super",
    "import numpy as np\nclass A(np.ndarray):\n    def __new__(c, *a, **k): return super().__new__(c, *a, **k)\na = A((1,), dtype=object, buffer=bytes(8))\nresult = 'MEMREAD' + str(a.shape)",
)
attack(
    "ndarray-mro",
    "import numpy as np\nclass A(np.ndarray): pass\nfor c in A.__mro__[1:-1]:\n    a = c((1,), dtype=object, buffer=bytes(8))\n    result = 'MEMREAD' + str(a.shape)",
)
attack(
    "recarray-buffer",
    "import numpy as np\na = np.recarray((1,), formats=['O'], buf=bytearray(8))\nresult = 'MEMREAD' + str(a.shape)",
)
attack(
    "rec-fromstring",
    "import numpy as np\na = np.rec.fromstring(bytes(8), dtype=[('a', 'O')])\nresult = 'MEMREAD' + str(a.shape)",
)
attack(
    "rec-array", "import numpy as np\na = np.rec.array(bytes(8), dtype=[('a', 'O')])\nresult = 'MEMREAD' + str(a.shape)"
)
attack(
    "memmap-object",
    "import numpy as np\nopen('m', 'wb').write(bytes(8))\na = np.memmap('m', dtype=object, mode='r')\nresult = 'MEMREAD' + str(a.shape)",
)
attack(
    "as-strided-alias",
    "from numpy.lib.stride_tricks import as_strided\nimport numpy as np\nresult = 'MEMREAD' + str(as_strided(np.zeros(1), (9999,), (8,)).sum())",
)
attack("as-strided-impl", "import numpy.lib._stride_tricks_impl as s\nresult = 'MEMREAD'")
attack(
    "resize-unchecked",
    "import numpy as np\na = np.zeros(1000)\nb = a[:]\na.resize(1, refcheck=False)\nresult = 'MEMREAD' + str(b.sum())",
)
attack(
    "bit-generator-ctypes",
    "import numpy as np\nr = np.random.default_rng().bit_generator.ctypes\nresult = 'MEMREAD' + str(r)",
)
attack("array-ctypes", "import numpy as np\nresult = 'MEMREAD' + str(np.zeros(1).ctypes.data)")
attack(
    "array-setstate",
    "import numpy as np\na = np.zeros(1)\na.__setstate__((1, (1,), np.dtype('O'), False, [1]))\nresult = 'MEMREAD'",
)
attack("scipy-lowlevel", "import scipy\nscipy.LowLevelCallable\nresult = 'ESCAPED'")

# -- writes to what is not one's own ---------------------------------------------------

attack("setattr-module", "import json\nsetattr(json, 'dumps', lambda *a: 'POISON')\nresult = json.dumps(1)")
attack(
    "setattr-class",
    "import decimal\ndecimal.Context.create_decimal = lambda *a: 'POISON'\nresult = decimal.Context().create_decimal(1)",
)
attack(
    "function-code",
    "import json\ndef f(*a, **k): return 'POISON'\njson.dumps.__code__ = f.__code__\nresult = json.dumps(1)",
)
attack("function-defaults", "import json\njson.dumps.__defaults__ = ()\nresult = 'POISON'")
attack(
    "type-setattr",
    "import json\ntype.__setattr__(json.JSONEncoder, 'default', lambda *a: 'POISON')\nresult = json.JSONEncoder().default(1)",
)
attack("own-class-assign", "class A: pass\nimport json\na = A()\na.__class__ = json.JSONEncoder\nresult = 'ESCAPED'")
attack("class-bases", "class A: pass\nclass B: pass\nA.__bases__ = (B,)\nresult = 'ESCAPED'")
attack(
    "wraps-onto-library",
    "import functools, json\ndef f(): pass\nf.x = 'POISON'\nfunctools.wraps(f)(json.dumps)\nresult = getattr(json.dumps, 'x', '')",
)
attack(
    "exception-obj",
    "import json\ntry:\n    json.nothing\nexcept AttributeError as e:\n    result = 'ESCAPED' if e.obj else ''",
)
attack(
    "traceback-walk",
    "import traceback\ntry:\n    1 / 0\nexcept Exception as e:\n    for frame, line in traceback.walk_tb(e.__traceback__):\n        result = 'ESCAPED' if frame.f_globals else ''",
)
attack("traceback-stack", "import traceback\nresult = 'ESCAPED' if list(traceback.walk_stack(None)) else ''")
attack(
    "exit-traceback",
    "class C:\n    def __enter__(self): return self\n    def __exit__(self, t, e, tb):\n        global caught\n        caught = tb\n        return True\nwith C():\n    1 / 0\nresult = 'ESCAPED' if getattr(caught, 'tb_frame') else ''",
)
attack("generator-frame", "g = (x for x in [1])\nresult = 'ESCAPED' if getattr(g, 'gi_frame') else ''")
attack("async-generator-frame", "async def f(): yield 1\nresult = 'ESCAPED' if getattr(f(), 'ag_frame') else ''")
attack(
    "settrace",
    "import threading\nframes = []\nthreading.settrace(lambda f, e, a: frames.append(f))\nt = threading.Thread(target=lambda: 1)\nt.start()\nt.join()\nresult = 'ESCAPED' if frames else ''",
)
attack("gc-objects", "import gc\nresult = 'ESCAPED' if gc.get_objects() else ''")
attack(
    "weakref-module", "import weakref, json\nresult = 'ESCAPED' if weakref.proxy(json).codecs.sys.modules['os'] else ''"
)
attack("closure", "def f():\n    x = 1\n    return lambda: x\nresult = 'ESCAPED' if f().__closure__ else ''")
attack("builtin-self", "result = 'ESCAPED' if print.__self__ else ''")
attack("bound-method-func", "class A:\n    def f(self): pass\nresult = 'ESCAPED' if A().f.__func__ else ''")
attack("guard-function-globals", "result = 'ESCAPED' if getattr(getattr, '__func__').__globals__ else ''")
attack("guard-self", "result = 'ESCAPED' if hasattr.__self__ else ''")
attack("type-call", "result = 'ESCAPED' if type.__call__(type, 'A', (), {'__reduce__': 1}).__reduce__ else ''")
attack("subclasses", "result = 'ESCAPED' if type.__subclasses__(object) else ''")
attack("subclasses-getattr", "result = 'ESCAPED' if getattr(object, '__subclasses__')() else ''")
attack("mangled-guard", "class load:\n    def f(self): return self.__x\nclass _load__x: pass\nresult = ''")
attack("signal-alarm", "import signal\nsignal.raise_signal(9)\nresult = 'ESCAPED'")
attack("os-kill", "import os\nos.kill(os.getpid(), 0)\nresult = 'ESCAPED'")
attack("os-fork", "import os\nresult = 'ESCAPED' if os.fork() else ''")
attack(
    "metaclass-equals-str",
    """
    import pandas as pd
    class Meta(type(pd.Series)):
        def __hash__(cls): return hash(str)
        def __eq__(cls, other): return True
    class Evil(pd.Series, metaclass=Meta): pass
    result = 'GETATTR' + str(Evil([1]).agg('__getattribute__', 0, '__class__'))
    """,
)
attack(
    "metaclass-equals-str-captured",
    """
    import pandas as pd
    class Capture:
        def __set_name__(self, owner, name):
            global Meta
            Meta = owner
    try:
        class M(type):
            x = Capture()
            def __hash__(cls): return hash(str)
            def __eq__(cls, other): return True
    except TypeError:
        pass
    e = Meta('Evil', (pd.Series,), {})([1])
    result = 'GETATTR' + str(e.agg('__getattribute__', 0, '__class__'))
    """,
)
attack(
    "metaclass-equals-str-later",
    """
    import pandas as pd
    class Mixin: pass
    class Meta(Mixin, type): pass
    class Evil(pd.Series, metaclass=Meta): pass
    Mixin.__hash__ = lambda cls: hash(str)
    Mixin.__eq__ = lambda cls, other: True
    e = Evil([1])
    result = 'GETATTR' + str(e.agg('__getattribute__', 0, '__class__'))
    """,
)
