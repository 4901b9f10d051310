"""What every field cipher does: only the same place with the right key reads what was written."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from openaisle.kernel.encryption import DecryptionFailed, FieldCipher
from tests.contract.adapters import ENGINES, Engine


@pytest.fixture
def cipher(engine: Engine, tmp_path: Path) -> FieldCipher:
    return engine.cipher(tmp_path)


@settings(max_examples=50, deadline=None)
@given(
    plaintext=some.binary(max_size=500), place=some.text(max_size=60), engine_name=some.sampled_from(sorted(ENGINES))
)
def test_what_was_encrypted_is_decrypted_at_its_place(plaintext: bytes, place: str, engine_name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        cipher = ENGINES[engine_name].cipher(Path(folder))
        ciphertext = cipher.encrypt(plaintext=plaintext, place=place)
        assert ciphertext.isascii()
        assert cipher.decrypt(ciphertext=ciphertext, place=place) == plaintext


def test_a_ciphertext_moved_to_another_place_is_refused(cipher: FieldCipher) -> None:
    ciphertext = cipher.encrypt(plaintext=b"DE89", place="SUPPLIER#1/bank_account")
    with pytest.raises(DecryptionFailed):
        cipher.decrypt(ciphertext=ciphertext, place="SUPPLIER#2/bank_account")


def test_the_same_text_never_encrypts_the_same_and_does_not_show(cipher: FieldCipher) -> None:
    texts = {cipher.encrypt(plaintext=b"plain words", place="p") for _ in range(50)}
    assert len(texts) == 50
    assert not any("plain" in text for text in texts)


def test_a_ciphertext_changed_anywhere_is_refused(cipher: FieldCipher) -> None:
    ciphertext = cipher.encrypt(plaintext=b"DE89", place="p")
    for position, character in enumerate(ciphertext):
        altered = ciphertext[:position] + ("A" if character != "A" else "B") + ciphertext[position + 1 :]
        with pytest.raises(DecryptionFailed):
            cipher.decrypt(ciphertext=altered, place="p")


@pytest.mark.parametrize("text", ["", ".", "..", "v1", "v1..", "v1.00000000.", "v2.a.b", "not a ciphertext", "v1.é.ü"])
def test_what_is_no_ciphertext_is_refused(cipher: FieldCipher, text: str) -> None:
    with pytest.raises(DecryptionFailed):
        cipher.decrypt(ciphertext=text, place="p")


def test_a_cipher_opened_again_reads_what_the_first_wrote(engine: Engine, cipher: FieldCipher, tmp_path: Path) -> None:
    ciphertext = cipher.encrypt(plaintext=b"DE89", place="p")
    assert engine.cipher(tmp_path).decrypt(ciphertext=ciphertext, place="p") == b"DE89"


def test_another_key_reads_nothing(engine: Engine, cipher: FieldCipher, tmp_path: Path) -> None:
    ciphertext = cipher.encrypt(plaintext=b"DE89", place="p")
    other = tmp_path / "other"
    other.mkdir()
    with pytest.raises(DecryptionFailed):
        engine.cipher(other).decrypt(ciphertext=ciphertext, place="p")
