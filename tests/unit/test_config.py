"""Settings come from a file, the environment and options, and a wrong one is named before anything opens."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openaisle.config import LogFormat, Settings, SettingsInvalid, load_settings, settings_as_environment
from openaisle.entrypoints.reference_settings import setting_facts


def test_without_file_and_environment_the_defaults_hold() -> None:
    settings = load_settings(environment={})
    assert settings == Settings()
    assert (settings.host, settings.port) == ("127.0.0.1", 8080)
    assert settings.home_directory == Path.cwd() / "openaisle-data"


def test_the_environment_goes_over_the_file_and_options_over_both(tmp_path: Path) -> None:
    file = tmp_path / "openaisle.toml"
    file.write_text('port = 1000\nhost = "0.0.0.0"\nprocesses = 2\nallowed_private_hosts = ["10.0.0.1"]\n')
    settings = load_settings(
        environment={"OPENAISLE_PORT": "2000", "OPENAISLE_PROCESSES": "3"}, file=file, overrides={"processes": 4}
    )
    assert (settings.host, settings.port, settings.processes) == ("0.0.0.0", 2000, 4)
    assert settings.allowed_private_hosts == ("10.0.0.1",)


def test_the_environment_may_name_the_file(tmp_path: Path) -> None:
    file = tmp_path / "other.toml"
    file.write_text("port = 1234\n")
    assert load_settings(environment={"OPENAISLE_CONFIG": str(file)}).port == 1234


def test_lists_and_switches_are_read_from_the_environment() -> None:
    environment = {
        "OPENAISLE_ALLOWED_PRIVATE_HOSTS": "127.0.0.1:9000, suppliers.internal,",
        "OPENAISLE_OUTBOUND_PLAIN_HTTP_ALLOWED": "true",
        "OPENAISLE_LOG_FORMAT": "text",
    }
    settings = load_settings(environment=environment)
    assert settings.allowed_private_hosts == ("127.0.0.1:9000", "suppliers.internal")
    assert settings.outbound_plain_http_allowed
    assert settings.log_format is LogFormat.TEXT


@pytest.mark.parametrize(
    ("environment", "name"),
    [
        ({"OPENAISLE_PORT": "many"}, "port"),
        ({"OPENAISLE_PORT": "70000"}, "port"),
        ({"OPENAISLE_PROCESSES": "0"}, "processes"),
        ({"OPENAISLE_LOG_LEVEL": "loud"}, "log_level"),
        ({"OPENAISLE_DURABLE": "perhaps"}, "durable"),
        ({"OPENAISLE_HOME": ""}, "home"),
        ({"OPENAISLE_COLOUR": "green"}, "colour"),
    ],
)
def test_a_setting_that_does_not_fit_is_named(environment: dict[str, str], name: str) -> None:
    with pytest.raises(SettingsInvalid) as refused:
        load_settings(environment=environment)
    assert [finding.pointer for finding in refused.value.findings] == [name]
    assert name in refused.value.detail


def test_all_unknown_settings_of_a_file_are_named_at_once(tmp_path: Path) -> None:
    file = tmp_path / "openaisle.toml"
    file.write_text("prot = 1\nhots = 2\n")
    with pytest.raises(SettingsInvalid) as refused:
        load_settings(environment={}, file=file)
    assert [finding.pointer for finding in refused.value.findings] == ["hots", "prot"]


@pytest.mark.parametrize("content", [b"port = ", b"\xff\xfe", b"[port]\na = 1"])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "openaisle.toml"
    file.write_bytes(content)
    with pytest.raises(SettingsInvalid):
        load_settings(environment={}, file=file)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match=r"nowhere\.toml"):
        load_settings(environment={}, file=tmp_path / "nowhere.toml")


@given(
    port=st.integers(0, 65535),
    durable=st.booleans(),
    hosts=st.lists(st.from_regex(r"[a-z0-9.:-]{1,20}", fullmatch=True), max_size=4),
    log_format=st.sampled_from(LogFormat),
)
def test_a_child_process_finds_the_same_settings(
    port: int, durable: bool, hosts: list[str], log_format: LogFormat
) -> None:
    settings = Settings(
        port=port, durable=durable, allowed_private_hosts=tuple(hosts), log_format=log_format, home=os.sep + "data"
    )
    assert load_settings(environment=settings_as_environment(settings=settings)) == settings


def test_every_setting_explains_itself() -> None:
    for facts in setting_facts():
        assert facts.explanation.endswith("."), facts.name
        assert facts.kind, facts.name
