"""The key file: made once, for its owner alone, and changed without losing what older keys wrote."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from openaisle.adapters.local.encryption import KeyFileCipher, KeyFileUnusable


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "field-keys.json"


def test_the_key_file_is_its_owners_alone(path: Path) -> None:
    KeyFileCipher(path=path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_of_many_that_start_at_once_all_get_the_same_key(path: Path) -> None:
    with ThreadPoolExecutor(max_workers=8) as pool:
        ciphers = list(pool.map(lambda _: KeyFileCipher(path=path), range(16)))
    ciphertext = ciphers[0].encrypt(plaintext=b"DE89", place="p")
    assert all(cipher.decrypt(ciphertext=ciphertext, place="p") == b"DE89" for cipher in ciphers)
    assert list(path.parent.iterdir()) == [path]


def test_after_a_rotation_the_new_key_encrypts_and_the_old_one_still_decrypts(path: Path) -> None:
    cipher = KeyFileCipher(path=path)
    before = cipher.encrypt(plaintext=b"old", place="p")
    key_id = cipher.rotate()
    after = cipher.encrypt(plaintext=b"new", place="p")
    assert after.split(".")[1] == key_id != before.split(".")[1]
    again = KeyFileCipher(path=path)
    assert again.decrypt(ciphertext=before, place="p") == b"old"
    assert again.decrypt(ciphertext=after, place="p") == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_key_file_that_others_may_read_is_refused(path: Path) -> None:
    KeyFileCipher(path=path)
    path.chmod(0o640)
    with pytest.raises(KeyFileUnusable):
        KeyFileCipher(path=path)


@pytest.mark.parametrize("content", [b"", b"{", b'{"keys": []}', b'{"keys": [{"key_id": "a", "key": "YWI="}]}'])
def test_a_damaged_key_file_is_refused_and_left_as_it_is(path: Path, content: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(content)
    with pytest.raises(KeyFileUnusable):
        KeyFileCipher(path=path)
    assert path.read_bytes() == content
