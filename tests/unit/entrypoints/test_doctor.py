"""The doctor names what is broken and what to do, and changes nothing."""

from __future__ import annotations

import socket
from pathlib import Path

from openaisle.bootstrap import open_marketplace
from openaisle.config import Settings
from openaisle.entrypoints.doctor import Diagnosis, Health, diagnoses
from openaisle.kernel.context import Role, system_context
from openaisle.suppliers.policy_file import standard_policy_text


def settings_in(home: Path, **changes: object) -> Settings:
    return Settings(home=str(home), port=0, **changes)  # type: ignore[arg-type]


async def started(settings: Settings) -> None:
    async with open_marketplace(settings=settings) as marketplace:
        context = system_context(name="test", at=marketplace.clock.now(), correlation_id="test")
        await marketplace.rooms.api_keys.issue(role=Role.OPERATOR, subject_id="maria", label="test", context=context)


def one(found: list[Diagnosis], check: str) -> Diagnosis:
    (diagnosis,) = [diagnosis for diagnosis in found if diagnosis.check == check]
    return diagnosis


async def test_a_home_that_never_started_is_no_failure_and_stays_empty(tmp_path: Path) -> None:
    home = tmp_path / "home"
    found = await diagnoses(settings=settings_in(home))
    assert Health.BROKEN not in {diagnosis.health for diagnosis in found}
    assert not home.exists()


async def test_a_sound_home_is_told_sound_but_for_the_worker_that_does_not_run(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "home")
    await started(settings)
    found = await diagnoses(settings=settings)
    unsound = {diagnosis.check for diagnosis in found if diagnosis.health is not Health.SOUND}
    assert unsound == {"worker"}
    assert {"home", "disk", "store", "key file", "clock", "pipes", "dead letters"} <= {one.check for one in found}


async def test_a_key_file_that_is_gone_is_broken_and_no_new_one_is_made(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "home")
    await started(settings)
    settings.key_file.unlink()
    found = await diagnoses(settings=settings)
    assert one(found, "key file").health is Health.BROKEN
    assert not settings.key_file.exists()


async def test_a_key_file_that_others_may_read_is_broken(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "home")
    await started(settings)
    settings.key_file.chmod(0o644)
    assert one(await diagnoses(settings=settings), "key file").mend.startswith("chmod 600")


async def test_a_damaged_store_is_broken(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "home")
    await started(settings)
    content = bytearray(settings.store_file.read_bytes())
    content[100:8_000] = b"\xff" * 7_900
    settings.store_file.write_bytes(bytes(content))
    diagnosis = one(await diagnoses(settings=settings), "store")
    assert diagnosis.health is Health.BROKEN
    assert "backup" in diagnosis.mend


async def test_a_port_that_another_has_taken_is_broken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = Settings(home=str(tmp_path / "home"), port=taken.getsockname()[1])
        diagnosis = one(await diagnoses(settings=settings), "port")
    assert diagnosis.health is Health.BROKEN


async def test_a_home_that_others_may_read_is_warned_of(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "home")
    await started(settings)
    settings.home_directory.chmod(0o755)
    assert one(await diagnoses(settings=settings), "home").health is Health.WARNING


async def test_a_mail_template_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "home")
    await started(settings)
    assert one(await diagnoses(settings=settings), "mail").health is Health.SOUND
    folder = settings.mail_templates_directory / "fr"
    folder.mkdir(parents=True)
    (folder / "people-reset.txt").write_text("Subject: Bonjour\n\nBonjour {nom}")
    diagnosis = one(await diagnoses(settings=settings), "mail")
    assert diagnosis.health is Health.BROKEN
    assert "fr/people-reset.txt" in diagnosis.detail
    assert "{nom} is no placeholder" in diagnosis.detail


async def test_a_policy_that_names_a_check_nobody_installed_is_worth_a_look(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "home")
    await started(settings)
    settings.policy_file.write_text(standard_policy_text().replace("[checks.phone]", "[checks.fone]"), encoding="utf-8")
    diagnosis = one(await diagnoses(settings=settings), "checks")
    assert diagnosis.health is Health.WARNING
    assert "fone" in diagnosis.detail


async def test_a_policy_with_a_mistake_is_broken_and_explained(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "home")
    await started(settings)
    settings.policy_file.write_text("version = 1", encoding="utf-8")
    diagnosis = one(await diagnoses(settings=settings), "opening")
    assert diagnosis.health is Health.BROKEN
    assert "verification-policy.toml" in diagnosis.detail


async def test_a_file_of_product_rules_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "home")
    await started(settings)
    assert one(await diagnoses(settings=settings), "product rules").health is Health.SOUND
    settings.rules_file.write_text("[[rules]]\ncode = 'odd'\n", encoding="utf-8")
    diagnosis = one(await diagnoses(settings=settings), "product rules")
    assert diagnosis.health is Health.BROKEN
    assert "odd: The rule missing required field" in diagnosis.detail
