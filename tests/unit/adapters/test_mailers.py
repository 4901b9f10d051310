"""The ways out for mail: a folder, and a real mail server on this machine."""

from __future__ import annotations

import asyncio
import datetime
import email
import email.policy
import ipaddress
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from openaisle.adapters.mail.folder import FolderMailer
from openaisle.adapters.mail.smtp import SmtpMailer
from openaisle.kernel.mail import MailMessage, MailRefused, MailUndelivered
from tests.support.clocks import FakeClock

HOST = "127.0.0.1"
MESSAGE = MailMessage(
    message_id="<mal_1@example.com>",
    sender="Märkte <m@example.com>",
    recipient="anna@example.com",
    subject="Grüße",
    text="Guten Tag\n.\nEnde\n",
    html="<p>Guten Tag</p>",
    language="de",
)


class FakeMailbox:
    """What the server does with what it is given."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.answer = "250 OK"
        self.recipient_answer = "250 OK"

    async def handle_RCPT(  # noqa: N802 - the server's own name
        self, server: Any, session: Any, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.recipient_answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.recipient_answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:  # noqa: N802
        self.envelopes.append(envelope)
        return self.answer


def authenticated(server: Any, session: Any, envelope: Any, mechanism: str, data: LoginPassword) -> AuthResult:
    is_right = data.login == b"aisle" and data.password == b"secret"
    # What is not handled here is answered by the server with 535.
    return AuthResult(success=is_right, handled=is_right)


@pytest.fixture
def mailbox() -> FakeMailbox:
    return FakeMailbox()


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail.test")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "certificate.pem"
    file.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return file


class _Controller(Controller):
    """Tries the server out on the port that it got, since 0 asks for a free one."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        # The server counts as started once somebody has come in.
        with socket.create_connection((HOST, self.port)) as way:
            if self.ssl_context is not None:
                ssl._create_unverified_context().wrap_socket(way).close()
            else:
                way.recv(100)


@pytest.fixture(params=["none", "starttls", "tls"])
def server(request: pytest.FixtureRequest, mailbox: FakeMailbox, certificate: Path) -> Iterator[dict[str, Any]]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    options: dict[str, Any] = {"none": {}, "starttls": {"tls_context": context, "require_starttls": True}}.get(
        request.param, {"ssl_context": context}
    )
    controller = _Controller(
        mailbox,
        hostname=HOST,
        port=0,
        authenticator=authenticated,
        auth_required=True,
        auth_require_tls=request.param == "starttls",
        **options,
    )
    controller.start()
    yield {"host": HOST, "port": controller.port, "security": request.param}
    controller.stop(no_assert=True)


def make_mailer(*, tmp_path: Path, password: str = "secret", **changes: Any) -> SmtpMailer:
    file = tmp_path / "password"
    file.write_text(password + "\n")
    given = {"host": HOST, "port": 1, "security": "none", "user": "aisle", "password_file": file, "clock": FakeClock()}
    return SmtpMailer(**(given | changes), timeout_seconds=5)


def trust(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate))


async def test_a_mail_server_takes_a_message(
    server: dict[str, Any], mailbox: FakeMailbox, tmp_path: Path, certificate: Path
) -> None:
    mailer = make_mailer(tmp_path=tmp_path, trust=trust(certificate), **server)
    await mailer.deliver(message=MESSAGE)
    (envelope,) = mailbox.envelopes
    assert envelope.mail_from == "m@example.com"
    assert envelope.rcpt_tos == ["anna@example.com"]
    content = envelope.content
    assert isinstance(content, bytes)
    mail = email.message_from_bytes(content, policy=email.policy.default)
    assert mail["Subject"] == "Grüße"
    assert mail["From"] == "Märkte <m@example.com>"
    assert mail["Content-Language"] == "de"
    assert mail["Message-ID"] == "<mal_1@example.com>"
    text = mail.get_body(("plain",))
    assert text is not None
    assert text.get_content().splitlines() == ["Guten Tag", ".", "Ende"]


async def test_a_wrong_password_may_be_mended(
    server: dict[str, Any], mailbox: FakeMailbox, tmp_path: Path, certificate: Path
) -> None:
    mailer = make_mailer(tmp_path=tmp_path, password="wrong", trust=trust(certificate), **server)
    with pytest.raises(MailUndelivered, match="Authentication"):
        await mailer.deliver(message=MESSAGE)
    assert mailbox.envelopes == []


@pytest.mark.parametrize("server", ["starttls", "tls"], indirect=True)
async def test_a_server_without_a_trusted_certificate_gets_nothing(
    server: dict[str, Any], mailbox: FakeMailbox, tmp_path: Path
) -> None:
    with pytest.raises(MailUndelivered, match="CERTIFICATE"):
        await make_mailer(tmp_path=tmp_path, **server).deliver(message=MESSAGE)
    assert mailbox.envelopes == []


@pytest.mark.parametrize("server", ["none"], indirect=True)
async def test_a_server_that_offers_no_tls_gets_nothing_where_tls_is_asked_for(
    server: dict[str, Any], mailbox: FakeMailbox, tmp_path: Path
) -> None:
    with pytest.raises(MailUndelivered, match="STARTTLS"):
        await make_mailer(tmp_path=tmp_path, **(server | {"security": "starttls"})).deliver(message=MESSAGE)
    assert mailbox.envelopes == []


@pytest.mark.parametrize("server", ["none"], indirect=True)
@pytest.mark.parametrize(
    ("place", "answer", "expected"),
    [
        ("recipient_answer", "550 no such user", MailRefused),
        ("recipient_answer", "450 try later", MailUndelivered),
        ("answer", "554 looks like spam", MailRefused),
        ("answer", "451 out of space", MailUndelivered),
    ],
)
async def test_a_server_says_whether_to_try_again(
    server: dict[str, Any],
    mailbox: FakeMailbox,
    tmp_path: Path,
    place: str,
    answer: str,
    expected: type[Exception],
) -> None:
    setattr(mailbox, place, answer)
    with pytest.raises(expected, match=answer[4:]):
        await make_mailer(tmp_path=tmp_path, **server).deliver(message=MESSAGE)


async def test_a_server_that_is_not_there_is_tried_again(tmp_path: Path) -> None:
    with pytest.raises(MailUndelivered, match="refused"):
        await make_mailer(tmp_path=tmp_path).deliver(message=MESSAGE)


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": "Hello\r\nBcc: all@example.com"},
        {"recipient": "anna@example.com\r\nBcc: all@example.com"},
        {"recipient": "anna@example.com, all@example.com"},
        {"text": "x" * 1_100_000},
    ],
)
async def test_what_would_add_a_header_or_is_too_large_is_never_sent(tmp_path: Path, changes: dict[str, str]) -> None:
    mailer = FolderMailer(folder=tmp_path / "mail", clock=FakeClock())
    with pytest.raises(MailRefused):
        await mailer.deliver(message=msgspec.structs.replace(MESSAGE, **changes))
    assert not (tmp_path / "mail").exists()


async def test_a_folder_keeps_one_file_for_each_message(tmp_path: Path) -> None:
    mailer = FolderMailer(folder=tmp_path / "mail", clock=FakeClock())
    await mailer.deliver(message=MESSAGE)
    await mailer.deliver(message=MESSAGE)
    (file,) = (tmp_path / "mail").iterdir()
    assert file.name == "mal_1.eml"
    assert file.stat().st_mode & 0o777 == 0o600
    assert email.message_from_bytes(file.read_bytes(), policy=email.policy.default)["To"] == "anna@example.com"
