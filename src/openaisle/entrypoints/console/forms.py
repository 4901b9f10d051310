"""What a browser sends: cookies, forms, and the proof that a form came from our own page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request

from openaisle.entrypoints.console.sessions.model import form_token_fits
from openaisle.kernel.errors import OpenAisleError

MAXIMUM_FORM_BYTES = 65_536
MAXIMUM_FORM_FIELDS = 200
FORM_TOKEN_FIELD = "csrf"  # noqa: S105 - the name of a field, not a secret
_FORM_MEDIA_TYPE = "application/x-www-form-urlencoded"


class FormUnreadable(OpenAisleError):
    """The body is not a form, is too large, or has too many fields."""

    code = "form-unreadable"
    title = "The form cannot be read"
    status = 400
    mend = "Go back, load the page again and send the form once more."


class FormForeign(OpenAisleError):
    """A form did not come from a page of this console, or from one that was opened before signing in anew."""

    code = "form-foreign"
    title = "That form did not come from this page"
    status = 403
    mend = "Go back, load the page again and send the form once more; nothing was changed."


class FormLimits(NamedTuple):
    """The most that a form may hold."""

    maximum_bytes: int = MAXIMUM_FORM_BYTES
    maximum_fields: int = MAXIMUM_FORM_FIELDS


_USUAL_LIMITS = FormLimits()


async def form_of(*, request: Request, token: str, limits: FormLimits = _USUAL_LIMITS) -> Mapping[str, str]:
    """Return the fields of a form that one of our own pages sent; raises FormForeign, FormUnreadable.

    ``token`` is the value of the cookie that the form's own token must follow from. Of fields with one name the
    last counts.
    """
    require_own_origin(request=request)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM_MEDIA_TYPE:
        raise FormUnreadable(detail=f"A form is sent as {_FORM_MEDIA_TYPE}.")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limits.maximum_bytes:
            raise FormUnreadable(detail=f"A form has at most {limits.maximum_bytes:,} bytes.")
    try:
        fields = dict(
            parse_qsl(
                body.decode("utf-8"), keep_blank_values=True, max_num_fields=limits.maximum_fields, errors="strict"
            )
        )
    except ValueError:
        raise FormUnreadable(detail=f"It is not UTF-8, or has more than {limits.maximum_fields} fields.") from None
    if not token or not form_token_fits(token=token, given=fields.get(FORM_TOKEN_FIELD, "")):
        raise FormForeign(detail="The form's token is missing or belongs to another session.")
    return fields


def require_own_origin(*, request: Request) -> None:
    """Raise FormForeign unless a page of our own sent the request."""
    # Browsers send Origin with every POST; the host alone is compared, because a proxy may have ended TLS.
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise FormForeign(detail="The browser says that another site sent it.")
    origin = request.headers.get("origin")
    if origin is None or urlsplit(origin).netloc != request.headers.get("host"):
        raise FormForeign(detail="The Origin header is missing or names another site.")


def local_address(*, text: str, otherwise: str) -> str:
    """Return ``text`` if it is a path where ``otherwise`` begins, else that: a link may not send a reader elsewhere."""
    parts = urlsplit(text)
    plain = text.isascii() and text.isprintable() and "\\" not in text and "//" not in parts.path
    inside = f"/{otherwise.split('/')[1]}/"
    return text if plain and not parts.scheme and not parts.netloc and parts.path.startswith(inside) else otherwise
