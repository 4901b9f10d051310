"""Query parameters: converted to the operation's type, each mistake named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from openaisle.entrypoints.http.errors import ParameterInvalid
from openaisle.kernel.errors import Finding
from openaisle.kernel.findings import finding_of

_PARAMETERS_MAXIMUM = 50


def query_reader(*, model: type | None) -> Callable[[bytes], Any]:
    """Return the function from a raw query string to an instance of ``model`` (None where the operation has none).

    The function raises ParameterInvalid for a parameter that is unknown, given twice, or does not fit.
    """
    fields = {field.encode_name for field in msgspec.structs.fields(model)} if model is not None else set()
    # Most requests have no query: their value is made once, here, if the type allows it.
    nothing_given: Any = None
    required = model is not None and any(field.required for field in msgspec.structs.fields(model))
    if model is not None and not required:
        nothing_given = msgspec.convert({}, model)

    def read(query_string: bytes) -> Any:  # noqa: ANN401 - an instance of the model
        if not query_string and not required:
            return nothing_given
        values = _pairs(query_string=query_string, known=fields)
        if model is None:
            return None
        try:
            return msgspec.convert(values, model, strict=False)
        except msgspec.ValidationError as error:
            finding = finding_of(message=str(error))
            name = finding.pointer.lstrip("/").partition("/")[0]
            raise _refusal(name=name, detail=finding.detail, code=finding.code) from None

    return read


def _pairs(*, query_string: bytes, known: set[str]) -> dict[str, str]:
    try:
        pairs = parse_qsl(
            query_string.decode("ascii"), keep_blank_values=True, max_num_fields=_PARAMETERS_MAXIMUM, errors="strict"
        )
    except ValueError:
        raise _refusal(
            name="",
            detail=f"The query is not UTF-8, or has more than {_PARAMETERS_MAXIMUM} parameters.",
            code="invalid",
        ) from None
    values: dict[str, str] = {}
    for name, value in pairs:
        if name not in known:
            told = f"There is no parameter {name[:60]!r}; there are {', '.join(sorted(known)) or 'none'}."
            raise _refusal(name=name[:60], detail=told, code="unknown-field")
        if name in values:
            raise _refusal(name=name, detail=f"{name} is given twice.", code="given-twice")
        if not value.isprintable():
            raise _refusal(
                name=name, detail=f"{name} holds a character that is not printable.", code="character-refused"
            )
        values[name] = value
    return values


def _refusal(*, name: str, detail: str, code: str) -> ParameterInvalid:
    return ParameterInvalid(
        detail=f"{name}: {detail}" if name and not detail.startswith((name, "There is no")) else detail,
        findings=[Finding(pointer=name, detail=detail, code=code)],
    )
