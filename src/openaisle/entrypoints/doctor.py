"""The doctor's checks: each looks at one thing and says what it saw, how bad that is, and what to do."""

from __future__ import annotations

import asyncio
import http.client
import shutil
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

import msgspec

from openaisle.bootstrap import Marketplace, StoreFacts, examined_store, open_marketplace
from openaisle.bootstrap.product_rules import installed_product_rules
from openaisle.catalog.expressions.rule_file import ProductRulesInvalid
from openaisle.config import Settings
from openaisle.entrypoints.listening import listening_socket
from openaisle.kernel.errors import OpenAisleError
from openaisle.mail.model import MailState
from openaisle.mail.template import MailTemplateInvalid
from openaisle.suppliers.policy_file import unknown_checks

_DISK_BYTES_LOW = 1_000_000_000
_DISK_BYTES_NEEDED = 100_000_000
_LOG_BYTES_LARGE = 500_000_000
_CLOCK_AHEAD_MAXIMUM = timedelta(seconds=5)
_BEHIND_SECONDS_MAXIMUM = 60.0
_ANSWER_SECONDS = 2.0


class Health(StrEnum):
    """How bad a finding is: ``warning`` needs a look, ``broken`` needs a hand."""

    SOUND = "sound"
    WARNING = "warning"
    BROKEN = "broken"


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one check saw; ``mend`` says what to do where it is not sound."""

    check: str
    health: Health
    detail: str
    mend: str = ""


async def diagnoses(*, settings: Settings) -> list[Diagnosis]:
    """Return what every check saw, in the order in which things depend on each other."""
    found = [_home(settings), _disk(settings), _port(settings)]
    if not settings.store_file.exists():
        detail = f"There is no store in {settings.home_directory} yet."
        return [*found, _warning("store", detail, "Start the marketplace once: openaisle serve.")]
    found.append(_key_file(settings))
    store = await asyncio.to_thread(examined_store, path=settings.store_file)
    found += [_store(store), _clock(store, now=datetime.now(UTC)), _leases(store, now=datetime.now(UTC))]
    if store.findings or any(one.check == "key file" and one.health is Health.BROKEN for one in found):
        return found
    try:
        async with open_marketplace(settings=settings) as marketplace:
            found += await _inside(marketplace)
    except OpenAisleError as error:
        found.append(_broken("opening", f"{error.title}: {error.detail}", error.mend))
    return found


async def _inside(marketplace: Marketplace) -> list[Diagnosis]:
    return [
        await _field_encryption(marketplace),
        await _pipes(marketplace),
        await _set_aside(marketplace),
        await _dead_letters(marketplace),
        await _suppliers(marketplace),
        await _mails(marketplace),
        _checks(marketplace),
        await _product_rules(marketplace),
    ]


def _home(settings: Settings) -> Diagnosis:
    home = settings.home_directory
    if not home.exists():
        return _warning("home", f"{home} does not exist yet.", "It is made by the first start.")
    mode = stat.S_IMODE(home.stat().st_mode)
    if mode & 0o077:
        return _warning("home", f"{home} may be read by others ({mode:o}).", f"chmod 700 {home}")
    return _sound("home", f"{home}, for its owner alone.")


def _disk(settings: Settings) -> Diagnosis:
    place = _existing_parent(settings.home_directory)
    free = shutil.disk_usage(place).free
    told = f"{free / 1e9:.1f} GB are free on the disk of {place}."
    if free < _DISK_BYTES_NEEDED:
        return _broken("disk", told, "Free some space at once: writes will be refused.")
    if free < _DISK_BYTES_LOW:
        return _warning("disk", told, "Free some space.")
    return _sound("disk", told)


def _existing_parent(path: Path) -> Path:
    return path if path.exists() else _existing_parent(path.parent)


def _port(settings: Settings) -> Diagnosis:
    told = f"{settings.host}:{settings.port}"
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 - compared, not bound
    try:
        listening_socket(host=settings.host, port=settings.port).close()
    except OSError as error:
        if _answers_ready(host=host, port=settings.port):
            return _sound("port", f"OpenAisle answers on {told} and is ready.")
        mend = "End what listens there, wait until it is ready, or choose another port."
        return _broken("port", f"{told} cannot be used ({error.strerror}), and no OpenAisle is ready there.", mend)
    return _sound("port", f"{told} is free.")


def _answers_ready(*, host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=_ANSWER_SECONDS)
    try:
        connection.request("GET", "/health/ready")
        return b'"ready"' in connection.getresponse().read(1_000)
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _key_file(settings: Settings) -> Diagnosis:
    path = settings.key_file
    if not path.exists():
        mend = "Restore it from the backup before anything starts: a new key cannot read what the old one protected."
        return _broken("key file", f"{path} is gone, while the store is there.", mend)
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        return _broken("key file", f"{path} may be read by others ({mode:o}).", f"chmod 600 {path}")
    return _sound("key file", f"{path}, for its owner alone. Keep a copy elsewhere.")


def _store(store: StoreFacts) -> Diagnosis:
    if store.findings:
        mend = "Stop the marketplace and restore the newest backup."
        return _broken("store", "; ".join(store.findings), mend)
    told = f"{store.item_count:,} items in {store.file_bytes / 1e6:,.0f} MB, sound."
    if store.log_bytes > _LOG_BYTES_LARGE:
        grown = f"{told} The write-ahead log has {store.log_bytes / 1e6:,.0f} MB."
        return _warning("store", grown, "Some process reads for a very long time; restart the marketplace.")
    return _sound("store", told)


def _clock(store: StoreFacts, *, now: datetime) -> Diagnosis:
    newest = store.newest_change_at
    if newest is not None and newest - now > _CLOCK_AHEAD_MAXIMUM:
        detail = f"The newest change is of {newest:%Y-%m-%d %H:%M:%S} UTC, later than the present {now:%H:%M:%S}."
        return _broken("clock", detail, "Set the machine's clock right; deadlines and signatures depend on it.")
    return _sound("clock", f"{now:%Y-%m-%d %H:%M:%S} UTC, not behind the newest change.")


def _leases(store: StoreFacts, *, now: datetime) -> Diagnosis:
    held = [lease for lease in store.leases if lease.holder is not None and lease.lease_until > now]
    if not held:
        return _warning("worker", "No worker runs.", "openaisle serve runs one; so does openaisle worker.")
    idle = [lease.consumer for lease in store.leases if lease not in held]
    holders = {lease.holder for lease in held}
    told = f"{len(held)} consumers are run by {len(holders)} process{'es' if len(holders) > 1 else ''}."
    if idle:
        return _warning("worker", f"{told} Nobody runs {', '.join(idle)}.", "Look into the worker's log.")
    return _sound("worker", told)


async def _field_encryption(marketplace: Marketplace) -> Diagnosis:
    cipher = marketplace.engines.cipher
    sealed = cipher.encrypt(plaintext=b"doctor", place="doctor")
    if cipher.decrypt(ciphertext=sealed, place="doctor") != b"doctor":
        return _broken("field encryption", "What was encrypted does not come back.", "Restore the key file.")
    return _sound("field encryption", "Fields can be encrypted and read.")


async def _pipes(marketplace: Marketplace) -> Diagnosis:
    now = marketplace.clock.now()
    late = []
    for status in await marketplace.pipe_runner.status():
        if not status.behind:
            continue
        waiting = await marketplace.engines.stream.read(after=status.position, limit=1)
        if waiting and (now - waiting[0].at).total_seconds() > _BEHIND_SECONDS_MAXIMUM:
            late.append(f"{status.pipe} since {waiting[0].at:%Y-%m-%d %H:%M:%S}")
    if late:
        mend = "See whether a worker runs, and what its log says of the pipe."
        return _warning("pipes", f"Behind: {', '.join(late)}.", mend)
    return _sound("pipes", "No pipe is behind.")


async def _set_aside(marketplace: Marketplace) -> Diagnosis:
    counts = {one.pipe: one.set_aside_count for one in await marketplace.pipe_runner.status() if one.set_aside_count}
    if counts:
        told = ", ".join(f"{count} of {pipe}" for pipe, count in counts.items())
        return _warning("set aside", f"Changes were set aside: {told}.", "Read their reasons, mend, send them again.")
    return _sound("set aside", "No change was set aside.")


async def _dead_letters(marketplace: Marketplace) -> Diagnosis:
    letters = await marketplace.engines.manual_verification.dead_letters(limit=100)
    if letters:
        told = f"{len(letters)} requests for reviews could not be filed; the first: {letters[0].reason[:200]}"
        return _warning("dead letters", told, "Mend the cause and send them again.")
    return _sound("dead letters", "Every request for a review was filed.")


async def _suppliers(marketplace: Marketplace) -> Diagnosis:
    troubled = await marketplace.rooms.order_queries.troubled_suppliers(limit=100)
    if troubled:
        names = ", ".join(list(troubled)[:10])
        mend = "Their purchase orders wait and are sent by themselves; call the supplier if it lasts."
        return _warning("suppliers' systems", f"{len(troubled)} do not answer: {names}.", mend)
    return _sound("suppliers' systems", "None is known to be down.")


async def _mails(marketplace: Marketplace) -> Diagnosis:
    room = marketplace.rooms.mail
    try:
        languages = room.mail.templates.languages
    except MailTemplateInvalid as error:
        return _broken("mail", f"{error.title}: {error.detail}", error.mend)
    failed = (await room.queries.listed(state=MailState.FAILED, after=None, limit=100)).mails
    if failed:
        told = f"{len(failed)} mails were given up; the last: {failed[0].last_failure}"
        return _warning("mail", told, "Mend the cause and send them again from the console.")
    return _sound("mail", f"Templates in {', '.join(languages)}; no mail was given up.")


def _checks(marketplace: Marketplace) -> Diagnosis:
    installed, policy = marketplace.installed_checks, marketplace.policy
    told = f"{len(installed.checks)} checks under the policy {policy.version} ({policy.digest})."
    broken = [f"{one.entry_point} of {one.package}: {one.problem}" for one in installed.plug_ins if one.problem]
    if broken:
        mend = "Mend or remove the plug-in; every other check runs."
        return _warning("checks", f"{told} Plug-ins are left out: {'; '.join(broken)}", mend)
    if unknown := unknown_checks(policy=policy, known=installed.names):
        mend = "Correct the name in the policy, or install the plug-in."
        return _warning("checks", f"{told} The policy names checks that are not installed: {', '.join(unknown)}.", mend)
    own = [one.entry_point for one in installed.plug_ins]
    return _sound("checks", f"{told} Plug-ins: {', '.join(own) or 'none'}.")


async def _product_rules(marketplace: Marketplace) -> Diagnosis:
    engines = marketplace.engines
    try:
        installed = await asyncio.to_thread(
            installed_product_rules, settings=engines.settings, workbenches=engines.workbenches
        )
    except ProductRulesInvalid as error:
        return _broken("product rules", error.detail, error.mend)
    told = f"{len(installed.written)} of the file, {len(installed.of_plug_ins)} of plug-ins."
    broken = [f"{one.entry_point} of {one.package}: {one.problem}" for one in installed.plug_ins if one.problem]
    if broken:
        mend = "Mend or remove the plug-in; every other rule holds."
        return _warning("product rules", f"{told} Plug-ins are left out: {'; '.join(broken)}", mend)
    return _sound("product rules", told)


def _made(health: Health) -> Callable[[str, str, str], Diagnosis]:
    def make(check: str, detail: str, mend: str) -> Diagnosis:
        return Diagnosis(check=check, health=health, detail=detail, mend=mend)

    return make


_warning = _made(Health.WARNING)
_broken = _made(Health.BROKEN)


def _sound(check: str, detail: str) -> Diagnosis:
    return Diagnosis(check=check, health=Health.SOUND, detail=detail)
