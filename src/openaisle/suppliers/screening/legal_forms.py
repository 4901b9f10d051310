"""The words by which a company says what it is in law: they tell companies apart badly, so they are not compared.

Words are written as a read name has them: small Latin letters, no dots, single letters joined (``S.A.`` is ``sa``).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from rapidfuzz.distance import OSA

from openaisle.suppliers.screening.sounds import neighbors

LITTLE_WORDS = frozenset({"and", "the", "of"})
"""Words that are passed over in every name."""

# Longest first, wherever they stand.
_PHRASES = """
public limited liability company
limited liability partnership
limited liability company
limited liability co
open type joint stock company
closed joint stock company
public joint stock company
private joint stock company
open joint stock company
joint stock company
joint stock co
obshchestvo s ogranichennoy otvetstvennostyu
obshchestvo s ogranichennoi otvetstvennostyu
otkrytoye aktsionernoye obshchestvo
otkrytoe aktsionernoe obshchestvo
zakrytoye aktsionernoye obshchestvo
zakrytoe aktsionernoe obshchestvo
publichnoye aktsionernoye obshchestvo
publichnoe aktsionernoe obshchestvo
aktsionernoye obshchestvo
aktsionernoe obshchestvo
tovarystvo z obmezhenoyu vidpovidalnistyu
spolka z ograniczona odpowiedzialnoscia
sociedad de responsabilidad limitada
sociedad por acciones simplificada
sociedad anonima de capital variable
sociedad limitada unipersonal
sociedad anonima cerrada
sociedad anonima
sociedad limitada
societa a responsabilita limitata
societa per azioni
societe a responsabilite limitee
societe par actions simplifiee
societe anonyme
societe civile immobiliere
sociedade unipessoal
sociedade anonima
besloten vennootschap
naamloze vennootschap
gesellschaft mit beschrankter haftung
unternehmergesellschaft haftungsbeschrankt
ug haftungsbeschrankt
aktiengesellschaft
kommanditgesellschaft
gmbh co kg
private limited
public limited
anonim sirketi
limited sirketi
kabushiki kaisha
godo kaisha
sendirian berhad
perseroan terbatas
s de rl de cv
sa de cv
sapi de cv
free zone establishment
free zone company
fz llc
sp zoo
sp z oo
pte ltd
pty ltd
pvt ltd
sdn bhd
co ltd
ltd sti
"""

_ANYWHERE = """
ltd limited llc llp gmbh mbh plc inc incorporated corp corporation company ltda limitada eireli sarl srl srls sprl bvba
ooo oao zao pao pjsc ojsc cjsc jsc fze fzco fzc fzllc wll bhd sdn pty pvt pte kgaa ohg aps oyj kft zrt nyrt bt doo dooel
eood ood sgps lda unipessoal sicav slu sasu eurl sccl scrl asbl vzw spolka aktiebolag aktieselskab gesmbh ges unltd
co cv corporacion liability sociedad anonima anonim ograniczona odpowiedzialnoscia ogranicenom odgovornoscu drustvo
obshchestvo obschestvo aktsionernoe aktsionernoye publichnoe publichnoye otkrytoe otkrytoye zakrytoe zakrytoye
ogranichennoi ogranichennoy otvetstvennostyu otvetstvennostiu otvetsvennostyu
proprietary berhad tbk sirketi jusighoesa jusikhoesa
"""

_AT_THE_END = """
sa sas sl spa snc sca scs sc sci bv nv vof cv ag kg ug se ev eg ab as asa ks oy ans ad dd kd ao at ep epp co cie
lp lllp pllc pc pa psc pjs sac sal kk gk yk ae epe ike oe sro vos zoo sti tas tov cc ltee ou uab sia ik ic
ehf hf zsp sjsc pac private public
"""

_AT_THE_START = "ooo oao zao pao ao too ip pt tov pat prat firma sarl sa spolka cv ud doo ltd"

# What one typing error makes of the words that are passed over.
_MISTYPED_LITTLE_WORDS = frozenset({left for word in LITTLE_WORDS for left in (word, *neighbors(word))}) | frozenset(
    word[:at] + letter + word[at + replaced :]
    for word in LITTLE_WORDS
    for at in range(len(word) + 1)
    for replaced in (0, 1)
    for letter in "abcdefghijklmnopqrstuvwxyz"
)
_WITHIN_FORM_LENGTH_MAXIMUM = 3
# Words that make a legal form wherever all of them stand in a name.
_TOGETHER = (frozenset({"joint", "stock"}), frozenset({"limited", "liability"}), frozenset({"public", "company"}))
# Shorter words are too easily mistaken for another.
_MISTYPED_LENGTH_MINIMUM = 4
_MISTYPED_ALONE_LENGTH_MINIMUM = 6

_LONG_FORMS = sorted((tuple(line.split()) for line in _PHRASES.split("\n") if line), key=len, reverse=True)
_LONG_FORMS_BY_START: dict[str, list[tuple[str, ...]]] = {}
for _form in _LONG_FORMS:
    _LONG_FORMS_BY_START.setdefault(_form[0], []).append(_form)
_EVERYWHERE = frozenset(_ANYWHERE.split())
_ENDS = frozenset(_AT_THE_END.split())
_STARTS = frozenset(_AT_THE_START.split())
_SHORT_FORMS = sorted(form for form in _EVERYWHERE | _STARTS if 3 <= len(form) < 6)
_KNOWN = frozenset({*_PHRASES.split(), *_EVERYWHERE})


_MEANT: dict[str, str] = {}
for _word in sorted({*_PHRASES.split(), *_ANYWHERE.split()}):
    if len(_word) >= _MISTYPED_LENGTH_MINIMUM:
        for _left in (_word, *neighbors(_word)):
            _MEANT.setdefault(_left, _word)


def without_legal_form(*, words: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the words that tell a company apart, and those of its legal form, also if a letter of it is mistyped.

    Where nothing else would be left, all words tell it apart.
    """
    meant = [_meant(word) for word in words]
    legal = [word in _EVERYWHERE and len(word) >= _alone(given, word) for given, word in zip(words, meant, strict=True)]
    for together in _TOGETHER:
        if together.issubset(meant):
            legal = [known or word in together for known, word in zip(legal, meant, strict=True)]
    at = 0
    while at < len(words):
        taken = _long_form(meant, at)
        legal[at : at + taken] = [True] * taken
        at += taken or 1
    kept = [word for word, known in zip(words, legal, strict=True) if not known]
    forms = [word for word, known in zip(words, legal, strict=True) if known]
    while len(kept) > 1 and (kept[-1] in _ENDS or _is_within(kept, forms)):
        forms.append(kept.pop())
    while len(kept) > 1 and kept[0] in _STARTS:
        forms.append(kept.pop(0))
    if not kept:
        return tuple(words), ()
    return tuple(kept), tuple(forms)


def doubtful_legal_form(*, words: Sequence[str], legal_form: Sequence[str]) -> tuple[str, ...]:
    """Return the words that may be a legal form, out of its place or mistyped: too short to be sure."""
    if len(words) < 2:
        return ()
    doubtful = {word for word in (words[0], words[-1]) if _may_be_mistyped(word)}
    doubtful |= {word for word in words if may_be_legal_form(word=word) or word in _MISTYPED_LITTLE_WORDS}
    for word in reversed(words[1:]):
        # Where a legal form ends the name, the short words before it belong to it.
        if len(word) > (_WITHIN_FORM_LENGTH_MAXIMUM if legal_form else 2):
            break
        doubtful.add(word)
    return tuple(doubtful)


def may_be_legal_form(*, word: str) -> bool:
    """Return whether a word is a legal form at the end of a name, though it may be any word elsewhere."""
    return word in _ENDS


@lru_cache(maxsize=16_384)
def _may_be_mistyped(word: str) -> bool:
    return any(OSA.distance(word, form, score_cutoff=1) <= 1 for form in _SHORT_FORMS)


def _is_within(kept: Sequence[str], forms: Sequence[str]) -> bool:
    """Whether the last word stands within a legal form: S.A. dw C.V."""
    return bool(forms) and len(kept[-1]) <= 2 and len(kept) > 2 and kept[-2] in _ENDS


def _alone(given: str, meant: str) -> int:
    """Return how long a word must be to be legal without others around it."""
    return 0 if given == meant else _MISTYPED_ALONE_LENGTH_MINIMUM


def _meant(word: str) -> str:
    """Return the word of a legal form that a word is, or is one typing error away from; else the word itself."""
    if word in _KNOWN or len(word) < _MISTYPED_LENGTH_MINIMUM - 1:
        return word
    candidates = {_MEANT[left] for left in (word, *neighbors(word)) if left in _MEANT}
    return next((legal for legal in sorted(candidates) if OSA.distance(word, legal, score_cutoff=1) == 1), word)


def _long_form(words: Sequence[str], at: int) -> int:
    for form in _LONG_FORMS_BY_START.get(words[at], ()):
        if tuple(words[at : at + len(form)]) == form:
            return len(form)
    return 0
