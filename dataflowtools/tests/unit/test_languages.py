"""The languages that are promised are those whose letters the model knows."""

from __future__ import annotations

from pathlib import Path

import pytest

from errors import Unprocessable
from logics.recognition import choose_languages
from utils.languages import LANGUAGES, LATIN, find_language, is_latin

# The letters beyond a to z of each alphabet.
LETTERS = {
    "ca": "àçèéíïòóúü",
    "cs": "áčďéěíňóřšťúůýž",
    "cy": "âêîôûŵŷ",
    "da": "æøå",
    "de": "äöüß",
    "eo": "ĉĝĥĵŝŭ",
    "es": "áéíñóúü¿",
    "et": "äõöüšž",
    "fi": "äö",
    "fo": "áíóúýæøð",
    "fr": "àâæçéèêëîïôœùûüÿ",
    "hr": "čćđšž",
    "hu": "áéíóöőúüű",
    "is": "áéíóúýþæöð",
    "it": "àèéìòù",
    "ja": "あいうえおかがきぎアイウエオヴー日本語",
    "lt": "ąčęėįšųūž",
    "lv": "āčēģīķļņšūž",
    "mt": "ċġħż",
    "nl": "ëïé",
    "pl": "ąćęłńóśźż",
    "pt": "ãâáàçéêíóôõú",
    "ro": "ăâîșț",
    "sk": "áäčďéíĺľňóôŕšťúýž",
    "sl": "čšž",
    "sq": "çë",
    "sv": "åäö",
    "tr": "çğıöşüİ",
    "zh": "简体繁體臺灣",
}


@pytest.fixture(scope="module")
def known() -> set[str]:
    onnxruntime = pytest.importorskip("onnxruntime")
    rapidocr = pytest.importorskip("rapidocr")
    (model,) = Path(rapidocr.__file__).parent.glob("models/*_rec_*.onnx")
    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    return set(session.get_modelmeta().custom_metadata_map["character"].splitlines())


@pytest.mark.parametrize("language", sorted(LETTERS))
def test_the_model_knows_every_letter_of_the_language(known: set[str], language: str) -> None:
    assert set(LETTERS[language]) - known == set()
    assert language in LANGUAGES


def test_every_latin_language_is_promised() -> None:
    assert set(LATIN) <= set(LANGUAGES)


@pytest.mark.parametrize(
    ("name", "code"),
    [("en", "en"), ("eng", "en"), ("en-GB", "en"), ("chi_sim", "zh-hans"), ("zh-TW", "zh-hant"), ("CH", "zh")],
)
def test_usual_names_are_understood(name: str, code: str) -> None:
    assert find_language(name) == code


@pytest.mark.parametrize("name", ["ru", "ko", "vi", "el", "klingon", "e n"])
def test_what_is_not_read_is_refused_with_the_list(name: str) -> None:
    with pytest.raises(Unprocessable, match="zh-hant") as caught:
        choose_languages(("en", name))
    assert [problem.field for problem in caught.value.details] == ["language"]


def test_auto_asks_for_no_language_in_particular() -> None:
    assert choose_languages(("auto", "")) == ()
    assert not is_latin(())


def test_latin_is_only_what_is_latin_throughout() -> None:
    assert is_latin(("en", "de"))
    assert not is_latin(("en", "zh"))
