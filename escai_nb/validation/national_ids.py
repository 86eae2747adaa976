"""
Numbers by which states know people, checked by their own check digits.

Each form is first met by a pattern and then checked by python-stdnum, which
knows dates, regions and check digits. How sure a match is decides from which
level on it counts: a form of its own is sure; bare digits are not, unless the
words around them say what they are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pkgutil import resolve_name
from typing import TYPE_CHECKING

from escai_nb.validation.level import Level

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

GENERIC = re.compile(
    r"national[ _-]?(?:id|number|no)|identity[ _-]?(?:card|number|no)|id[ _-]?card|citizen"
    r"|personal[ _-]?(?:id|number|code)|tax[ _-]?(?:id|number|no|file)|taxpayer"
    r"|social[ _-]?(?:security|insurance)",
    re.IGNORECASE,
)
"""Words that may stand before any of them."""
COUNTED = re.compile(
    r"\b(?:order|invoice|ticket|build|trace|tracking|shipment|request|serial|account id|timestamp"
    r"|time|epoch|nonce|span|version|sku|barcode|gtin|ean|imei|batch|job|snowflake|device"
    r"|correlation|message|chat|user id|project|port|hash|digest|checksum|offset|sequence"
    r"|transaction|ref|reference|id)\b"
)
"""What numbers are called that are counted, and belong to no person."""
_NOT_INSIDE = r"(?<![\w.@/+-])(?<![^A-Za-z\"'\s][:=])(?<!\d )"
_NOT_GOING_ON = r"(?![\w@=]|[./+:-]\w| \d)"
UNCHECKED = frozenset({"dk.cpr", "pk.cnic", "us.ssn"})
"""Those without check digits, which any number may be."""
SHORTEST_ALONE = 10
"""Characters; shorter bare numbers are valid by chance too often to count without words."""


@dataclass(frozen=True, slots=True)
class NationalId:
    """
    One kind of number.

    Attributes:
        title: What people call it.

        module: Where python-stdnum checks it.

        certain: Pattern of the form that is hardly anything else; may be empty.

        bare: Pattern of the form that could be any number; may be empty.

        words: What is said before it, as a pattern.

        level: From which level on the certain form counts.
    """

    title: str
    module: str
    certain: str = ""
    bare: str = ""
    words: str = ""
    level: Level = Level.MEDIUM


@dataclass(frozen=True, slots=True)
class Form:
    """
    One pattern of a kind, ready to search with.

    Attributes:
        is_certain: It needs no words around it.
    """

    kind: NationalId
    pattern: re.Pattern[str]
    words: re.Pattern[str]
    is_certain: bool

    def counts(self, text: str, around: str, level: Level) -> bool:
        """Tell whether *text* is such a number for sure enough; *around* is what stands before."""
        is_spoken = self._is_spoken_of(around)
        is_counted = not is_spoken and COUNTED.search(around) is not None
        if not self.is_certain and not is_spoken:
            is_long = sum(map(str.isalnum, text)) >= SHORTEST_ALONE
            is_sure = is_long and self.kind.module not in UNCHECKED and not is_counted
            if not (level is Level.HIGH and is_sure):
                return False
        # digits alone that are called a serial number are one, whatever they add up to
        if self.is_certain and is_counted and text.isdigit() and level is not Level.HIGH:
            return False
        return is_valid(self.kind.module, text)

    def _is_spoken_of(self, around: str) -> bool:
        return bool(self.words.search(around) or GENERIC.search(around))


def is_valid(module: str, text: str) -> bool:
    """Tell whether python-stdnum's *module* takes *text* for a number of its kind."""
    return _checker(module)(text)


@lru_cache(maxsize=64)
def _checker(module: str) -> Callable[[str], bool]:
    check: Callable[[str], bool] = resolve_name(f"stdnum.{module}:is_valid")
    return check


@lru_cache(maxsize=4)
def forms(level: Level) -> tuple[Form, ...]:
    """Return the forms that are looked for at *level*."""
    return tuple(_forms(level))


def _forms(level: Level) -> Iterator[Form]:
    for kind in KINDS:
        words = re.compile(kind.words or r"(?!)", re.IGNORECASE)
        if kind.certain and level.covers(kind.level):
            yield Form(kind, _whole(kind.certain), words, is_certain=True)
        if kind.bare and level.covers(Level.MEDIUM):
            yield Form(kind, _whole(kind.bare), words, is_certain=False)


def _whole(pattern: str) -> re.Pattern[str]:
    return re.compile(f"{_NOT_INSIDE}(?:{pattern}){_NOT_GOING_ON}")


KINDS: tuple[NationalId, ...] = (
    NationalId(
        "Italian codice fiscale",
        "it.codicefiscale",
        r"[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]",
        level=Level.LOW,
    ),
    NationalId(
        "Mexican CURP",
        "mx.curp",
        r"[A-Z]{4}\d{6}[HM][A-Z]{5}[A-Z\d]\d",
        level=Level.LOW,
    ),
    NationalId(
        "Chinese resident identity number",
        "cn.ric",
        r"[1-8]\d{5}(?:19|20)\d{2}[01]\d[0-3]\d\d{3}[\dX]",
        level=Level.LOW,
    ),
    NationalId(
        "Swiss AHV number", "ch.ssn", r"756\.\d{4}\.\d{4}\.\d{2}|756\d{10}", level=Level.LOW
    ),
    NationalId(
        "US social security number", "us.ssn", r"\d{3}-\d{2}-\d{4}", r"\d{3} ?\d{2} ?\d{4}", "ssn"
    ),
    NationalId(
        "French NIR",
        "fr.nir",
        r"[12] ?\d{2} ?\d{2} ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}",
    ),
    NationalId("Spanish DNI", "es.dni", r"\d{8}-[A-Z]", r"\d{8} ?[A-Z]", r"\bdni\b|\bnif\b"),
    NationalId("Spanish NIE", "es.nie", r"[XYZ]-?\d{7}-?[A-Z]"),
    NationalId(
        "Swedish personnummer",
        "se.personnummer",
        r"(?:\d{2})?\d{6}[-+]\d{4}",
        r"\d{10}(?:\d{2})?",
        "personnummer",
    ),
    NationalId("Finnish HETU", "fi.hetu", r"\d{6}[-+A]\d{3}[\dA-Z]"),
    NationalId(
        "Norwegian fødselsnummer",
        "no.fodselsnummer",
        r"\d{6} \d{5}",
        r"\d{11}",
        "f(?:ø|o|oe)dselsnummer",
    ),
    NationalId(
        "Belgian national number",
        "be.nn",
        r"\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}",
        r"\d{11}",
        "rijksregister|registre national|niss",
    ),
    NationalId("Brazilian CPF", "br.cpf", r"\d{3}\.\d{3}\.\d{3}-\d{2}", r"\d{11}", "cpf"),
    NationalId("Indian Aadhaar", "in_.aadhaar", "", r"\d{4} ?\d{4} ?\d{4}", "aadhaar"),
    NationalId(
        "Canadian SIN",
        "ca.sin",
        "",
        r"\d{3}[ -]?\d{3}[ -]?\d{3}",
        r"\bsin\b|social insurance",
    ),
    NationalId(
        "Chilean RUT", "cl.rut", r"\d{1,2}\.\d{3}\.\d{3}-[\dKk]", r"\d{7,8}-?[\dKk]", r"\brut\b"
    ),
    NationalId("Korean RRN", "kr.rrn", r"\d{6}-\d{7}", r"\d{13}", r"\brrn\b"),
    NationalId("Czech or Slovak rodné číslo", "cz.rc", r"\d{6}/\d{3,4}", r"\d{9,10}", "rodn[eé]"),
    NationalId(
        "German tax id", "de.idnr", r"\d{2} \d{3} \d{3} \d{3}", r"\d{11}", r"steuer|\bidnr\b"
    ),
    NationalId("Polish PESEL", "pl.pesel", "", r"\d{11}", "pesel"),
    NationalId("Dutch BSN", "nl.bsn", "", r"\d{4}\.?\d{2}\.?\d{3}", "bsn|burgerservice"),
    NationalId("NHS number", "gb.nhs", "", r"\d{3}[ -]?\d{3}[ -]?\d{4}", r"\bnhs\b"),
    NationalId("Danish CPR", "dk.cpr", "", r"\d{6}-?\d{4}", r"\bcpr\b"),
    NationalId("South African id", "za.idnr", "", r"\d{13}", "south african"),
    NationalId("Romanian CNP", "ro.cnp", "", r"\d{13}", r"\bcnp\b"),
    NationalId("Bulgarian EGN", "bg.egn", "", r"\d{10}", r"\begn\b"),
    NationalId("Estonian isikukood", "ee.ik", "", r"\d{11}", "isikukood"),
    NationalId("Lithuanian asmens kodas", "lt.asmens", "", r"\d{11}", "asmens"),
    NationalId("Croatian OIB", "hr.oib", "", r"\d{11}", r"\boib\b"),
    NationalId("Turkish T.C. Kimlik No.", "tr.tckimlik", "", r"\d{11}", r"kimlik|\btckn\b"),
    NationalId("Irish PPS number", "ie.pps", "", r"\d{7}[A-W][A-IW]?", r"\bpps\b|\bppsn\b"),
    NationalId(
        "Austrian Versicherungsnummer", "at.vnr", "", r"\d{4} ?\d{6}", "svnr|versicherungsnummer"
    ),
    NationalId("Greek AMKA", "gr.amka", "", r"\d{11}", "amka"),
    NationalId("Icelandic kennitala", "is_.kennitala", "", r"\d{6}-?\d{4}", "kennitala"),
    NationalId("Israeli id", "il.idnr", "", r"\d{9}", "teudat|israeli"),
    NationalId("EMŠO or JMBG", "si.emso", "", r"\d{13}", "em[sš]o|jmbg"),
    NationalId("Malaysian NRIC", "my.nric", r"\d{6}-\d{2}-\d{4}", r"\d{12}", r"\bnric\b|mykad"),
    NationalId(
        "Thai identity number", "th.pin", r"\d-\d{4}-\d{5}-\d{2}-\d", r"\d{13}", r"\bthai\b"
    ),
    NationalId("Argentinian CUIT", "ar.cuit", r"\d{2}-\d{8}-\d", r"\d{11}", r"\bcui[tl]\b"),
    NationalId("Latvian personas kods", "lv.pvn", r"\d{6}-\d{5}", r"\d{11}", "personas"),
    NationalId("Portuguese citizen card", "pt.cc", r"\d{8} ?\d ?[A-Z]{2}\d"),
    NationalId("Portuguese NIF", "pt.nif", "", r"\d{3} ?\d{3} ?\d{3}", r"\bnif\b|contribuinte"),
    NationalId("Pakistani CNIC", "pk.cnic", "", r"\d{5}-\d{7}-\d|\d{13}", r"\bcnic\b"),
    NationalId("Japanese My Number", "jp.in_", "", r"\d{4} ?\d{4} ?\d{4}", "my[ _-]?number"),
    NationalId("Australian TFN", "au.tfn", "", r"\d{3} ?\d{3} ?\d{3}", r"\btfn\b"),
    NationalId("New Zealand IRD number", "nz.ird", "", r"\d{2,3}-?\d{3}-?\d{3}", r"\bird\b"),
    NationalId("Russian INN", "ru.inn", "", r"\d{12}", r"\binn\b"),
    NationalId("Ukrainian RNTRC", "ua.rntrc", "", r"\d{10}", r"rntrc|\brnokpp\b"),
    NationalId("Ecuadorian cédula", "ec.ci", "", r"\d{10}|\d{9}-\d", "c[eé]dula"),
    NationalId("Indonesian NIK", "id.nik", "", r"\d{16}", r"\bnik\b|\bktp\b"),
)
"""The numbers of people that are looked for; those of firms are public."""
