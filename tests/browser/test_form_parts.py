"""Lists, mappings and unions of models in a real JupyterLab, by the keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Page, expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator

pytestmark = pytest.mark.browser

MODELS = """\
from typing import Annotated, Any, Literal
from pydantic import BaseModel, Field, SecretStr

class Server(BaseModel):
    host: str = Field("localhost", description="Where it listens")
    port: Annotated[int, Field(ge=1, le=65535)] = 80
    password: SecretStr | None = None

class Cat(BaseModel):
    kind: Literal["cat"] = "cat"
    name: str = "Tom"
    lives: int = 9

class Dog(BaseModel):
    kind: Literal["dog"] = "dog"
    name: str = "Rex"

class Tree(BaseModel):
    label: str = "leaf"
    below: "list[Tree]" = []

class Zoo(BaseModel):
    servers: list[Server] = [Server(), Server(host="b.example", port=81)]
    named: dict[str, Server] = {"main": Server()}
    weights: dict[str, float] = {"a": 0.5}
    pets: list[Annotated[Cat | Dog, Field(discriminator="kind")]] = [Cat()]
    either: Server | str | None = None
    tree: Tree = Tree(below=[Tree(label="twig")])
    pair: tuple[int, str] = (1, "a")
    maybe: list[int] | None = None
    many: list[int] = list(range(300))
"""
FORM = """\
from escai_nb.widgets import ConfigForm
from zoo import Zoo
form = ConfigForm(model=Zoo)
form"""

FAINT = """() => {
    const dot = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
    const over = (colours) => {
        dot.clearRect(0, 0, 1, 1);
        for (const colour of colours) {
            dot.fillStyle = colour;
            dot.fillRect(0, 0, 1, 1);
        }
        const [r, g, b] = [...dot.getImageData(0, 0, 1, 1).data].map(part => {
            const share = part / 255;
            return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
    };
    const grounds = (el) => el
        ? [...grounds(el.parentElement), getComputedStyle(el).backgroundColor]
        : ["white"];
    const ratio = (colour, under) => {
        const [one, other] = [over([...under, colour]), over(under)];
        return Math.max(one, other) / Math.min(one, other);
    };
    const faint = [];
    const check = (what, el, least, colour, under) => {
        const found = ratio(colour, under);
        if (found < least) faint.push(`${what} ${found} ${el.className} ${el.textContent}`);
    };
    for (const el of document.querySelectorAll(".esf *")) {
        const box = el.getBoundingClientRect();
        if (!box.width || el.closest("svg, option, .esf-shy, [aria-disabled=true]")) continue;
        const style = getComputedStyle(el);
        const own = [...el.childNodes].some(node => node.nodeType === 3 && node.data.trim());
        if (own || el.value) check("text", el, 4.5, style.color, grounds(el));
        if (el.placeholder && !el.value)
            check("hint", el, 4.5, getComputedStyle(el, "::placeholder").color, grounds(el));
        if (el.matches(".esf-box, .esf-button, .esf-chip"))
            check("edge", el, 3, style.borderTopColor, grounds(el.parentElement));
        const pressed = el.matches("button, select, summary, .esf-box, .esf-switch");
        if (pressed && Math.min(box.width, box.height) < 24)
            faint.push(`small ${box.width} x ${box.height} ${el.className} ${el.textContent}`);
    }
    return faint;
}"""


def row(page: Page, path: str) -> Locator:
    """Find the row or part at *path*."""
    return page.locator(f".esf-field[data-path='{path}']").first


def kernel(page: Page, code: str) -> str:
    """Evaluate *code* in the notebook's kernel."""
    text: str = page.evaluate(
        """async code => {
            const panel = window.jupyterapp.shell.currentWidget;
            const future = panel.sessionContext.session.kernel.requestExecute({
                code: "", user_expressions: {it: code},
            });
            return (await future.done).content.user_expressions.it.data["text/plain"];
        }""",
        code,
    )
    return text


@pytest.fixture
def zoo(desk: Any, page: Page, request: pytest.FixtureRequest) -> Page:
    """Open a form over a model with every kind of part."""
    notebook = desk.lab.notebook(f"{request.node.name}/zoo.ipynb", FORM)
    (notebook.parent / "zoo.py").write_text(MODELS)
    desk.open(notebook)
    desk.command("notebook:run-all-cells")
    row(page, "servers").wait_for()
    return page


def test_items_entries_and_alternatives(desk: Any, zoo: Page) -> None:
    """Models inside values are added, moved, renamed, switched and mended where they lie."""
    zoo.locator(".esf").scroll_into_view_if_needed()
    desk.pictures("form-parts")
    servers = row(zoo, "servers")
    servers.get_by_role("button", name="Add item").press("Enter")
    host = row(zoo, "servers[2].host").get_by_role("textbox", name="Host")
    expect(host).to_be_focused()
    host.fill("c.example")
    servers.get_by_role("button", name="Move item 3 up").press("Enter")
    expect(servers.get_by_role("button", name="Move item 2 up")).to_be_focused()
    expect(row(zoo, "servers[1].host").get_by_role("textbox")).to_have_value("c.example")
    servers.get_by_role("button", name="Duplicate item 1").press("Enter")
    expect(row(zoo, "servers[3]")).to_be_visible()
    servers.get_by_role("button", name="Remove item 4").press("Enter")
    port = row(zoo, "servers[0].port").get_by_role("textbox", name="Port")
    port.fill("0")
    expect(row(zoo, "servers[0].port").locator(".esf-problems")).to_contain_text("Error")
    expect(port).to_have_attribute("aria-invalid", "true")
    zoo.locator(".esf-jump").click()
    expect(port).to_be_focused()
    port.fill("8080")
    expect(port).not_to_have_attribute("aria-invalid", "true")
    secret = row(zoo, "servers[0].password").get_by_role("textbox", name="Password")
    secret.fill("canary-typed-5566")
    secret.press("Enter")
    expect(secret).to_have_value("")
    assert "['localhost', 'localhost', 'c.example']" == kernel(
        zoo, "[server.host for server in form.config.servers]"
    )

    named = row(zoo, "named")
    named.get_by_role("button", name="Add entry").press("Enter")
    name = named.get_by_role("textbox", name="Name of Named, new")
    expect(name).to_be_focused()
    zoo.keyboard.type("spare")  # in place of the name that was made for it
    name.press("Enter")
    expect(named.get_by_role("textbox", name="Name of Named, spare")).to_be_visible()
    assert "['main', 'spare']" == kernel(zoo, "list(form.config.named)")

    row(zoo, "pets[0].name").get_by_role("textbox").fill("Ace")
    kind = row(zoo, "pets[0]").get_by_role("combobox", name="Pets, item 1, kind")
    kind.select_option("dog")
    expect(row(zoo, "pets[0].lives")).to_have_count(0)
    expect(row(zoo, "pets[0].name").get_by_role("textbox")).to_have_value("Ace")
    assert "{'kind': 'dog', 'name': 'Ace'}" == kernel(zoo, "form.config.pets[0].model_dump()")
    desk.pictures("form-parts-edited")


def press_slowly(button: Locator) -> None:
    """Press a button with the mouse, and let it go after the kernel has answered."""
    button.scroll_into_view_if_needed()
    box = button.bounding_box()
    assert box is not None
    mouse = button.page.mouse
    mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    mouse.down()
    button.page.wait_for_timeout(400)
    mouse.up()


def test_a_slow_press_right_after_typing_is_not_lost(zoo: Page) -> None:
    """The buttons beside a box that is left stay the ones that are being pressed."""
    weight, status = row(zoo, "weights.a"), zoo.locator(".esf-status")
    box = weight.get_by_role("textbox", name="Weights, a", exact=True)
    box.click()
    box.press_sequentially("7")
    expect(status).to_have_text("1 change")
    press_slowly(row(zoo, "weights").get_by_role("button", name="back to saved"))
    expect(box).to_have_value("0.5")
    expect(status).to_have_text("No changes")
    box.click()
    box.press_sequentially("x")
    expect(zoo.locator(".esf-jump")).to_be_visible()
    press_slowly(zoo.locator(".esf-jump"))
    expect(box).to_be_focused()
    press_slowly(weight.get_by_role("button", name="Remove entry a"))
    expect(weight).to_have_count(0)
    expect(status).to_have_text("1 change")


def test_the_form_is_read_by_its_roles(zoo: Page) -> None:
    """What a screen reader is told names every control; nothing is without a name."""
    unnamed = zoo.evaluate(
        """() => [...document.querySelectorAll(".esf :is(input, select, textarea, button)")]
            .filter(el => !(el.labels?.length || el.getAttribute("aria-label") || el.textContent))
            .map(el => el.outerHTML)"""
    )
    assert [] == unnamed
    expect(row(zoo, "servers[0]")).to_match_aria_snapshot(
        """
        - group "Servers, item 1":
          - group:
            - text: item 1 localhost · 80
            - group "Host":
              - textbox "Host": localhost
            - group "Port":
              - textbox "Port": "80"
            - group "Password":
              - textbox "Password"
              - button "Generate"
          - button "Move item 1 up" [disabled]
          - button "Move item 1 down"
          - button "Duplicate item 1"
          - button "Remove item 1"
        """
    )


def test_narrow_windows_and_large_letters(desk: Any, zoo: Page) -> None:
    """At 900 pixels, and at twice the size, nothing is cut off sideways."""
    overflow = """() => [...document.querySelectorAll(".esf, .esf .esf-field, .esf-bar")]
        .filter(el => el.scrollWidth > el.clientWidth + 1 || el.getBoundingClientRect().width < 1)
        .map(el => el.className + " " + (el.dataset.path ?? ""))"""
    zoo.set_viewport_size({"width": 900, "height": 700})
    assert [] == zoo.evaluate(overflow)
    desk.pictures("form-900")
    zoo.set_viewport_size({"width": 1280, "height": 900})
    zoo.evaluate("document.body.style.zoom = 2")
    assert [] == zoo.evaluate(overflow)
    desk.pictures("form-200-percent")


def test_what_is_read_and_pressed_stands_out(desk: Any, zoo: Page) -> None:
    """Text has 4.5 : 1, edges of controls 3 : 1, and what is pressed is 24 pixels at least."""
    search = zoo.get_by_role("searchbox", name="Search settings")
    port = row(zoo, "servers[0].port").get_by_role("textbox")
    port.fill("70000")
    zoo.locator(".esf-jump").wait_for()
    for theme in ("dark", "light"):
        desk.theme(theme)
        search.fill("")
        port.focus()
        row(zoo, "weights").hover()
        assert [] == zoo.evaluate(FAINT)
        search.fill("nowhere")
        zoo.get_by_role("button", name="Show all").wait_for()
        assert [] == zoo.evaluate(FAINT)
