"""Signatures after Standard Webhooks: the project's own vectors, rotation, and everything that must be refused."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from openaisle.adapters.webhook_signer import StandardWebhooksSigner
from openaisle.kernel.outbound import SignatureInvalid

BODY = '{"name":"Grüße"}'.encode()


def shared_vectors() -> dict[str, Any]:
    """The vectors of the Standard Webhooks project, from the data folder beside the checkout or the one named."""
    beside = Path(__file__).resolve().parents[4] / "shared" / "data"
    path = Path(os.environ.get("SHARED_DATA_OPENAISLE", beside)) / "webhooks" / "standard-webhooks-vectors.json"
    if not path.is_file():
        pytest.skip(f"the vectors of Standard Webhooks are not at {path}; SHARED_DATA_OPENAISLE names their folder")
    loaded: dict[str, Any] = json.loads(path.read_bytes())
    return loaded


def signed(*, signer: StandardWebhooksSigner, secrets: tuple[str, ...], at: datetime | None = None) -> dict[str, str]:
    return signer.headers(secrets=secrets, message_id="evt_1", at=at or datetime.now(UTC), body=BODY)


def test_it_signs_as_the_vectors_of_the_standard_say():
    vectors = shared_vectors()
    for vector in vectors["vectors"]:
        headers = StandardWebhooksSigner().headers(
            secrets=(vectors["secret"],),
            message_id=vector["msg_id"],
            at=datetime.fromtimestamp(vector["timestamp"], UTC),
            body=vector["payload"].encode(),
        )
        assert headers["webhook-timestamp"] == str(vector["timestamp"])
        assert (headers["webhook-signature"] in vector["signature"].split()) == vector["valid"]


def test_it_signs_what_it_verifies():
    signer = StandardWebhooksSigner()
    secret = signer.new_secret()
    signer.verify(secret=secret, headers=signed(signer=signer, secrets=(secret,)), body=BODY)


def test_the_moment_is_the_same_in_every_time_zone():
    signer = StandardWebhooksSigner()
    secret, now = signer.new_secret(), datetime.now(UTC)
    elsewhere = now.astimezone().astimezone(None)
    assert signed(signer=signer, secrets=(secret,), at=elsewhere) == signed(signer=signer, secrets=(secret,), at=now)


def test_during_a_rotation_either_secret_verifies():
    signer = StandardWebhooksSigner()
    old, new = signer.new_secret(), signer.new_secret()
    headers = signed(signer=signer, secrets=(new, old))
    assert len(headers["webhook-signature"].split(" ")) == 2
    signer.verify(secret=old, headers=headers, body=BODY)
    signer.verify(secret=new, headers=headers, body=BODY)


def test_secrets_are_long_and_differ():
    signer = StandardWebhooksSigner()
    first, second = signer.new_secret(), signer.new_secret()
    assert first.startswith("whsec_")
    assert len(first) == 50
    assert first != second


def test_nothing_is_sent_unsigned_by_mistake():
    with pytest.raises(ValueError, match="at least one secret"):
        signed(signer=StandardWebhooksSigner(), secrets=())


@pytest.mark.parametrize(
    "changed",
    [
        {"webhook-id": "evt_2"},
        {"webhook-timestamp": "nonsense"},
        {"webhook-timestamp": "nan"},
        {"webhook-signature": ""},
        {"webhook-signature": "nonsense"},
        {"webhook-signature": "v1,nonsense"},
        {"webhook-signature": "v1,é"},
        {"webhook-signature": "v1,a,b"},
        {"webhook-signature": "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="},
    ],
)
def test_altered_headers_are_refused(changed: dict[str, str]):
    signer = StandardWebhooksSigner()
    secret = signer.new_secret()
    headers = signed(signer=signer, secrets=(secret,)) | changed
    with pytest.raises(SignatureInvalid):
        signer.verify(secret=secret, headers=headers, body=BODY)


@pytest.mark.parametrize("missing", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_missing_headers_are_refused(missing: str):
    signer = StandardWebhooksSigner()
    secret = signer.new_secret()
    headers = signed(signer=signer, secrets=(secret,))
    del headers[missing]
    with pytest.raises(SignatureInvalid):
        signer.verify(secret=secret, headers=headers, body=BODY)


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_message_too_old_or_too_new_is_refused(minutes: int):
    signer = StandardWebhooksSigner()
    secret = signer.new_secret()
    headers = signed(signer=signer, secrets=(secret,), at=datetime.now(UTC) + timedelta(minutes=minutes))
    with pytest.raises(SignatureInvalid):
        signer.verify(secret=secret, headers=headers, body=BODY)


@pytest.mark.parametrize("body", [BODY + b" ", b"", b"\xff"])
def test_another_body_is_refused(body: bytes):
    signer = StandardWebhooksSigner()
    secret = signer.new_secret()
    with pytest.raises(SignatureInvalid):
        signer.verify(secret=secret, headers=signed(signer=signer, secrets=(secret,)), body=body)


def test_another_secret_is_refused():
    signer = StandardWebhooksSigner()
    headers = signed(signer=signer, secrets=(signer.new_secret(),))
    with pytest.raises(SignatureInvalid):
        signer.verify(secret=signer.new_secret(), headers=headers, body=BODY)
