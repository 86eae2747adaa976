"""A labelled set: settings with personal data in them, and settings that only look like it."""

from __future__ import annotations

import random
import uuid

from stdnum import iban as iban_checks
from stdnum import luhn

from escai_nb.validation.national_ids import is_valid

SEED = 20_261_123
CARD_FORMS = (
    ("4", 16),
    ("51", 16),
    ("55", 16),
    ("2221", 16),
    ("2720", 16),
    ("34", 15),
    ("37", 15),
    ("6011", 16),
    ("65", 16),
)
IBANS = (
    ("DE", "0" * 18),
    ("NL", "ABNA0000000000"),
    ("GB", "WEST00000000000000"),
    ("FR", "00000000000AAAAAAAAAA00"),
    ("CH", "00000AAAAAAAAAAAA"),
    ("AT", "0" * 16),
    ("SE", "0" * 20),
    ("PL", "0" * 24),
    ("IE", "AIBK00000000000000"),
    ("DK", "0" * 14),
)
# Numbers of people with the word that a setting has for them: certain forms need none.
SPOKEN = (
    ("ssn", "us.ssn", "536-90-4399"),
    ("pesel", "pl.pesel", "44051401359"),
    ("bsn_number", "nl.bsn", "111222333"),
    ("nhs_number", "gb.nhs", "943 476 5870"),
    ("cpf", "br.cpf", "390.533.447-05"),
    ("cpf_digits", "br.cpf", "39053344705"),
    ("codice", "it.codicefiscale", "RCCMNL83S18D969H"),
    ("curp", "mx.curp", "BOXW310820HNERXN09"),
    ("resident", "cn.ric", "11010519491231002X"),
    ("ahv", "ch.ssn", "756.9217.0769.85"),
    ("nir", "fr.nir", "2 95 10 99 126 111 93"),
    ("dni", "es.dni", "54362315K"),
    ("nie", "es.nie", "X-2482300W"),
    ("personnummer", "se.personnummer", "880320-0016"),
    ("hetu", "fi.hetu", "131052-308T"),
    ("fødselsnummer", "no.fodselsnummer", "151086 95088"),
    ("rijksregisternummer", "be.nn", "85.07.30-033.28"),
    ("aadhaar", "in_.aadhaar", "2341 2341 2346"),
    ("sin", "ca.sin", "123-456-782"),
    ("rut", "cl.rut", "12.531.909-2"),
    ("rrn", "kr.rrn", "971013-9019902"),
    ("rodne_cislo", "cz.rc", "710319/2745"),
    ("steuer_idnr", "de.idnr", "36 574 261 809"),
    ("cpr", "dk.cpr", "211062-5629"),
    ("cnp", "ro.cnp", "1630615123457"),
    ("egn", "bg.egn", "7523169263"),
    ("isikukood", "ee.ik", "36805280109"),
    ("oib", "hr.oib", "33392005961"),
    ("tckn", "tr.tckimlik", "17291716060"),
    ("ppsn", "ie.pps", "6433435F"),
    ("svnr", "at.vnr", "1237 010180"),
    ("amka", "gr.amka", "01013099997"),
    ("kennitala", "is_.kennitala", "450401-3150"),
    ("teudat_zehut", "il.idnr", "039337423"),
    ("jmbg", "si.emso", "0101006500006"),
    ("nric", "my.nric", "770305-02-1234"),
    ("cuit", "ar.cuit", "20-05536168-2"),
    ("personas_kods", "lv.pvn", "161175-19997"),
    ("tfn", "au.tfn", "123 456 782"),
    ("tax_id", "pl.pesel", "44051401359"),
    ("national_id", "no.fodselsnummer", "15108695088"),
)
EMAILS = (
    "jane.doe@acme-corp.io",
    "j.smith+vpn@gmail.com",
    "anna_müller@posteo.de".replace("ü", "ue"),
    "o'brien@firm.co.uk",
    "kenji.sato@daigaku.ac.jp",
    "mary-jane@hospital.nhs.uk",
    "ivan83@yandex.ru",
)
PHONES = (
    "+1 415-555-2671",
    "+44 20 7946 0958",
    "+49 30 901820",
    "+33 1 42 68 53 00",
    "+81 3-3581-5111",
    "+91 98765 43210",
    "+55 11 91234-5678",
    "0049 30 901820",
)


def positives():
    """Yield (setting, text, kind of what it holds)."""
    draw = random.Random(SEED)  # noqa: S311
    for first, length in CARD_FORMS:
        for form in ("plain", "blanks", "dashes"):
            digits = first + "".join(draw.choices("0123456789", k=length - 1 - len(first)))
            digits += luhn.calc_check_digit(digits)
            yield draw.choice(("note", "billing.card", "test_data")), grouped(digits, form), "CARD"
    for country, body in IBANS:
        for spaced in (False, True):
            filled = "".join(draw.choice("0123456789") if c == "0" else c for c in body)
            number = valid_iban(country, filled, draw)
            text = " ".join(number[n : n + 4] for n in range(0, len(number), 4))
            yield "refund", f"to {text if spaced else number}", "ACCOUNT"
    for name, module, number in SPOKEN:
        assert is_valid(module, number), (module, number)
        yield f"people.{name}", number, "NATIONAL_ID"
        yield "note", f"{name.replace('_', ' ')}: {number}", "NATIONAL_ID"
    for address in EMAILS:
        yield "owner", address, "EMAIL"
        yield "note", f"ask {address}, he knows", "EMAIL"
        yield "note", f"<{address}>", "EMAIL"
    for number in PHONES:
        yield "on_call", number, "PHONE"
        yield "note", f"call {number} at night", "PHONE"
    for address in ("81.2.69.142", "2a02:8109:9c40:1200::1"):
        yield "client_ip", address, "IP"
        yield "note", f"user {address} is exempt", "IP"


def grouped(digits, form):
    """Write the digits of a card as they stand on it, or without gaps."""
    sign = {"plain": "", "blanks": " ", "dashes": "-"}[form]
    if len(digits) == 15:
        return sign.join((digits[:4], digits[4:10], digits[10:]))
    return sign.join(digits[n : n + 4] for n in range(0, len(digits), 4))


def valid_iban(country, body, draw):
    """Return an IBAN of *country* that its own rules take, check digits within it too."""
    for _ in range(100_000):
        number = country + "00" + body
        number = country + iban_checks.calc_check_digits(number) + body
        if iban_checks.is_valid(number):
            return number
        body = "".join(draw.choice("0123456789") if c.isdigit() else c for c in body)
    raise AssertionError(country)


def negatives(count=40):
    """Yield (setting, text) of what configurations are full of, and is nobody's."""
    draw = random.Random(SEED + 1)  # noqa: S311
    digits = lambda n: "".join(draw.choices("0123456789", k=n))  # noqa: E731
    hexes = lambda n: "".join(draw.choices("0123456789abcdef", k=n))  # noqa: E731
    for _ in range(count):
        number = draw.randrange
        yield "request_id", str(uuid.UUID(int=draw.getrandbits(128), version=4))
        yield "commit", hexes(40)
        yield "image", f"registry.io/team/app@sha256:{hexes(64)}"
        yield "image", f"app:v{number(9)}.{number(30)}.{number(999)}-{hexes(7)}"
        yield "version", f"{number(20)}.{number(40)}.{number(99)}"
        yield "version", f"{number(9)}.{number(9)}.{number(9999)}.{number(99)}"
        yield "release", f"{number(2020, 2030)}.{number(1, 13)}.{number(1, 29)}"
        yield "started", f"2026-{number(1, 13):02}-{number(1, 29):02}T10:{number(60):02}:00Z"
        yield "timestamp", str(number(1_600_000_000, 1_900_000_000))
        yield "timestamp_ms", str(number(1_600_000_000_000, 1_900_000_000_000))
        yield "created_ns", str(number(1_600_000_000_000_000_000, 1_900_000_000_000_000_000))
        yield "order_number", digits(16)
        yield "order_number", f"ORD-{digits(8)}-{digits(4)}"
        yield "invoice", f"INV-{number(2020, 2030)}-{digits(6)}"
        yield "tracking_id", digits(12)
        yield "ticket", f"OPS-{digits(5)}"
        yield "account_id", digits(12)
        yield "port_range", f"{number(1024, 30000)}-{number(30000, 65535)}"
        yield "address", f"10.{number(256)}.{number(256)}.{number(256)}:{number(1024, 65535)}"
        yield "subnet", f"192.168.{number(256)}.0/24"
        yield "upstream", f"{number(11, 120)}.{number(256)}.{number(256)}.{number(1, 255)}"
        yield "seed", digits(9)
        yield "seed", digits(10)
        yield "batch", digits(11)
        yield "part_number", f"{digits(3)}-{digits(3)}-{digits(4)}"
        yield "isbn", f"978-{digits(1)}-{digits(4)}-{digits(4)}-{digits(1)}"
        yield "mac", ":".join(hexes(2) for _ in range(6))
        yield "arn", f"arn:aws:iam::{digits(12)}:role/deploy"
        yield "queue", f"https://sqs.eu-west-1.amazonaws.com/{digits(12)}/jobs"
        yield "schedule", f"{number(60)} {number(24)} * * {number(7)}"
        yield "size", f"{digits(10)} bytes"
        yield "ratio", f"0.{digits(16)}"
        yield "trace", f"00-{hexes(32)}-{hexes(16)}-01"
        yield "color", f"#{hexes(6)}"
        yield "user_id", digits(18)
        yield "coordinates", f"{number(90)}.{digits(6)}, {number(180)}.{digits(6)}"
        yield "phone_like", f"555-{digits(4)}"
        yield "sku", f"{digits(4)}-{digits(4)}-{digits(4)}"
        yield "etag", hexes(32).upper()
        yield "serial", digits(15)
    yield from ordinary()


def ordinary():
    """Yield addresses of offices, machines and examples, and other lines of real files."""
    for address in (
        "user@example.com",
        "ops@acme-corp.io",
        "no-reply@acme-corp.io",
        "alerts+prod@acme-corp.io",
        "git@github.com:acme/repo.git",
        "deploy@bastion.internal",
        "root@localhost",
        "app@db.svc.cluster.local",
        "ci@project.iam.gserviceaccount.com",
        "pkg@1.2.3",
        "@scope/package@2.0.0",
        "postgresql://app@db.acme-corp.io:5432/x",
        "https://me@host.acme-corp.io/path",
        "first.last@yourdomain.com",
        "support@acme-corp.io",
        "jane@test.invalid",
    ):
        yield "contact", address
    for text in (
        "127.0.0.1",
        "0.0.0.0",  # noqa: S104
        "8.8.8.8",
        "::1",
        "fe80::1",
        "2001:db8::7",
        "203.0.113.9",
        "[::]:8080",
        "1.2.3.4-rc1",
        "+10 %",
        "+1",
        "+49 0",
        "2026-11-23 06:00:00+00:00",
        "UTC+02:00",
        "4 workers, 16 threads, 1024 connections",
        "1e10",
        "0x1F600",
        "1234567890",
        "0000000000000000",
        "1111111111111111",
        "9999 9999 9999 9999",
        "1234-5678-9012-3456",
        "12345678-1234",
        "192.0.2.0/24",
        "AB12CD34EF56AB78",
        "GB_2026_11_23_0001",
        "SHA256:uNiVztksCsDhcc0u9e8BgrJXVGDHBv8XxqVJz3zQwZk",
        "EUR 1 234 567 890",
        "see RFC 7519 section 4.1.4",
        "max 10 000 000 000 rows",
        "20260101120000",
        "eu-central-1a",
    ):
        yield "note", text
