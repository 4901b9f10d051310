"""The operator's order policy, from a file or the standard one."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from openaisle.bootstrap.order_policy import OrderPolicies, order_policies
from openaisle.config import Settings
from openaisle.orders.policy_file import OrderPolicyInvalid, read_order_policy


class _Parcels(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    late_after_days: int = 3
    brand: str = "Aisle"


class _Sections(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    parcels: _Parcels = _Parcels()


def settings_in(*, home: Path, **changes: str) -> Settings:
    return msgspec.structs.replace(Settings(), home=str(home), **changes)


def test_what_a_file_leaves_out_is_as_it_is_by_default() -> None:
    told = read_order_policy(text="[parcels]\nlate_after_days = 5\n", source="a.toml", sections=_Sections)
    assert told == _Sections(parcels=_Parcels(late_after_days=5))


@pytest.mark.parametrize(
    ("text", "explained"),
    [
        ("[parcels\n", "a.toml is no TOML"),
        ("[parcels]\nlate = 5\n", "unknown field `late`"),
        ("[parcels]\nlate_after_days = 'soon'\n", "$.parcels.late_after_days"),
        ("[returns]\n", "unknown field `returns`"),
        ("a = " + "[" * 20_000, "a.toml"),
    ],
    ids=["no TOML", "unknown key", "wrong type", "unknown section", "nested"],
)
def test_a_mistake_is_explained_at_its_place(text: str, explained: str) -> None:
    with pytest.raises(OrderPolicyInvalid) as refused:
        read_order_policy(text=text, source="a.toml", sections=_Sections)
    assert explained in refused.value.detail


def test_without_a_file_the_standard_policy_holds(tmp_path: Path) -> None:
    assert order_policies(settings=settings_in(home=tmp_path)) == OrderPolicies()


def test_the_file_in_home_is_taken_without_being_named(tmp_path: Path) -> None:
    (tmp_path / "order-policy.toml").write_text("[nothing_known]\n")
    with pytest.raises(OrderPolicyInvalid, match=r"order-policy\.toml"):
        order_policies(settings=settings_in(home=tmp_path))


def test_a_file_that_was_named_must_be_there_and_be_text(tmp_path: Path) -> None:
    with pytest.raises(OrderPolicyInvalid, match="There is no file"):
        order_policies(settings=settings_in(home=tmp_path, order_policy_file=str(tmp_path / "none.toml")))
    file = tmp_path / "bytes.toml"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(OrderPolicyInvalid, match="cannot be read"):
        order_policies(settings=settings_in(home=tmp_path, order_policy_file=str(file)))
