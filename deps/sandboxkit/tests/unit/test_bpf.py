"""Programs built from cases decide as the cases say, whatever their number and gaps."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hostile import bpf_machine
from hostile.bpf_machine import Call, InvalidProgram
from sandboxkit import bpf
from sandboxkit.bpf import Case, Test

_DEFAULT, _ALLOW, _OTHER, _FOREIGN = 1, 2, 3, 9
_ARCHITECTURE = 0xC000003E


def _program(cases: list[Case], x32_bit: int | None = None) -> list[tuple[int, int, int, int]]:
    instructions = bpf.prologue(_ARCHITECTURE, x32_bit, _FOREIGN)
    instructions += bpf.dispatch(sorted(cases, key=lambda case: case.first), _DEFAULT)
    return bpf_machine.decode(bpf.encode(instructions))


def _verdict(program: list[tuple[int, int, int, int]], number: int, *arguments: int) -> int:
    return bpf_machine.run(program, Call(number, arguments, _ARCHITECTURE))[0]


@given(st.sets(st.integers(0, 500)), st.sets(st.integers(0, 500)))
def test_each_number_gets_its_verdict_and_every_other_the_default(allowed: set[int], ignored: set[int]) -> None:
    ignored -= allowed
    program = _program([*bpf.cases(allowed, _ALLOW), *bpf.cases(ignored, _OTHER)])
    for number in range(502):
        expected = _ALLOW if number in allowed else _OTHER if number in ignored else _DEFAULT
        assert _verdict(program, number) == expected


def test_adjacent_numbers_become_one_case() -> None:
    assert [(case.first, case.last) for case in bpf.cases([5, 1, 2, 3, 9, 5], _ALLOW)] == [(1, 3), (5, 5), (9, 9)]


def test_no_case_at_all_leaves_the_default() -> None:
    assert _verdict(_program([]), 7) == _DEFAULT


def test_a_program_longer_than_a_conditional_jump_reaches_all_of_its_cases() -> None:
    tests = [[Test(0, value)] for value in range(60)]
    program = _program([bpf.conditional(number, tests, _ALLOW, _OTHER) for number in range(0, 40, 2)])
    assert len(program) > 2 * 255
    for number in range(41):
        expected = _DEFAULT if number % 2 or number == 40 else _ALLOW
        assert _verdict(program, number, 59) == expected
        assert _verdict(program, number, 60) == (_OTHER if expected == _ALLOW else _DEFAULT)


def test_dispatch_takes_a_number_of_steps_logarithmic_in_the_cases() -> None:
    program = _program(bpf.cases(range(0, 512, 2), _ALLOW))
    steps = max(bpf_machine.run(program, Call(number, (), _ARCHITECTURE))[1] for number in range(512))
    assert steps < 20


@given(st.integers(0, (1 << 64) - 1), st.integers(0, (1 << 32) - 1), st.integers(0, (1 << 32) - 1), st.integers(0, 5))
def test_a_narrow_test_sees_the_low_half_under_its_mask(argument: int, value: int, mask: int, index: int) -> None:
    arguments = [0] * 6
    arguments[index] = argument
    program = _program([bpf.conditional(1, [[Test(index, value, mask)]], _ALLOW, _OTHER)])
    expected = _ALLOW if argument & 0xFFFFFFFF & mask == value else _OTHER
    assert _verdict(program, 1, *arguments) == expected


@given(st.integers(0, (1 << 64) - 1), st.sampled_from([0, 1, 1 << 32, 1 << 63, (1 << 64) - 1]))
def test_a_wide_test_sees_both_halves(argument: int, value: int) -> None:
    program = _program([bpf.conditional(1, [[Test(4, value, (1 << 64) - 1, wide=True)]], _ALLOW, _OTHER)])
    assert _verdict(program, 1, 0, 0, 0, 0, argument) == (_ALLOW if argument == value else _OTHER)
    assert _verdict(program, 1, 0, 0, 0, 0, value) == _ALLOW


def test_all_tests_of_an_alternative_must_hold_and_any_alternative_suffices() -> None:
    program = _program([bpf.conditional(1, [[Test(0, 1), Test(1, 2)], [Test(0, 5)]], _ALLOW, _OTHER)])
    assert _verdict(program, 1, 1, 2) == _ALLOW
    assert _verdict(program, 1, 5, 0) == _ALLOW
    assert _verdict(program, 1, 1, 3) == _OTHER
    assert _verdict(program, 1, 0, 2) == _OTHER


def test_an_alternative_without_tests_always_holds() -> None:
    assert _verdict(_program([bpf.conditional(1, [()], _ALLOW, _OTHER)]), 1) == _ALLOW


@given(st.integers(0, 0xFFFFFFFF).filter(lambda word: word != _ARCHITECTURE), st.integers(0, 500))
def test_another_architecture_is_refused_whatever_the_call(word: int, number: int) -> None:
    program = _program(bpf.cases(range(501), _ALLOW))
    assert bpf_machine.run(program, Call(number, (), word))[0] == _FOREIGN


def test_the_x32_range_is_refused_where_there_is_one() -> None:
    cases = bpf.cases([1, 0x40000001], _ALLOW)
    assert _verdict(_program(cases, 0x40000000), 0x40000001) == _FOREIGN
    assert _verdict(_program(cases, 0x40000000), 0xFFFFFFFF) == _FOREIGN
    assert _verdict(_program(cases, 0x40000000), 1) == _ALLOW
    assert _verdict(_program(cases), 0x40000001) == _ALLOW


@pytest.mark.parametrize(
    "program",
    [b"", bpf.encode([bpf.Instruction(0x15, 0, 9, 0), bpf.return_(0)]), bpf.encode([bpf.Instruction(0x20, 0)])],
)
def test_the_interpreter_of_these_tests_refuses_what_the_kernel_refuses(program: bytes) -> None:
    with pytest.raises(InvalidProgram):
        bpf_machine.decode(program)
