"""Every setting with its type, its range and its explanation."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import msgspec


class LogLevel(StrEnum):
    """From which importance on a message is written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class MailTransport(StrEnum):
    """How mail leaves: into a folder of this machine, for trials, or through a mail server."""

    FOLDER = "folder"
    SMTP = "smtp"


class SmtpSecurity(StrEnum):
    """How the way to the mail server is protected: TLS after a greeting, TLS from the start, or not at all."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


class LogFormat(StrEnum):
    """``json`` for machines, one object a line; ``text`` for people."""

    JSON = "json"
    TEXT = "text"


def _explained(explanation: str, **bounds: Any) -> msgspec.Meta:  # noqa: ANN401 - the bounds msgspec.Meta knows
    return msgspec.Meta(description=explanation, **bounds)


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything an operator can set.

    Each setting stands under its name in a TOML file, or as ``OPENAISLE_`` and its name in capitals in the
    environment, which wins. Lists are separated by commas in the environment.
    """

    home: Annotated[
        str,
        _explained(
            "The directory that holds all that OpenAisle keeps: the store, the key file, feeds. It is made if missing.",
            min_length=1,
        ),
    ] = "./openaisle-data"
    host: Annotated[
        str, _explained("The address the HTTP server listens on; 0.0.0.0 for all networks.", min_length=1)
    ] = "127.0.0.1"
    port: Annotated[int, _explained("The TCP port the HTTP server listens on; 0 takes a free one.", ge=0, le=65535)] = (
        8080
    )
    public_address: Annotated[
        str,
        _explained(
            "The address under which people reach this marketplace, as https://marketplace.example; it stands in links "
            "of mails. Empty takes host and port.",
            pattern="^(https?://[^/?#]+)?/?$",
        ),
    ] = ""
    processes: Annotated[
        int, _explained("How many processes answer HTTP; they share the port and the store.", ge=1, le=64)
    ] = 1
    maximum_requests_at_once: Annotated[
        int,
        _explained("How many requests one process works on at once; more are asked to come again later.", ge=1),
    ] = 1000
    applications_per_minute_and_address: Annotated[
        int,
        _explained(
            "How many applications one address may begin in a minute, in each process; 0 for any number. A peer on "
            "this machine is not counted: it is a proxy, which should count itself.",
            ge=0,
        ),
    ] = 60
    applications_per_minute: Annotated[
        int,
        _explained(
            "How many applications all strangers together may begin in a minute, in each process; 0 for any number.",
            ge=0,
        ),
    ] = 6000
    head_seconds_maximum: Annotated[
        int,
        _explained("How many seconds a caller may take to send the line and the headers of one request.", ge=1, le=600),
    ] = 10
    request_seconds_maximum: Annotated[
        int, _explained("How many seconds a caller may take to send the body of one request.", ge=1, le=3600)
    ] = 60
    stop_seconds_maximum: Annotated[
        int, _explained("How many seconds running requests and workers get to finish on a stop.", ge=0, le=600)
    ] = 10
    durable: Annotated[
        bool,
        _explained(
            "Whether a write is answered only once it would survive a power cut. False is for trials: the last "
            "moments before a power cut may be lost."
        ),
    ] = True
    allowed_private_hosts: Annotated[
        tuple[str, ...],
        _explained(
            "Hosts (name or address, with an optional :port) in private networks that suppliers' and storefronts' "
            "addresses may name. Any other private address is refused."
        ),
    ] = ()
    outbound_plain_http_allowed: Annotated[
        bool,
        _explained("Whether suppliers' and storefronts' addresses may be plain http, not only https. For trials."),
    ] = False
    gtin_required: Annotated[
        bool,
        _explained(
            "Whether a product needs a GTIN. False also takes those known by a reference or the supplier's SKU."
        ),
    ] = False
    picture_shorter_side_minimum: Annotated[
        int,
        _explained("How many pixels the shorter side of a picture has at least. 0: no picture is fetched.", ge=0),
    ] = 250
    order_attempts_maximum: Annotated[
        int, _explained("How many suppliers in a row may refuse an order line before it is canceled.", ge=1, le=20)
    ] = 3
    fixed_offers_reallocated: Annotated[
        bool,
        _explained(
            "Whether a line whose offer the storefront fixed goes to another offer of the same product if its supplier "
            "refuses it. False cancels the line."
        ),
    ] = True
    acknowledge_within_seconds: Annotated[
        int,
        _explained(
            "The seconds that a supplier without a connection has to answer a purchase order.", ge=1, le=2_592_000
        ),
    ] = 86_400
    idempotency_hours: Annotated[
        int, _explained("How many hours the answer to a request with an Idempotency-Key is kept.", ge=1, le=8_760)
    ] = 48
    changes_kept_days: Annotated[
        int, _explained("The days that the change stream is kept; what was not read yet stays longer.", ge=1, le=3650)
    ] = 30
    oidc_issuer: Annotated[
        str, _explained("The OpenID provider by which staff sign in, exactly as its ID tokens name it. Empty for none.")
    ] = ""
    oidc_client_id: Annotated[str, _explained("The client id under which the OpenID provider knows us.")] = ""
    oidc_client_secret: Annotated[
        str, _explained("The secret that belongs to the client id; empty for a public client.")
    ] = ""
    oidc_roles_claim: Annotated[
        str, _explained("The claim of the ID token that holds a person's groups or roles.", min_length=1)
    ] = "groups"
    oidc_roles: Annotated[
        tuple[str, ...],
        _explained(
            "Which value of that claim gives which role, as marketplace-admins=administrator. The first that fits "
            "counts; who has none of them is refused."
        ),
    ] = ()
    verification_policy_file: Annotated[
        str,
        _explained(
            "The TOML file of the verification policy. Empty takes verification-policy.toml in home, or the standard "
            "policy where there is none."
        ),
    ] = ""
    product_rules_file: Annotated[
        str,
        _explained("The TOML file of the operator's product rules. Empty takes product-rules.toml in home, if any."),
    ] = ""
    product_policy_file: Annotated[
        str,
        _explained("The TOML file of the product policy. Empty takes product-policy.toml in home, if there is one."),
    ] = ""
    order_policy_file: Annotated[
        str,
        _explained("The TOML file of the order policy. Empty takes order-policy.toml in home, if there is one."),
    ] = ""
    feed_folder: Annotated[
        str,
        _explained(
            "The folder in which suppliers leave files of products, prices and quantities, by SFTP for example: one "
            "folder below it for each supplier, named by its identifier. Empty watches none."
        ),
    ] = ""
    exchange_folder: Annotated[
        str,
        _explained(
            "The folder through which suppliers without a system of their own to call exchange purchase orders as "
            "files (X12 or CSV): one folder below it for each, named by its identifier, with the folders in (what it "
            "leaves) and out (what it fetches). Empty exchanges no files."
        ),
    ] = ""
    order_folder: Annotated[
        str,
        _explained(
            "The folder in which storefronts leave files of orders (CSV, JSON Lines or UBL), by SFTP for example: one "
            "folder below it for each storefront, named by its identifier. Empty watches none."
        ),
    ] = ""
    product_page_address: Annotated[
        str,
        _explained(
            "The storefront's page of a product, as https://shop.example/products/{product_id}; it stands in exports. "
            "Empty leaves it out.",
            pattern=r"^(https?://[^\s]*\{product_id\}[^\s]*)?$",
        ),
    ] = ""
    marketplace_name: Annotated[
        str, _explained("The name that the marketplace has in mails.", min_length=1, max_length=100)
    ] = "OpenAisle"
    mail_transport: Annotated[
        MailTransport,
        _explained("How mail leaves. folder keeps each as a file in the mail folder of home, for trials."),
    ] = MailTransport.FOLDER
    mail_from: Annotated[
        str,
        _explained(
            "The address mails come from, such as Marketplace <marketplace@example.com>.",
            pattern=r"^[^\r\n]*[^\s@<>]+@[^\s@<>]+>?$",
        ),
    ] = "OpenAisle <marketplace@localhost>"
    operator_mail: Annotated[
        str,
        _explained(
            "The operator's mailbox that is told what needs somebody, such as a webhook endpoint that is paused. Empty "
            "for none.",
            pattern=r"^([^\s@<>,;]+@[^\s@<>,;]+)?$",
        ),
    ] = ""
    operator_language: Annotated[
        str, _explained("The language of mails to the operator's mailbox, such as en or de.", pattern="^[a-z]{2}$")
    ] = "en"
    smtp_host: Annotated[str, _explained("The mail server.", min_length=1)] = "localhost"
    smtp_port: Annotated[
        int, _explained("The port of the mail server: 587 with starttls, 465 with tls.", ge=1, le=65535)
    ] = 587
    smtp_security: Annotated[SmtpSecurity, _explained("How the way to the mail server is protected.")] = (
        SmtpSecurity.STARTTLS
    )
    smtp_user: Annotated[str, _explained("The user at the mail server; empty to send without signing in.")] = ""
    smtp_password_file: Annotated[
        str, _explained("The file that holds the password at the mail server, readable by the service alone.")
    ] = ""
    duties_suspend_overdue: Annotated[
        bool,
        _explained(
            "Whether a supplier whose legal duty is overdue is suspended by itself. False asks the operator, who sees "
            "it among the clocks."
        ),
    ] = False
    log_level: Annotated[LogLevel, _explained("The least important messages that are logged.")] = LogLevel.INFO
    log_format: Annotated[LogFormat, _explained("How log lines are written.")] = LogFormat.JSON

    @property
    def home_directory(self) -> Path:
        """The home directory, absolute."""
        return Path(self.home).expanduser().absolute()

    @property
    def reached_at(self) -> str:
        """The address under which people reach this marketplace, without a slash at its end."""
        return self.public_address.rstrip("/") or f"http://{self.host}:{self.port}"

    @property
    def store_file(self) -> Path:
        """The file of the embedded store."""
        return self.home_directory / "openaisle.db"

    @property
    def key_file(self) -> Path:
        """The file of the key that protects personal data; whoever loses it loses that data."""
        return self.home_directory / "field.key"

    @property
    def policy_file(self) -> Path:
        """The file of the verification policy, which need not exist where no other was named."""
        if self.verification_policy_file:
            return Path(self.verification_policy_file).expanduser().absolute()
        return self.home_directory / "verification-policy.toml"

    @property
    def rules_file(self) -> Path:
        """The file of the operator's own product rules, which need not exist where no other was named."""
        if self.product_rules_file:
            return Path(self.product_rules_file).expanduser().absolute()
        return self.home_directory / "product-rules.toml"

    @property
    def product_policy_path(self) -> Path:
        """The file of the product policy, which need not exist where no other was named."""
        if self.product_policy_file:
            return Path(self.product_policy_file).expanduser().absolute()
        return self.home_directory / "product-policy.toml"

    @property
    def order_policy_path(self) -> Path:
        """The file of the order policy, which need not exist where no other was named."""
        if self.order_policy_file:
            return Path(self.order_policy_file).expanduser().absolute()
        return self.home_directory / "order-policy.toml"

    @property
    def exchange_directory(self) -> Path | None:
        """The folder through which suppliers exchange files about purchase orders, None where there is none."""
        return Path(self.exchange_folder).expanduser().absolute() if self.exchange_folder else None

    @property
    def workbenches_directory(self) -> Path:
        """The directory of scratch files of work with large tables."""
        return self.home_directory / "workbenches"

    @property
    def blobs_directory(self) -> Path:
        """The directory of feeds and reports."""
        return self.home_directory / "blobs"

    @property
    def search_file(self) -> Path:
        """The file of the search index; what is in it can be made anew from the store."""
        return self.home_directory / "search.db"

    @property
    def lists_directory(self) -> Path:
        """The directory of sanctions lists and other lists of names."""
        return self.home_directory / "lists"

    @property
    def mail_directory(self) -> Path:
        """The directory of mails that stay on this machine."""
        return self.home_directory / "mail"

    @property
    def mail_templates_directory(self) -> Path:
        """The directory of a retailer's own mail templates."""
        return self.home_directory / "mail-templates"
