"""What can go wrong before an operation is reached."""

from __future__ import annotations

from openaisle.kernel.errors import NotFound, OpenAisleError, RequestInvalid


class MalformedJson(OpenAisleError):
    """The body is not one JSON text in UTF-8."""

    code = "malformed-json"
    title = "The body is not JSON"
    status = 400
    mend = "Send one JSON object in UTF-8; detail tells at which byte reading stopped."


class ContentTypeUnsupported(OpenAisleError):
    """The body comes under a media type that the operation does not read."""

    code = "content-type-unsupported"
    title = "The body's media type is not read here"
    status = 415
    mend = "Send the Content-Type that detail names."


class Forbidden(OpenAisleError):
    """The key is good, but its role may not do this."""

    code = "forbidden"
    title = "Your key may not do this"
    status = 403
    mend = "Use a key of a role that detail names."


class AuthorizationMalformed(OpenAisleError):
    """The Authorization header is not of the form ``Bearer`` and a key."""

    code = "authorization-malformed"
    title = "The Authorization header cannot be read"
    status = 401
    mend = "Send the header Authorization: Bearer and your key, oa_..."


class PathUnknown(NotFound):
    """No operation stands under this path."""

    code = "path-unknown"
    title = "There is nothing at this path"
    mend = "Look the path up at /docs."


class MethodNotAllowed(OpenAisleError):
    """The path is right, the method is not."""

    code = "method-not-allowed"
    title = "This path does not take that method"
    status = 405
    mend = "Use a method that the Allow header names."

    def __init__(self, *, detail: str, allowed: tuple[str, ...]) -> None:
        super().__init__(detail=detail)
        self.allowed = allowed


class ParameterInvalid(RequestInvalid):
    """A query parameter is unknown, given twice, or its value does not fit."""

    code = "parameter-invalid"
    title = "A query parameter does not fit"
    mend = "Correct the parameters named in findings; /docs lists them."


class IdempotencyKeyMissing(OpenAisleError):
    """The operation asks for an Idempotency-Key, so that a repeated request cannot act twice."""

    code = "idempotency-key-missing"
    title = "The Idempotency-Key header is missing"
    status = 400
    mend = (
        "Send the header Idempotency-Key with a value of your own for each new request, and the same for a repetition."
    )


class IdempotencyKeyMalformed(OpenAisleError):
    """The Idempotency-Key has a form that is not kept."""

    code = "idempotency-key-malformed"
    title = "The Idempotency-Key header does not fit"
    status = 400
    mend = "Send 1 to 200 visible ASCII characters, without spaces; a UUID is good."


class RequestTooSlow(OpenAisleError):
    """The body did not arrive in the time that a request has."""

    code = "request-too-slow"
    title = "The body did not arrive in time"
    status = 408
    mend = "Send the request again; send large files over a faster line or in parts."


class Overloaded(OpenAisleError):
    """More requests are under way than this process takes on."""

    code = "overloaded"
    title = "Too many requests at once"
    status = 503
    mend = "Send the same request again after the seconds that Retry-After names."


class NotReady(OpenAisleError):
    """The process is up, but cannot serve requests now."""

    code = "not-ready"
    title = "OpenAisle is not ready"
    status = 503
    mend = "Wait until /health/ready answers 200; run `openaisle doctor` if it does not."
