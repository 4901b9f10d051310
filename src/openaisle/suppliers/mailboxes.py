"""Domains of mailboxes that belong to nobody in particular: throw-away ones and free ones.

Own lists of well-known services, gathered from what these services say of themselves; an operator adds to them in the
verification policy.
"""

from __future__ import annotations

from collections.abc import Iterable

DISPOSABLE_DOMAINS = frozenset(
    [
        "10minutemail.com",
        "10minutemail.net",
        "20minutemail.com",
        "33mail.com",
        "anonbox.net",
        "burnermail.io",
        "byom.de",
        "discard.email",
        "discardmail.com",
        "dispostable.com",
        "dropmail.me",
        "emailfake.com",
        "emailondeck.com",
        "fakeinbox.com",
        "fakemail.net",
        "fakemailgenerator.com",
        "getairmail.com",
        "getnada.com",
        "grr.la",
        "guerrillamail.biz",
        "guerrillamail.com",
        "guerrillamail.de",
        "guerrillamail.net",
        "guerrillamail.org",
        "guerrillamailblock.com",
        "inboxbear.com",
        "inboxkitten.com",
        "incognitomail.org",
        "jetable.org",
        "mail-temporaire.fr",
        "mail.tm",
        "mailcatch.com",
        "maildrop.cc",
        "mailexpire.com",
        "mailforspam.com",
        "mailinator.com",
        "mailinator.net",
        "mailnesia.com",
        "mailnull.com",
        "mailpoof.com",
        "mailsac.com",
        "mailtemp.info",
        "meltmail.com",
        "minuteinbox.com",
        "mintemail.com",
        "mohmal.com",
        "mytemp.email",
        "mytrashmail.com",
        "nada.email",
        "nospam.ze.tc",
        "owlymail.com",
        "pokemail.net",
        "sharklasers.com",
        "spam4.me",
        "spambog.com",
        "spambox.us",
        "spamex.com",
        "spamgourmet.com",
        "tempail.com",
        "tempinbox.com",
        "tempmail.de",
        "tempmail.dev",
        "tempmail.net",
        "tempmail.plus",
        "tempmailaddress.com",
        "tempmailo.com",
        "tempr.email",
        "temp-mail.io",
        "temp-mail.org",
        "throwaway.email",
        "throwawaymail.com",
        "trash-mail.com",
        "trashmail.com",
        "trashmail.de",
        "trashmail.me",
        "trashmail.net",
        "trbvm.com",
        "wegwerfmail.de",
        "wegwerfmail.net",
        "wegwerfmail.org",
        "yopmail.com",
        "yopmail.fr",
        "yopmail.net",
        "zeroe.ml",
    ]
)
FREE_MAIL_DOMAINS = frozenset(
    [
        "126.com",
        "163.com",
        "aliyun.com",
        "aol.com",
        "bol.com.br",
        "fastmail.com",
        "foxmail.com",
        "free.fr",
        "freenet.de",
        "gmail.com",
        "gmx.at",
        "gmx.ch",
        "gmx.com",
        "gmx.de",
        "gmx.net",
        "googlemail.com",
        "hotmail.co.uk",
        "hotmail.com",
        "hotmail.com.br",
        "hotmail.de",
        "hotmail.fr",
        "hotmail.it",
        "icloud.com",
        "ig.com.br",
        "interia.pl",
        "laposte.net",
        "libero.it",
        "live.com",
        "live.nl",
        "mac.com",
        "mail.com",
        "mail.ru",
        "me.com",
        "msn.com",
        "naver.com",
        "o2.pl",
        "onet.pl",
        "orange.fr",
        "outlook.com",
        "outlook.com.br",
        "outlook.de",
        "proton.me",
        "protonmail.com",
        "qq.com",
        "rediffmail.com",
        "sapo.pt",
        "seznam.cz",
        "sina.com",
        "t-online.de",
        "terra.com.br",
        "tutanota.com",
        "uol.com.br",
        "wanadoo.fr",
        "web.de",
        "wp.pl",
        "yahoo.co.in",
        "yahoo.co.jp",
        "yahoo.co.uk",
        "yahoo.com",
        "yahoo.com.br",
        "yahoo.de",
        "yahoo.es",
        "yahoo.fr",
        "yahoo.it",
        "yandex.com",
        "yandex.ru",
        "ymail.com",
        "zoho.com",
    ]
)


def canonical_mailbox(*, text: str) -> str:
    """Return an e-mail address with its domain in lower case, without what a mail program puts around it."""
    plain = text[len("mailto:") :] if text.casefold().startswith("mailto:") else text
    plain = plain.strip().removeprefix("<").removesuffix(">")
    name, at, domain = plain.rpartition("@")
    return f"{name}{at}{domain.lower()}"


def belongs_to(*, domain: str, domains: Iterable[str]) -> bool:
    """Return whether a domain is one of these, or lies under one of them."""
    known = frozenset(domains)
    parts = domain.lower().rstrip(".").split(".")
    return any(".".join(parts[start:]) in known for start in range(len(parts) - 1))


def same_owner(*, domain: str, host: str) -> bool:
    """Return whether a mail domain and a website's host are the same, or one lies under the other."""
    mail, web = domain.lower().rstrip("."), host.lower().rstrip(".").removeprefix("www.")
    return mail == web or mail.endswith(f".{web}") or web.endswith(f".{mail}")
