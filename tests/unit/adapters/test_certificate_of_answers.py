"""An answer over https says until when the other side's certificate is valid."""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from openaisle.adapters.http.caller import GuardedHttpCaller
from openaisle.kernel.outbound import CallFailed, HttpAnswer

ENDS = datetime.now(UTC).replace(microsecond=0) + timedelta(days=9)


def certificate_in(folder: Path) -> Path:
    """A certificate of 127.0.0.1 that signs itself, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(ENDS - timedelta(days=90))
        .not_valid_after(ENDS)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return file


async def answer_of(*, certificate: Path, trusted: bool) -> HttpAnswer:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
        await writer.drain()
        writer.close()

    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate)
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=serving)
    port = server.sockets[0].getsockname()[1]
    trust = ssl.create_default_context(cafile=str(certificate)) if trusted else None
    caller = GuardedHttpCaller(allowed_private_hosts=["127.0.0.1"], trust=trust)
    try:
        return await caller.call(
            method="GET", url=f"https://127.0.0.1:{port}/", headers={}, body=b"", timeout_seconds=5.0
        )
    finally:
        await caller.close()
        server.close()


async def test_an_answer_tells_when_the_certificate_ends(tmp_path: Path) -> None:
    answer = await answer_of(certificate=certificate_in(tmp_path), trusted=True)
    assert (answer.body, answer.certificate_until) == (b"ok", ENDS)


async def test_a_certificate_that_nobody_vouches_for_is_no_usable_answer(tmp_path: Path) -> None:
    with pytest.raises(CallFailed, match="certificate"):
        await answer_of(certificate=certificate_in(tmp_path), trusted=False)
