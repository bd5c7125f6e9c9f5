"""The language layer alone, with no kernel confinement, against attacks of every kind."""

from __future__ import annotations

from pathlib import Path

import pytest
from servicekit.testing.corpus import corpus

from harness.cases import read_cases
from security.policy.harness import Target, WarmWorker, effects

# {PW}: a folder outside the working directory; {ID}: the attack's name; {PORT}: a listener.
ATTACKS = read_cases(Path(__file__).with_name("attacks"))

# Controls of the corpus: harmless programs that have to keep working.
CONTROLS = {
    "collections-userdict-data": "{'a': 1}",
    "re-template-callback": "a",
    "json-default-hook": "{'a': 1}",
    "json-encoder-class": "1",
    "star-unpack-guard": "[0, 1, 2]",
    "percent-format": "1",
}
EFFECTS_OUTSIDE = ("marker", "listener", "root:x:0")

# C code of these opens files without telling Python: the guards stand before it, and the
# kernel behind; the audit hook does not see it.
UNSEEN_BY_THE_HOOK = ("cv2-", "fitz-", "lxml-", "scipy-matrix-", "sqlite-authorizer")


@pytest.mark.parametrize("identity", ATTACKS)
def test_an_attack_of_our_own_has_no_effect(identity: str, worker: WarmWorker, target: Target) -> None:
    found, outcome = effects(worker, target, ATTACKS[identity].code, identity)
    assert (found, outcome.status) == ([], 0), outcome


def test_no_collected_attack_has_an_effect(worker: WarmWorker, target: Target) -> None:
    for attack in corpus("escapes", "escapes.jsonl"):
        found, outcome = effects(worker, target, attack["code"], attack["id"])
        assert (found, outcome.status) == ([], 0), (attack["id"], outcome)


def test_the_harmless_controls_of_the_collection_still_work(worker: WarmWorker, target: Target) -> None:
    seen = {}
    for attack in corpus("escapes", "escapes.jsonl"):
        if attack["id"] in CONTROLS:
            seen[attack["id"]] = effects(worker, target, attack["code"], attack["id"])[1].result
    assert seen == CONTROLS


@pytest.mark.parametrize("identity", [name for name in ATTACKS if not name.startswith(UNSEEN_BY_THE_HOOK)])
def test_the_audit_hook_alone_keeps_plain_python_from_acting_outside(
    identity: str, worker: WarmWorker, target: Target
) -> None:
    found, outcome = effects(worker, target, ATTACKS[identity].code, identity, plain=True)
    assert [effect for effect in found if effect.startswith(EFFECTS_OUTSIDE)] == [], outcome


def test_the_audit_hook_alone_stops_the_collected_attacks(worker: WarmWorker, target: Target) -> None:
    for attack in corpus("escapes", "escapes.jsonl"):
        found, outcome = effects(worker, target, attack["code"], attack["id"], plain=True)
        outside = [effect for effect in found if effect.startswith(EFFECTS_OUTSIDE)]
        assert outside == [], (attack["id"], outcome)


def test_the_harness_sees_an_attack_that_succeeds(worker: WarmWorker, target: Target) -> None:
    """Otherwise no test of this module could fail."""
    assert effects(worker, target, "result = 'ESCAPED'", "told")[0] == ["ESCAPED"]
    (target.folder / "left").touch()
    assert effects(worker, target, "pass", "left")[0] == ["marker left"]
    target.connect()
    assert effects(worker, target, "pass", "reached")[0] == ["listener reached"]
