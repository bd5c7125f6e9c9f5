"""When an installation counts as up to date."""

from pathlib import Path

from provision.fingerprint import digest, requirement_files


def test_included_files_and_local_projects_are_part_of_a_requirements_file(tmp_path: Path) -> None:
    (tmp_path / "service").mkdir()
    file = tmp_path / "service" / "requirements.txt"
    file.write_text("-r common.txt  # shared\n# -r not-this.txt\nrequests>=2\n-e ../library\n")
    common = tmp_path / "service" / "common.txt"
    common.write_text("tornado\n")

    found = [path.resolve() for path in requirement_files(file)]

    assert found == [file, common, tmp_path / "library" / "pyproject.toml"]


def test_digest_changes_with_content_and_with_facts(tmp_path: Path) -> None:
    file = tmp_path / "requirements.txt"
    file.write_text("a\n")
    before = digest([file], "3.11")
    file.write_text("b\n")

    assert digest([file], "3.11") != before
    assert digest([file], "3.12") != digest([file], "3.11")


def test_digest_keeps_neighbouring_facts_apart() -> None:
    assert digest([], "ab", "c") != digest([], "a", "bc")
