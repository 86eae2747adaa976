import pytest

from escai_nb.origin import Origin, OriginKind
from escai_nb.validation.finding import Finding, Severity

LINE = Origin(OriginKind.FILE, "config.production.yaml", 12, 9)
FINDING = Finding(
    "ESC202",
    Severity.WARNING,
    "api.port",
    "443 needs the rights of root",
    origin=LINE,
    related=("api.host",),
    related_origins=(None,),
)


def test_reads_as_a_string():
    """Path, what is the case, code."""
    assert "api.port: 443 needs the rights of root (ESC202)" == str(FINDING)
    assert "port" in FINDING
    assert "host" not in FINDING


def test_a_finding_about_the_whole_begins_with_its_message():
    """No path, no colon."""
    assert "the file is not sealed (ESC901)" == str(
        Finding("ESC901", Severity.ERROR, "", "the file is not sealed")
    )


def test_fingerprint_stays_when_lines_and_words_change():
    """It names rule and path, nothing else."""
    moved = Finding("ESC202", Severity.ERROR, "api.port", "22 needs the rights of root")

    assert FINDING.fingerprint == moved.fingerprint
    assert FINDING.fingerprint != Finding("ESC203", Severity.ERROR, "api.port", "").fingerprint


def test_errors_outrank_warnings_outrank_advice():
    """A higher rank is worse."""
    by_rank = sorted(Severity, key=lambda severity: severity.rank, reverse=True)

    assert [Severity.ERROR, Severity.WARNING, Severity.ADVICE] == by_rank


def test_data_tells_where():
    """Machine output has line and column of the value and of its companions."""
    data = FINDING.to_data()

    assert {
        "kind": "environment file",
        "source": "config.production.yaml",
        "line": 12,
        "column": 9,
    } == data["origin"]
    assert [{"path": "api.host", "origin": None}] == data["related"]


def test_companions_without_origins_are_told_all_the_same():
    """A finding made by hand need not know where its companions come from."""
    finding = Finding("X1", Severity.ADVICE, "a", "", related=("b", "c"))

    assert ["b", "c"] == [row["path"] for row in finding.to_data()["related"]]


def test_severity_is_read_from_its_word():
    """As options of a command give it."""
    assert Severity.WARNING is Severity("warning")
    with pytest.raises(ValueError, match="fatal"):
        Severity("fatal")
