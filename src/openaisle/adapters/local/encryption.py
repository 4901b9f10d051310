"""Field encryption with a key file: AES-256-GCM, with identified keys so that they can be changed."""

from __future__ import annotations

import base64
import binascii
import os
import stat
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from openaisle.kernel.encryption import DecryptionFailed
from openaisle.kernel.errors import OpenAisleError

_VERSION = "v1"
_KEY_BITS = 256
_NONCE_BYTES = 12
_KEY_ID_BYTES = 4


class KeyFileUnusable(OpenAisleError):
    """The key file is damaged, or others than its owner may read it."""

    code = "key-file-unusable"
    title = "The key file cannot be used"
    mend = "Restore the key file from its backup, readable by the service's own account alone (mode 600)."


class _FieldKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    key_id: str
    key: bytes


class _KeyFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys, oldest first: the last encrypts, all decrypt."""

    keys: tuple[_FieldKey, ...]


class KeyFileCipher:
    """Encrypts single fields with the newest key of a file; implements the FieldCipher port.

    The text is ``v1.<key id>.<base64url of nonce and ciphertext>``. The place of the field is authenticated with it,
    so that a ciphertext copied into another record does not decrypt.
    """

    def __init__(self, *, path: Path) -> None:
        """Read the key file at ``path``, making it with a first key if it is not there; raises KeyFileUnusable."""
        self._path = path
        if not path.exists():
            _create(path, _KeyFile(keys=(_new_key(),)))
        self._load()

    def encrypt(self, *, plaintext: bytes, place: str) -> str:
        """Return an opaque ASCII text; ``place`` (record and field) must be the same to decrypt."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._newest.encrypt(nonce, plaintext, _associated(self._newest_id, place))
        return f"{_VERSION}.{self._newest_id}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    def decrypt(self, *, ciphertext: str, place: str) -> bytes:
        """Return the plaintext; raises DecryptionFailed."""
        version, _, rest = ciphertext.partition(".")
        key_id, _, encoded = rest.partition(".")
        key = self._keys.get(key_id)
        if version != _VERSION or key is None:
            raise DecryptionFailed(detail=f"The key of {place} is not in the key file.")
        try:
            data = base64.b64decode(encoded, altchars=b"-_", validate=True)
            return key.decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], _associated(key_id, place))
        except (InvalidTag, binascii.Error, ValueError):
            raise DecryptionFailed(detail=f"{place} was altered, or belongs to another place.") from None

    def rotate(self) -> str:
        """Add a new key, which encrypts from now on, and return its identifier; older keys go on decrypting.

        Other processes read the file when they start, so they are to be started anew afterwards.
        """
        added = _new_key()
        _replace(self._path, _KeyFile(keys=(*_read(self._path).keys, added)))
        self._load()
        return added.key_id

    def _load(self) -> None:
        keys = _read(self._path).keys
        self._keys = {one.key_id: AESGCM(one.key) for one in keys}
        self._newest_id = keys[-1].key_id
        self._newest = self._keys[self._newest_id]


def _associated(key_id: str, place: str) -> bytes:
    return f"{_VERSION}.{key_id}.{place}".encode()


def _new_key() -> _FieldKey:
    return _FieldKey(key_id=os.urandom(_KEY_ID_BYTES).hex(), key=AESGCM.generate_key(bit_length=_KEY_BITS))


def _read(path: Path) -> _KeyFile:
    if stat.S_IMODE(path.stat().st_mode) & (stat.S_IRWXG | stat.S_IRWXO):
        raise KeyFileUnusable(detail=f"{path.name} may be read by others than its owner.")
    try:
        found = msgspec.json.decode(path.read_bytes(), type=_KeyFile)
    except msgspec.DecodeError as error:
        raise KeyFileUnusable(detail=f"{path.name} is damaged: {error}") from None
    if not found.keys or any(len(one.key) * 8 != _KEY_BITS for one in found.keys):
        raise KeyFileUnusable(detail=f"{path.name} holds no key of {_KEY_BITS} bits.")
    return found


def _create(path: Path, keys: _KeyFile) -> None:
    """Write a first key file; if another process was faster, its file stays."""
    temporary = _written_beside(path, keys)
    try:
        # A link appears whole or not at all, and never replaces what is there.
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        temporary.unlink()
    _flush_folder(path.parent)


def _replace(path: Path, keys: _KeyFile) -> None:
    _written_beside(path, keys).replace(path)
    _flush_folder(path.parent)


def _written_beside(path: Path, keys: _KeyFile) -> Path:
    temporary = path.with_name(f"{path.name}.{os.urandom(8).hex()}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.encode(keys))
        file.flush()
        os.fsync(file.fileno())
    return temporary


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
