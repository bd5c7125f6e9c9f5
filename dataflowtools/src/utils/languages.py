"""Languages that the embedded OCR engine reads: those whose every letter is in its dictionary."""

from __future__ import annotations

# ISO 639-1 codes. One model reads them all, also mixed. Absent for want of letters: Vietnamese, Greek with accents,
# and everything written in Cyrillic, Arabic, Hebrew, Hangul or Indic scripts.
LATIN = (
    "af ca cs cy da de en eo es et eu fi fo fr ga gl hr hu id is it la lb lt lv ms mt nb nl nn no pl pt rm ro sk sl sq "
    "sv sw tl tr"
).split()
LANGUAGES = tuple(sorted([*LATIN, "ja", "zh", "zh-hans", "zh-hant"]))

_ALIASES = {
    "ch": "zh",
    "chi": "zh",
    "zho": "zh",
    "cmn": "zh",
    "chinese": "zh",
    "zh-cn": "zh-hans",
    "zh-sg": "zh-hans",
    "chi-sim": "zh-hans",
    "chi-tra": "zh-hant",
    "chinese-cht": "zh-hant",
    "zh-tw": "zh-hant",
    "zh-hk": "zh-hant",
    "zh-mo": "zh-hant",
    "jpn": "ja",
    "japan": "ja",
    "japanese": "ja",
    "eng": "en",
    "english": "en",
    "deu": "de",
    "ger": "de",
    "german": "de",
    "fra": "fr",
    "fre": "fr",
    "french": "fr",
    "spa": "es",
    "ita": "it",
    "por": "pt",
    "nld": "nl",
    "dut": "nl",
    "pol": "pl",
    "ces": "cs",
    "cze": "cs",
    "tur": "tr",
    "swe": "sv",
    "dan": "da",
    "nor": "no",
    "fin": "fi",
    "hun": "hu",
    "ron": "ro",
    "rum": "ro",
    "lat": "la",
}
_NARROW = frozenset(LATIN)


def find_language(name: str) -> str | None:
    """Return the code of a language, by its code in ISO 639-1, -2 or -3 or a name in use; None if it is not read."""
    plain = name.strip().casefold().replace("_", "-")
    code = _ALIASES.get(plain, plain)
    if code in LANGUAGES:
        return code
    region = code.partition("-")[0]  # en-GB and the like
    return region if region in _NARROW or region == "ja" else None


def is_latin(codes: tuple[str, ...]) -> bool:
    """Whether all of the languages, of which there is one at least, are written in Latin letters."""
    return bool(codes) and all(code in _NARROW for code in codes)
