"""
Forms of 60, 300 and 1,000 fields in JupyterLab in Chromium, ours beside its peers.

Told is the time from running the cell to the last change of the page, how many
of the controls on it have a name, and of ours also the time from a typed letter
to the painted answer. It tells, it does not fail; the table is printed and kept
in .artifacts/bench-browser.json.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import sync_playwright

REPOSITORY = Path(__file__).parents[2]
sys.path.insert(0, str(REPOSITORY))

from tests.browser.conftest import FLAGS, Desk, running_lab  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

SIZES = (60, 300, 1000)
PATIENCE = 60_000
"""Milliseconds after which a form counts as never shown; the slowest peers need minutes."""
STILL = 700
"""Milliseconds without a change of the page after which it counts as done."""
EDITS = 10

MODEL = """\
from pydantic import Field, create_model
kinds = [(str, "text"), (int, 5), (bool, True), (float, 0.5)]
Big = create_model("Big", **{{
    f"part_{{n:02}}": (create_model(f"Part{{n}}", **{{
        f"field_{{m}}": (kinds[m % 4][0], Field(kinds[m % 4][1], description="what it is for"))
        for m in range(10)
    }}), {{}})
    for n in range({size} // 10)
}})
for field in Big.model_fields.values():
    field.default_factory, field.default = field.annotation, None
Big.model_rebuild(force=True)
"""
FORMS = {
    "ConfigForm": (
        "from escai_nb.widgets import ConfigForm",
        "ConfigForm(model=Big)",
    ),
    "ipywidgets rows": (
        """\
import ipywidgets as w
def rows():
    made = []
    for part, field in Big.model_fields.items():
        for name, inner in field.annotation.model_fields.items():
            kinds = {int: w.IntText, float: w.FloatText, bool: w.Checkbox}
            box = kinds.get(inner.annotation, w.Text)(value=inner.default)
            made.append(w.HBox([w.Label(name), box, w.Button(description="reset"), w.HTML("")]))
    return w.VBox(made)""",
        "rows()",
    ),
    "ipyautoui": ("from ipyautoui import AutoUi", "AutoUi(Big)"),
    "ipywidgets-jsonschema": (
        "from ipywidgets_jsonschema import Form",
        "Form(Big.model_json_schema()).widget",
    ),
}
WATCH = """(still) => new Promise(done => {
    const begin = performance.now();
    let last = null;
    const output = document.querySelectorAll(".jp-Cell")[1];
    const watcher = new MutationObserver(() => { last = performance.now(); });
    const all = {childList: true, subtree: true, attributes: true, characterData: true};
    watcher.observe(output, all);
    const controls = ".jp-OutputArea :is(input, select, textarea)";
    const inputs = () => output.querySelectorAll(controls).length;
    window.jupyterapp.commands.execute("notebook:run-cell");
    const poll = setInterval(() => {
        const now = performance.now();
        if (now - begin < PATIENCE && !(last && now - last > still && inputs())) return;
        clearInterval(poll);
        watcher.disconnect();
        done({ms: inputs() ? last - begin : null, inputs: inputs()});
    }, 50);
})""".replace("PATIENCE", str(PATIENCE))
UNNAMED = """() => [...document.querySelectorAll(".jp-OutputArea :is(input, select, textarea)")]
    .filter(el => el.offsetParent)
    .filter(el => !(el.labels?.length || el.getAttribute("aria-label"))).length"""
READY = """() => {
    const {content, sessionContext} = window.jupyterapp.shell.currentWidget;
    return content.widgets[0].model.executionCount
        && sessionContext.session.kernel.status === "idle";
}"""
EDIT = """() => new Promise(done => {
    const boxes = [...document.querySelectorAll(".esf-field input")];
    const box = boxes.find(({type}) => type === "text");
    const row = box.closest(".esf-field");
    const watcher = new MutationObserver(() => requestAnimationFrame(() => {
        watcher.disconnect();
        done(performance.now() - begin);
    }));
    watcher.observe(document.querySelector(".esf-status"), {childList: true, subtree: true});
    watcher.observe(row, {childList: true, subtree: true});
    box.value += "x";
    const begin = performance.now();
    box.dispatchEvent(new Event("input", {bubbles: true}));
})"""


def measure(desk: Desk, form: str, size: int) -> dict[str, Any]:
    """Show one form in a notebook of its own, and tell how that went."""
    setup, show = FORMS[form]
    name = f"{form.replace(' ', '-')}-{size}.ipynb"
    desk.open(desk.lab.notebook(name, MODEL.format(size=size) + setup, show))
    page: Page = desk.page
    desk.command("notebook:run-cell-and-select-next")
    page.wait_for_function(READY)
    found = {"form": form, "fields": size, **page.evaluate(WATCH, STILL)}
    found["unnamed"] = page.evaluate(UNNAMED) if found["ms"] is not None else None
    if form == "ConfigForm":
        edits = sorted(page.evaluate(EDIT) for _ in range(EDITS))
        found["edit_ms"] = edits[len(edits) // 2]
    return found


def results(forms: list[str]) -> Iterator[dict[str, Any]]:
    """Measure *forms* of every size."""
    chromium = next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome")))
    )
    with (
        tempfile.TemporaryDirectory(prefix="bench-home-") as home,
        tempfile.TemporaryDirectory(prefix="bench-lab-") as folder,
        running_lab(Path(home), Path(folder)) as lab,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for size in SIZES:
            for form in forms:
                context = browser.new_context(viewport={"width": 1280, "height": 900})
                page = context.new_page()
                page.set_default_timeout(3 * PATIENCE)
                yield measure(Desk(lab, page), form, size)
                context.close()
        browser.close()


def main() -> None:
    """Measure, print and keep."""
    kept = []
    print(f"{'form':24}{'fields':>8}{'shown, ms':>12}{'unnamed':>9}{'edit, ms':>10}")
    for found in results(sys.argv[1:] or list(FORMS)):
        kept.append(found)
        shown = "never" if found["ms"] is None else f"{found['ms']:.0f}"
        edit = f"{found['edit_ms']:.0f}" if "edit_ms" in found else ""
        unnamed = "" if found["unnamed"] is None else found["unnamed"]
        print(
            f"{found['form']:24}{found['fields']:>8}{shown:>12}{unnamed!s:>9}{edit:>10}", flush=True
        )
    path = REPOSITORY / ".artifacts" / "bench-browser.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(kept, indent=1))


if __name__ == "__main__":
    main()
