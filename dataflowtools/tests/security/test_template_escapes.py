"""Templates that try to reach Python, or to run away: refused by the sandbox, held by the worker's limits."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import pytest_asyncio

from errors import OverBudget, TooLarge, Unprocessable
from harness.attacks import png
from harness.conversions import Making, making
from harness.templates import word_template
from logics.convert_file import Wish

pytestmark = pytest.mark.asyncio(loop_scope="module")
MARK = "escaped-into-python"
ESCAPES = [
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ x.__init__.__globals__ }}",
    "{{ self.__init__.__globals__.__builtins__ }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ joiner.__init__.__globals__.os.environ }}",
    "{{ namespace.__init__.__globals__ }}",
    "{{ lipsum.__globals__['os'].popen('id').read() }}",
    "{{ request.application.__globals__ }}",
    "{{ ''|attr('__class__') }}",
    "{{ ''|attr('\\x5f\\x5fclass\\x5f\\x5f') }}",
    "{{ ['__class__']|map(attribute='__class__')|list }}",
    "{{ x|map('attr', '__class__')|list }}",
    "{{ '{0.__class__.__init__.__globals__}'.format(x) }}",
    "{{ '{x.__class__}'.format_map({'x': x}) }}",
    "{{ ('{0.__class__.__mro__}'|string).format }}{{ '{0.__class__.__mro__}'.format(1) }}",
    "{% set f = '{0.__class__.__mro__}'.format %}{{ f(1) }}",
    "{{ config.items() }}",
    "{% include '/etc/passwd' %}",
    "{% import 'os' as os %}{{ os }}",
    "{% extends '/etc/passwd' %}",
    "{{ (x|attr('append')) }}{{ x.append(1) }}",
    "{{ x.pop.__self__ }}",
    "{{ dict.fromkeys.__func__ }}",
    "{{ ().__class__.__bases__[0].__subclasses__()[0]('/etc/passwd').read() }}",
]
# Words that only an escape could bring into a result.
LEAKS = (b"<class", b"uid=", b"root:", b"builtins", b"subprocess", b"OPENBLAS", b"0x7", b"posix", MARK.encode())
BOMBS = [
    "{{ 'a' * 10**12 }}",
    "{{ 9**9**9 }}",
    "{{ [0] * 10**10 }}",
    "{% for a in range(99999) %}{% for b in range(99999) %}{{ a }}{% endfor %}{% endfor %}",
    "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
    "{{ '%1000000000d' % 1 }}",
    "{{ '{:>1000000000000}'.format(1) }}",
    "{{ 'x'|center(10**12) }}",
    "{{ range(100000000)|list }}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{{ ('a,' * 5000000).split(',')|join('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa') }}",
    "{{ " + "(" * 500 + "1" + ")" * 500 + " }}",
    "{% set n = namespace(s='aaaaaaaaaa') %}{% for i in range(60) %}{% set n.s = n.s ~ n.s %}{% endfor %}{{ n.s }}",
    "{{ lipsum(n=100000) }}",
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def made() -> AsyncIterator[Making]:
    with TemporaryDirectory() as folder:
        async with making(Path(folder), template_seconds=1.5) as running:
            yield running


async def filled(made: Making, name: str, template: bytes) -> bytes:
    file = made.files.put(name, template)
    values = {"x": [MARK[::-1]], "config": {}, "request": {}}
    result = await made.generate_file.generate(file.file_id, values, Wish(""), strict=False)
    return made.files.content(result.file.file_id)


@pytest.mark.parametrize("template", ESCAPES)
async def test_no_expression_reaches_python(made: Making, template: str) -> None:
    try:
        result = await filled(made, "t.md", template.encode())
    except Unprocessable as refused:
        result = str(refused).encode()
    assert not any(word in result for word in LEAKS), result


@pytest.mark.parametrize("template", [ESCAPES[0], ESCAPES[6], ESCAPES[12]])
async def test_the_same_holds_in_word_templates(made: Making, template: str) -> None:
    try:
        result = await filled(made, "t.docx", word_template(template))
    except Unprocessable as refused:
        result = str(refused).encode()
    assert not any(word in result for word in LEAKS[:6]), result


@pytest.mark.parametrize("template", BOMBS)
async def test_a_template_that_runs_away_ends_in_an_error_that_says_so(made: Making, template: str) -> None:
    result = b""
    with contextlib.suppress(Unprocessable, OverBudget, TooLarge):
        result = await filled(made, "t.md", template.encode())
    assert len(result) < 64 << 20


async def test_a_placed_image_gives_no_way_to_the_library_behind_it(made: Making) -> None:
    file = made.files.put("t.docx", word_template("{{ i._insert }}{{ i.tpl }}{{ i.__html__ }}"))
    picture = made.files.put("p.png", png((1, 1, 1)))
    values = {"i": {"image_file_id": picture.file_id}}
    with pytest.raises(Unprocessable, match="unsafe"):
        await made.generate_file.generate(file.file_id, values, Wish(""), strict=False)
