"""The document of the conversions says what the code does."""

import document_conversions


def test_the_matrix_is_the_declared_one() -> None:
    text = document_conversions.DOCUMENT.read_text(encoding="utf-8")
    assert document_conversions.documented(text) == text
    assert "| docx |" in text
