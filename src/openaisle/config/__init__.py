"""The settings: every one typed, explained, and checked before anything opens."""

from __future__ import annotations

from openaisle.config.environment import (
    CONFIG_VARIABLE,
    DEFAULT_FILE,
    ENVIRONMENT_PREFIX,
    SettingsInvalid,
    load_settings,
    setting_as_text,
    settings_as_environment,
)
from openaisle.config.settings import LogFormat, LogLevel, MailTransport, Settings, SmtpSecurity

__all__ = [
    "CONFIG_VARIABLE",
    "DEFAULT_FILE",
    "ENVIRONMENT_PREFIX",
    "LogFormat",
    "LogLevel",
    "MailTransport",
    "Settings",
    "SettingsInvalid",
    "SmtpSecurity",
    "load_settings",
    "setting_as_text",
    "settings_as_environment",
]
