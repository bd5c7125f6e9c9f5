"""Symbologies by name, and the trade item numbers in codes. Numbers are from public standards and real products."""

from __future__ import annotations

import pytest

from errors import InvalidInput
from logics.codes import choose_symbologies
from utils.symbologies import RETAIL, SYMBOLOGIES, find_symbologies
from utils.trade_numbers import check_digit, expand_upc_e, gtin_of


@pytest.mark.parametrize(
    ("symbology", "text", "gtin"),
    [
        ("EAN-13", "4006381333931", "04006381333931"),
        ("EAN-8", "12345670", "00000012345670"),
        ("UPC-A", "036000291452", "00036000291452"),
        ("UPC-E", "04965802", "00049000006582"),
        ("EAN-13", "4006381333931 52495", "04006381333931"),  # with an add-on
        ("ITF", "15400141288763", "15400141288763"),
        ("DataBarExpanded", "(01)12345678901231(10)UNIVERSITY-OF-DEUSTO", "12345678901231"),
        ("DataBarLimited", "0100068510889102", "00068510889102"),
        ("Code128", "(01)04006381333931(17)261231", "04006381333931"),
        ("EAN-13", "4006381333932", None),  # the check digit is wrong
        ("Code128", "4006381333931", None),  # digits by chance
        ("QRCode", "https://example.org/01/04006381333931", None),
    ],
)
def test_a_trade_item_number_has_one_form_whatever_it_is_printed_as(
    symbology: str, text: str, gtin: str | None
) -> None:
    assert gtin_of(symbology, text) == gtin


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("01234505", "012000003455"),
        ("01234531", "012300000451"),
        ("01234543", "012340000053"),
        ("01234558", "012345000058"),
        ("21234505", None),
        ("1234", None),
    ],
)
def test_upc_e_is_expanded_by_its_last_digit(short: str, long: str | None) -> None:
    assert expand_upc_e(short) == long


def test_check_digits_weigh_every_second_digit_threefold() -> None:
    assert check_digit("629104150021") == "3"


@pytest.mark.parametrize("spelling", ["EAN-13", "ean13", "EAN 13", "ean_13"])
def test_a_symbology_is_found_however_it_is_spelt(spelling: str) -> None:
    assert find_symbologies(spelling) == ("EAN-13",)


def test_a_family_stands_for_its_members_and_nothing_for_all() -> None:
    assert choose_symbologies(["retail"]) == RETAIL
    assert choose_symbologies([]) == SYMBOLOGIES


def test_an_unknown_symbology_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(InvalidInput, match="MaxiCode") as caught:
        choose_symbologies(["ean13", "hieroglyph"])
    assert [problem.field for problem in caught.value.details] == ["formats.1"]
