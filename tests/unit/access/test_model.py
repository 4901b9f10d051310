"""The text of a key, and who presents one."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openaisle.access.model import (
    KeyRevokedAlready,
    KeyUnknown,
    RoleNotIssuable,
    decide_revoked,
    issued_key,
    presented_key,
    principal_of,
)
from openaisle.kernel.context import Role
from tests.factories.access import KEY_ID, make_api_key
from tests.factories.contexts import make_context


def test_a_key_tells_who_presents_it() -> None:
    record, text = make_api_key(role=Role.SUPPLIER, subject_id="sup_1")
    presented = presented_key(text=text)
    principal = principal_of(presented=presented, record=record)
    assert (principal.role, principal.subject_id) == (Role.SUPPLIER, "sup_1")


def test_the_record_holds_no_secret_but_its_last_four_characters() -> None:
    record, text = make_api_key()
    secret = text.split("_", 3)[3]
    assert len(secret) == 43
    assert record.last_four == secret[-4:]
    assert secret not in msgspec.json.encode(record).decode()


def test_the_text_names_its_role_and_its_record() -> None:
    _, text = make_api_key(role=Role.STOREFRONT)
    assert text.startswith(f"oa_storefront_{KEY_ID.removeprefix('key_')}_")


@given(secret_bytes=st.binary(min_size=32, max_size=32))
def test_every_secret_comes_back_out_of_the_text(secret_bytes: bytes) -> None:
    record, text = make_api_key(secret_bytes=secret_bytes)
    assert principal_of(presented=presented_key(text=text), record=record).subject_id == "sup_1"


@given(text=st.text(max_size=120))
def test_what_is_no_key_is_refused_by_name(text: str) -> None:
    with pytest.raises(KeyUnknown):
        presented_key(text=text)


def test_another_secret_is_refused() -> None:
    record, _ = make_api_key()
    _, other = make_api_key(secret_bytes=bytes(32))
    with pytest.raises(KeyUnknown):
        principal_of(presented=presented_key(text=other), record=record)


def test_a_key_that_claims_another_role_is_refused() -> None:
    record, text = make_api_key(role=Role.SUPPLIER)
    claimed = text.replace("oa_supplier_", "oa_operator_")
    with pytest.raises(KeyUnknown):
        principal_of(presented=presented_key(text=claimed), record=record)


def test_an_unknown_key_is_refused() -> None:
    _, text = make_api_key()
    with pytest.raises(KeyUnknown):
        principal_of(presented=presented_key(text=text), record=None)


def test_a_revoked_key_is_refused_and_stays_revoked() -> None:
    record, text = make_api_key()
    revoked = decide_revoked(record=record, context=make_context())
    with pytest.raises(KeyUnknown):
        principal_of(presented=presented_key(text=text), record=revoked)
    with pytest.raises(KeyRevokedAlready):
        decide_revoked(record=revoked, context=make_context())


@pytest.mark.parametrize("role", [Role.SYSTEM, Role.ANYONE])
def test_no_key_is_issued_to_who_never_calls_with_one(role: Role) -> None:
    with pytest.raises(RoleNotIssuable):
        issued_key(key_id=KEY_ID, role=role, subject_id="x", label="x", secret_bytes=bytes(32), context=make_context())
