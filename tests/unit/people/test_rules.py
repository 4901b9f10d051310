"""Rules that hold for every input: codes, pauses, and the table of permissions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from openaisle.kernel.context import Principal, Role
from openaisle.kernel.permissions import (
    STAFF_PERMISSIONS,
    SUPPLIER_PERMISSIONS,
    Permission,
    PermissionMissing,
    UserRole,
    permission_of,
)
from openaisle.people import one_time_codes
from openaisle.people.lock_out import (
    LONGEST_PAUSE_SECONDS,
    Attempts,
    AttemptsTooMany,
    after_failure,
    after_success,
    counted_address,
    pause_seconds,
    require_patience,
)
from tests.factories.contexts import NOON

# RFC 6238, appendix B, for SHA-1: seconds since 1970, and the code of eight digits.
RFC_6238 = [
    (59, "94287082"),
    (1_111_111_109, "07081804"),
    (1_111_111_111, "14050471"),
    (1_234_567_890, "89005924"),
    (2_000_000_000, "69279037"),
    (20_000_000_000, "65353130"),
]
SECRET = b"12345678901234567890"


@pytest.mark.parametrize(("seconds", "code"), RFC_6238)
def test_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    step = one_time_codes.step_at(at=datetime.fromtimestamp(seconds, tz=UTC))
    assert one_time_codes.code_of_step(secret=SECRET, step=step, digits=8) == code


@given(secret=some.binary(min_size=20, max_size=20), drift=some.integers(-5, 5), used=some.integers(-5, 5))
def test_a_code_counts_within_a_step_of_now_and_never_at_or_before_one_that_was_used(
    secret: bytes, drift: int, used: int
) -> None:
    now = one_time_codes.step_at(at=NOON)
    code = one_time_codes.code_of_step(secret=secret, step=now + drift)
    found = one_time_codes.step_of_code(secret=secret, code=code, at=NOON, last_used_step=now + used)
    if found is None:
        assert abs(drift) > 1 or drift <= used
    else:
        assert abs(found - now) <= 1
        assert found > now + used


def test_what_an_authenticator_app_reads_names_issuer_and_person() -> None:
    uri = one_time_codes.key_uri(secret=SECRET, email="a&b@x.example", issuer="Open Aisle")
    assert uri == (
        "otpauth://totp/Open%20Aisle%3Aa%26b%40x.example?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
        "&issuer=Open%20Aisle&algorithm=SHA1&digits=6&period=30"
    )


@given(failures=some.integers(0, 10_000), free=some.integers(1, 50))
def test_pauses_only_grow_and_end_at_a_quarter_of_an_hour(failures: int, free: int) -> None:
    pause = pause_seconds(failures=failures, free=free)
    assert 0 <= pause <= LONGEST_PAUSE_SECONDS
    assert pause <= pause_seconds(failures=failures + 1, free=free)
    assert (pause == 0) == (failures < free)


def has_to_wait(*, attempts: Attempts | None, at: datetime) -> bool:
    try:
        require_patience(attempts=attempts, free=5, at=at)
    except AttemptsTooMany as refused:
        return 0 < (refused.retry_after_seconds or 0) <= LONGEST_PAUSE_SECONDS
    return False


@given(waits=some.lists(some.integers(0, 2_000), max_size=40))
def test_whoever_guesses_gets_few_tries_however_they_time_them(waits: list[int]) -> None:
    attempts, at, tried = None, NOON, 0
    for wait in waits:
        at += timedelta(seconds=wait)
        if has_to_wait(attempts=attempts, at=at):
            continue
        attempts = after_failure(attempts=attempts, place="account#x", at=at)
        tried += 1
    passed = sum(waits)
    # Five free ones, ten while the pause doubles up to a quarter of an hour, then four an hour.
    assert tried <= 5 + 11 + passed / LONGEST_PAUSE_SECONDS


@given(failures=some.integers(1, 100))
def test_success_clears_an_account_and_takes_one_from_an_address(failures: int) -> None:
    attempts = Attempts(place="x", failures=failures, last_failed_at=NOON)
    assert after_success(attempts=attempts, is_account=True) is None
    left = after_success(attempts=attempts, is_account=False)
    assert (left.failures if left is not None else 0) == failures - 1


@given(address=some.ip_addresses(v=6), suffix=some.integers(0, 2**64 - 1))
def test_a_household_of_ipv6_is_one_address(address: object, suffix: int) -> None:
    import ipaddress

    network = int(ipaddress.IPv6Address(str(address))) >> 64 << 64
    one = ipaddress.IPv6Address(network | suffix)
    other = ipaddress.IPv6Address(network | (suffix ^ 1))
    if one.ipv4_mapped is None:
        assert counted_address(host=str(one)) == counted_address(host=str(other))


@given(role=some.sampled_from(sorted(UserRole)), party=some.sampled_from([Role.OPERATOR, Role.SUPPLIER]))
def test_a_role_of_the_other_party_has_no_permission_at_all(role: UserRole, party: Role) -> None:
    table = STAFF_PERMISSIONS if party is Role.OPERATOR else SUPPLIER_PERMISSIONS
    principal = Principal(role=party, subject_id="x", user_role=role)
    assert principal.permissions == table.get(role, frozenset())
    for permission in set(Permission) - principal.permissions:
        with pytest.raises(PermissionMissing):
            principal.require(permission)


def test_only_administrators_and_owners_manage_people_and_no_supplier_reads_the_audit_trail() -> None:
    managing = {role for role, permissions in STAFF_PERMISSIONS.items() if Permission.PEOPLE_MANAGE in permissions}
    assert managing == {UserRole.ADMINISTRATOR}
    owning = {role for role, permissions in SUPPLIER_PERMISSIONS.items() if Permission.PEOPLE_MANAGE in permissions}
    assert owning == {UserRole.OWNER}
    assert all(Permission.AUDIT_READ not in permissions for permissions in SUPPLIER_PERMISSIONS.values())


def test_everybody_reads_and_read_only_does_nothing_else() -> None:
    for table in (STAFF_PERMISSIONS, SUPPLIER_PERMISSIONS):
        assert all(Permission.READ in permissions for permissions in table.values())
        assert table[UserRole.READ_ONLY] == {Permission.READ}


@given(tag=some.text(max_size=20), method=some.sampled_from(["POST", "PUT", "PATCH", "DELETE"]))
def test_changing_what_nobody_thought_of_is_for_administrators(tag: str, method: str) -> None:
    permission = permission_of(method=method, tag="unheard of " + tag)
    having = {role for role, permissions in STAFF_PERMISSIONS.items() if permission in permissions}
    assert having == {UserRole.ADMINISTRATOR}
