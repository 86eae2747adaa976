import pytest

from escai_nb.errors import DocumentError, SealError
from escai_nb.origin import Origin, OriginKind
from escai_nb.validation import state_rules
from escai_nb.validation.finding import Severity
from escai_nb.validation.rule import Tier

FILE = Origin(OriginKind.FILE, "config.production.yaml", 3, 1)


@pytest.mark.parametrize(
    ("finding", "text"),
    [
        (
            state_rules.parse_failed(DocumentError("a bracket is open", hint="close it")),
            "a bracket is open (ESC001)",
        ),
        (state_rules.unsealed(Tier.PRODUCTION), "the file is not sealed (ESC901)"),
        (
            state_rules.seal_broken(SealError("a token was moved", path="api.key")),
            "api.key: a token was moved (ESC902)",
        ),
        (
            state_rules.unknown_variable("ESCAI_API__PROT"),
            "ESCAI_API__PROT has no effect (ESC903)",
        ),
        (
            state_rules.edited_outside("1f3a", Tier.STAGING),
            "edited outside since version 1f3a (ESC904)",
        ),
        (state_rules.unchecked(["a"]), "1 sealed value was not checked without the key (ESC905)"),
        (
            state_rules.unchecked(["a"], is_locked=False),
            "1 sealed value was not checked behind a broken seal (ESC905)",
        ),
        (
            state_rules.unchecked(["a", "b"]),
            "2 sealed values were not checked without the key (ESC905)",
        ),
    ],
)
def test_each_state_reads_as_a_sentence(finding, text):
    """With its code, and with a reason and a remedy."""
    assert text == str(finding)
    assert finding.why
    assert finding.fix


def test_state_findings_are_located():
    """The file, or the variable."""
    assert FILE == state_rules.unsealed(Tier.PRODUCTION, origin=FILE).origin


def test_hints_become_fixes():
    """What an error proposes is what the finding proposes."""
    error = DocumentError("a bracket is open", hint="close it")

    assert "Close it." == state_rules.parse_failed(error).fix
    assert "Did you mean X?" == state_rules.unknown_variable("Y", "did you mean X?").fix


def test_an_unsealed_file_is_worse_in_production():
    """In development it is only advised against."""
    severities = [state_rules.unsealed(tier).severity for tier in Tier]

    assert [Severity.ADVICE, Severity.ADVICE, Severity.ERROR, Severity.ERROR] == severities
