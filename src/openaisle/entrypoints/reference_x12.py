"""The reference of X12: which segments and elements are written and read, and what findings about invoices mean."""

from __future__ import annotations

from collections.abc import Iterator

from openaisle.orders.edi.dictionary import SETS
from openaisle.orders.edi.interchange import INTERCHANGES_MAXIMUM, SETS_MAXIMUM
from openaisle.orders.edi.invoices_in import FINDINGS, LINES_MAXIMUM
from openaisle.orders.edi.rules import ElementRule, SetRule
from openaisle.orders.edi.syntax import BYTES_MAXIMUM, SEGMENTS_MAXIMUM

_HEAD = f"""\
# X12

What is exchanged with suppliers whose transport is `x12` ([how to](../how-to/connect-an-edi-supplier.md)): version 4010
(`ISA12` is `00401`, `GS08` begins with `0040`). What is not listed is passed over, not judged.

- Separators are learned from each header; any three different characters that are neither letters nor digits will do.
  Line ends between segments and headers that are not padded are read too. Ours are written as the connection says.
- A file may hold {INTERCHANGES_MAXIMUM} interchanges of {SETS_MAXIMUM:,} documents each, {SEGMENTS_MAXIMUM:,} segments
  and {BYTES_MAXIMUM:,} bytes in all, as UTF-8 or Latin-1. A character of ours that would end an element early is
  written as a blank.
- Quantities are single pieces (`EA`, `PC`, `UN`); of other units the line is passed over and noted. Unit prices
  are decimal numbers of the currency; amounts of type N2 have two implied decimals whatever the currency.
- Every group is answered by one 997. A document is accepted (`A`); accepted with errors (`E`) where what is wrong
  can be passed over, such as a count or an optional element; or rejected (`R`). A rejected one loses only itself.
- A TA1 goes out for an envelope with errors, or where `ISA14` asks for one. Nothing is read of an interchange from
  or to somebody else, with a control number that is none or was used for other contents, of another test flag, or
  whose trailer has another control number. What came cut may come again whole under its number.
- Control numbers go up by one without gaps, for each supplier by themselves, and begin again with 1 after 999999999.
"""


def x12_page(*, derived: str) -> str:
    """Return the page of the segments and elements of X12."""
    lines = [_HEAD.rstrip()]
    for one in SETS.values():
        lines += ["", *_set_lines(one)]
    lines += ["", "## Findings about invoices", "", "| finding | means |", "|---|---|"]
    lines += [f"| `{code}` | {meaning} |" for code, meaning in FINDINGS.items()]
    lines += ["", f"Of an invoice {LINES_MAXIMUM:,} lines are kept. It moves no money.", "", derived]
    return "\n".join(lines) + "\n"


def _set_lines(one: SetRule) -> Iterator[str]:
    way = "both ways" if one.code == "997" else "from the supplier" if one.inbound else "from us"
    yield f"## {one.code}: {one.name}, {way}"
    yield ""
    yield f"In groups `{one.functional_identifier}`. Elements in bold must be there."
    yield ""
    yield "| segment | means | elements |"
    yield "|---|---|---|"
    for segment in one.segments:
        place = f" in {segment.within}" if segment.within else ""
        must = ", must be there" if segment.required else ""
        elements = "; ".join(_element(segment.tag, element) for element in segment.elements)
        yield f"| `{segment.tag}`{place} | {segment.meaning}{must} | {elements} |"


def _element(tag: str, rule: ElementRule) -> str:
    name = f"`{tag}{rule.position:02d}`"
    told = f"{name} {rule.meaning} ({rule.kind.value} {rule.minimum}/{rule.maximum})"
    return told.replace(name, f"**{name}**", 1) if rule.required else told
