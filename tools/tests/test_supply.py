"""The list of licences and the bill of materials are those of what is shipped."""

import json
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from provision.layout import SERVICES, Layout
from supply import bill, licences
from supply.packages import Package, read_lock, shipped

LAYOUT = Layout.of_checkout()
LOCK = """\
colorama==0.4.6 ; sys_platform == 'win32' \\
    --hash=sha256:{0}
Some_Package==1.0 \\
    --hash=sha256:{1} \\
    --hash=sha256:{0}
    # via that
numpy==1.26.4 ; python_full_version < '3.12' \\
    --hash=sha256:{1}
""".format("0" * 64, "1" * 64)


def test_a_lock_gives_what_the_image_gets(tmp_path: Path) -> None:
    lock = tmp_path / "a.lock"
    lock.write_text(LOCK)
    assert list(read_lock(lock)) == [
        Package("some-package", "1.0", ("0" * 64, "1" * 64)),
        Package("numpy", "1.26.4", ("1" * 64,)),
    ]


def test_every_shipped_package_is_listed_and_no_other() -> None:
    """When this fails: make licences."""
    assert set(licences.listed()) == set(shipped(LAYOUT))


def test_every_listed_package_has_a_licence() -> None:
    assert [name for name, licence in licences.listed().items() if licence in ("", "not stated")] == []


def test_packages_with_strong_conditions_are_explained() -> None:
    text = licences.DOCUMENT.read_text(encoding="utf-8").partition("## Python packages")[0].lower()
    for name, licence in licences.listed().items():
        if "GPL" in licence.replace("LGPL", "") or "AFFERO" in licence.upper():
            assert f"**{name}**" in text


@pytest.mark.parametrize("service", SERVICES)
def test_the_bill_of_materials_is_valid_and_complete(service: str, tmp_path: Path) -> None:
    written = {file.name: file.read_text() for file in bill.write_all(LAYOUT, tmp_path, "1.0")}
    text = written[f"{service}.cdx.json"]
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    names = {component["name"] for component in json.loads(text)["components"]}
    assert names == {name for name, images in shipped(LAYOUT).items() if service in images}
