"""Settings read from the file, the environment and the command line, and written for processes started from here."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path

import msgspec

from openaisle.config.settings import Settings
from openaisle.kernel.errors import Finding, OpenAisleError

ENVIRONMENT_PREFIX = "OPENAISLE_"
CONFIG_VARIABLE = "OPENAISLE_CONFIG"
DEFAULT_FILE = Path("openaisle.toml")


class SettingsInvalid(OpenAisleError):
    """A setting is unknown, of the wrong type or out of its range; nothing was opened."""

    code = "settings-invalid"
    title = "The settings cannot be used"
    mend = "Correct the settings named in findings; docs/reference/settings.md explains each."


def load_settings(
    *,
    environment: Mapping[str, str] | None = None,
    file: Path | None = None,
    overrides: Mapping[str, object] | None = None,
) -> Settings:
    """Return the settings of the TOML file, over which go those of the environment, then the ``overrides``.

    The file is ``file``, else the one that OPENAISLE_CONFIG names, else openaisle.toml where it exists.
    Raises SettingsInvalid, which names every unknown setting or the first one that does not fit.
    """
    environment = os.environ if environment is None else environment
    values: dict[str, object] = {**_from_file(_chosen_file(environment=environment, file=file))}
    values.update(_from_environment(environment))
    values.update(overrides or {})
    _require_known(values)
    try:
        return msgspec.convert(values, Settings, strict=False)
    except msgspec.ValidationError as error:
        explained, _, place = str(error).partition(" - at `$.")
        name = place.rstrip("`").partition("[")[0]
        given = f", and {values[name]!r} was given" if name in values else ""
        raise SettingsInvalid(
            detail=f"{name}: {explained}{given}.", findings=[Finding(pointer=name, detail=explained)]
        ) from None


def settings_as_environment(*, settings: Settings) -> dict[str, str]:
    """Return the variables that make ``load_settings`` give these settings again, for processes started from here."""
    # All of them, also the usual ones: another value may stand in the file that the other process finds.
    given = msgspec.structs.asdict(settings)
    return {ENVIRONMENT_PREFIX + name.upper(): setting_as_text(value=value) for name, value in given.items()}


def setting_as_text(*, value: object) -> str:
    """Return a value as the environment would hold it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ",".join(value)
    return str(value)


def _chosen_file(*, environment: Mapping[str, str], file: Path | None) -> Path | None:
    if file is not None:
        return file
    if environment.get(CONFIG_VARIABLE):
        return Path(environment[CONFIG_VARIABLE])
    return DEFAULT_FILE if DEFAULT_FILE.is_file() else None


def _from_file(file: Path | None) -> dict[str, object]:
    if file is None:
        return {}
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsInvalid(detail=f"There is no settings file {file}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise SettingsInvalid(detail=f"The settings file {file} cannot be read: {error}.") from None


def _from_environment(environment: Mapping[str, str]) -> dict[str, object]:
    values: dict[str, object] = {}
    lists = {field.name for field in msgspec.structs.fields(Settings) if isinstance(field.default, tuple)}
    for variable, text in environment.items():
        if not variable.startswith(ENVIRONMENT_PREFIX) or variable == CONFIG_VARIABLE:
            continue
        name = variable.removeprefix(ENVIRONMENT_PREFIX).lower()
        if name in lists:
            values[name] = [part.strip() for part in text.split(",") if part.strip()]
        else:
            values[name] = text
    return values


def _require_known(values: Mapping[str, object]) -> None:
    known = {field.name for field in msgspec.structs.fields(Settings)}
    unknown = sorted(set(values) - known)
    if unknown:
        raise SettingsInvalid(
            detail=f"There is no setting {', '.join(unknown)}.",
            findings=[
                Finding(pointer=name, detail="There is no such setting.", code="unknown-field") for name in unknown
            ],
        )
