// The view of ConfigForm against a kernel that is played here: what is sent, when, and what is shown.

import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, mock, test } from "node:test";

const { Window } = createRequire(import.meta.url)("happy-dom");
// a name that Node.js takes for a module
const module = join(mkdtempSync(join(tmpdir(), "form-")), "form.mjs");
copyFileSync(new URL("../../escai_nb/widgets/static/form.js", import.meta.url), module);
const { default: widget } = await import(module);

const DESC = {
	section: "", role: "", doc: "", unit: "", choices: [], nullable: false, required: false, bounds: "",
	numeric: "", sensitive: false, advanced: false, control: "line",
};
const STATE = {
	text: "", changed: false, origin: "", where: "", beside: "", locked: "", problems: [], below: 0, parts: [], actions: [],
};
const BAR = { changes: 0, errors: [], form_errors: [], absent: [], undo: false, redo: false, saves: true, ready: false };

const desc = (path, more = {}) => ({ ...DESC, path, name: path, label: path, ...more });
const state = (text, more = {}) => ({ ...STATE, text, ...more });

/** A widget model whose kernel is the test. */
class Model {
	sent = [];
	on(_, callback) {
		this.answer = callback;
	}
	off() {
		this.answer = null;
	}
	send(content) {
		this.sent.push(content);
	}
	get(name) {
		return { value: { port: 80, api: { host: "kept" } }, html: this.html }[name];
	}
	take() {
		return this.sent.splice(0);
	}
}

let page;
let model;
let root;
let close;

/** Open a form of these rows; each is [desc, state]. */
const open = (...rows) => openAs({}, ...rows);

function openAs(more, ...rows) {
	model = new Model();
	root = page.document.createElement("div");
	page.document.body.append(root);
	close = widget.render({ model, el: root });
	const [hello] = model.take();
	assert.equal(hello.type, "hello");
	model.answer({
		type: "form", view: hello.view, title: "T", subtitle: "", read_only: false, bar: BAR,
		wizard: false, others: [],
		sections: [{ path: "", parent: null, title: "General", doc: "", optional: false }],
		fields: rows.map(([each]) => each),
		states: Object.fromEntries(rows.map(([each, now]) => [each.path, now])),
		...more,
	});
}

/** Answer one message of the view with a patch. */
function patch(message, states = {}, bar = {}, focus = "") {
	model.answer({
		type: "patch", states, bar: { ...BAR, ...bar }, subtitle: "", clean: false,
		answers: { view: message.view, seq: message.seq, focus },
	});
}

const box = (path) => root.querySelector(`[data-path="${path}"] input`);

function type(path, text) {
	const input = box(path);
	input.focus();
	input.value = text;
	input.dispatchEvent(new page.Event("input"));
}

beforeEach(() => {
	page = new Window();
	globalThis.document = page.document;
	globalThis.Event = page.Event;
	mock.timers.enable({ apis: ["setTimeout"] });
});

afterEach(() => {
	close?.();
	mock.timers.reset();
});

test("fast typing sends one edit at a time, and the last one always", () => {
	open([desc("host"), state("")]);
	for (const text of ["a", "ab", "abc"]) type("host", text);
	const [first, ...more] = model.take();
	assert.deepEqual([first.raw, more], ["a", []]);
	patch(first, { host: state("a") });
	const [last] = model.take();
	assert.equal(last.raw, "abc");
	assert.equal(box("host").value, "abc");
});

test("a late answer never overwrites newer typing", () => {
	open([desc("host"), state("")]);
	type("host", "a");
	const [first] = model.take();
	type("host", "ab");
	patch(first, { host: state("A") });
	assert.equal(box("host").value, "ab");
	patch(model.take()[0], { host: state("AB") });
	assert.equal(box("host").value, "ab");
	box("host").blur();
	mock.timers.tick(1);
	assert.equal(box("host").value, "AB");
});

test("what was typed goes before what is done next", () => {
	open([desc("host"), state("")]);
	type("host", "a");
	type("host", "ab");
	root.querySelector(".esf-primary").setAttribute("aria-disabled", "false");
	root.querySelector(".esf-primary").click();
	assert.deepEqual(model.take().map(({ type, raw }) => [type, raw]), [["set", "a"], ["set", "ab"], ["save", undefined]]);
});

test("a typed secret is sent once and is nowhere on the page", () => {
	open([desc("token", { control: "secret", sensitive: true }), state("not set")]);
	box("token").value = "canary-1234";
	box("token").dispatchEvent(new page.Event("change"));
	assert.equal(model.take()[0].value, "canary-1234");
	assert.equal(box("token").value, "");
	assert.ok(!root.outerHTML.includes("canary"));
});

test("hostile text is text", () => {
	const hostile = '<img src=x onerror="alert(1)">\u202e\u0000';
	const said = [{ severity: "error", text: hostile, code: "X" }];
	open([desc("host", { label: hostile, doc: hostile }), state(hostile, { problems: said, saved: hostile })]);
	assert.equal(root.querySelector("img"), null);
	assert.equal(root.querySelector(".esf-doc").textContent, hostile);
});

test("items follow their paths, and the focus follows the item", () => {
	const item = (n, text) => ({
		desc: desc(`list[${n}]`, { role: "item", label: `list, item ${n + 1}` }),
		state: state(text, {
			actions: [{ label: `Move item ${n + 1} up`, icon: "up", off: n === 0, shy: false,
				send: { type: "item", path: `list[${n}]`, op: "up" } }],
		}),
	});
	const list = (...texts) => state(null, { parts: texts.map((text, n) => item(n, text)) });
	open([desc("list", { control: "parts" }), list("a", "b", "c")]);
	const kept = box("list[1]");
	const up = root.querySelector('[title="Move item 3 up"]');
	up.focus();
	up.click();
	const [act] = model.take();
	assert.deepEqual([act.type, act.path, act.op], ["item", "list[2]", "up"]);
	patch(act, { list: list("a", "c", "b") }, {}, "list[1]");
	assert.equal(box("list[1]"), kept);
	assert.deepEqual([0, 1, 2].map((n) => box(`list[${n}]`).value), ["a", "c", "b"]);
	assert.equal(page.document.activeElement.title, "Move item 2 up");
	root.querySelector('[title="Move item 3 up"]').click();
	const [late] = model.take();
	box("list[0]").focus(); // the reader goes on before the answer is here
	patch(late, { list: list("a", "b", "c") }, {}, "list[1]");
	assert.equal(page.document.activeElement, box("list[0]"));
	patch({}, { list: list("a") });
	assert.equal(box("list[1]"), null);
});

test("an update leaves the focus on the button it is on", () => {
	const actions = [{ label: "Generate", icon: "", off: false, shy: false, send: { type: "secret", path: "t", op: "generate" } }];
	open([desc("t", { control: "secret" }), state("not set", { actions })]);
	const make = () => [...root.querySelectorAll("button")].find((each) => each.textContent === "Generate");
	make().focus();
	patch({}, { t: state("set", { actions }) });
	assert.equal(page.document.activeElement, make());
});

test("a kernel that never answers leaves the last values to read", () => {
	model = new Model();
	root = page.document.createElement("div");
	close = widget.render({ model, el: root });
	mock.timers.tick(60_000);
	assert.match(root.textContent, /No kernel answers/);
	assert.match(root.textContent, /api:\s*host: kept/);
});

test("a kernel of another version asks to reload the page", () => {
	model = new Model();
	root = page.document.createElement("div");
	close = widget.render({ model, el: root });
	model.answer({ type: "reload-page", text: "Reload it." });
	assert.match(root.textContent, /Reload it/);
});

test("what happens elsewhere takes no notice away; what is done here does", () => {
	open([desc("host"), state("")]);
	const said = () => root.querySelector(".esf-notes").textContent;
	model.answer({ type: "notice", tone: "good", text: "Saved." });
	const byItself = { type: "patch", states: {}, bar: BAR, subtitle: "", clean: false };
	model.answer(byItself);
	model.answer({ ...byItself, answers: { view: "another", seq: 1, focus: "" } });
	assert.match(said(), /Saved/);
	type("host", "a");
	patch(model.take()[0]);
	assert.equal(said(), "");
});

test("a wizard shows one section at a time", () => {
	const sections = ["one", "two"].map((path) => ({ path, parent: null, title: path, doc: "", optional: false }));
	const rows = sections.map(({ path }) => [desc(`${path}.x`, { section: path }), state("")]);
	openAs({ wizard: true, sections, bar: { ...BAR, ready: true } }, ...rows);
	const shown = () => [...root.querySelectorAll(".esf-section")].filter((el) => !el.hidden).map((el) => el.textContent);
	const press = (name) => [...root.querySelectorAll(".esf-steps button")].find((el) => el.textContent === name).click();
	assert.match(root.querySelector(".esf-steps").textContent, /Step 1 of 2/);
	assert.equal(shown().length, 1);
	press("Next");
	assert.match(shown()[0], /^two/);
	assert.match(root.querySelector(".esf-steps").textContent, /Step 2 of 2/);
	press("Back");
	assert.match(shown()[0], /^one/);
	type("one.x", "a");
	patch(model.take().at(-1), { "one.x": state("a", { changed: true }) }, { changes: 1, ready: true });
	assert.equal(shown().length, 1);
	patch(model.take().at(-1) ?? {}, { "one.x": state("a") });
	assert.equal(shown().length, 2, "once it is saved there are no steps");
	assert.ok(root.querySelector(".esf-steps").hidden);
});

test("what differs in another environment stands at its row, and can be filtered", () => {
	openAs({ others: ["staging"] }, [desc("a"), state("1", { beside: "staging: 2" })], [desc("b"), state("1")]);
	assert.match(root.querySelector('[data-path="a"]').textContent, /≠ staging: 2/);
	root.querySelector("[data-filter=different]").click();
	assert.ok(root.querySelector('[data-path="b"]').hidden);
	const compare = root.querySelector('select[aria-label="Compare with"]');
	compare.value = "staging";
	compare.dispatchEvent(new page.Event("change"));
	assert.equal(model.take().at(-1).environment, "staging");
});

test("a search says how many it found, and its way back when it found none", () => {
	const sections = ["one", "two"].map((path) => ({ path, parent: null, title: path, doc: "", optional: false }));
	openAs({ sections }, ...["one.port", "one.host", "two.port"].map((path) =>
		[desc(path, { section: path.slice(0, 3) }), state("")]));
	const search = root.querySelector("[type=search]");
	const look = (text) => {
		search.value = text;
		search.dispatchEvent(new page.Event("input"));
	};
	const told = () => ["[role=status]", ".esf-counts"].flatMap((each) => [...root.querySelectorAll(each)].map((el) => el.textContent));
	look("port");
	assert.deepEqual(told(), ["2 found", "No changes", "1 of 2", "1 of 1"]);
	look("nowhere");
	assert.equal(told()[0], "0 found");
	root.querySelector(".esf-wait button").click();
	assert.deepEqual(told(), ["", "No changes", "2", "1"]);
	assert.equal(page.document.activeElement, search);
});

test("the values are a click away as text", () => {
	open([desc("a"), state("1")]);
	[...root.querySelectorAll("button")].find((el) => el.textContent === "YAML").click();
	const [asked] = model.take();
	assert.equal(asked.type, "yaml");
	model.answer({ type: "preview", view: asked.view, rows: [], text: "a: 1" });
	assert.equal(root.querySelector("pre").textContent, "a: 1");
});

test("every input has a name, and its errors are tied to it", () => {
	const wrong = state("x", { problems: [{ severity: "error", text: "no", code: "E" }] });
	open([desc("a"), wrong], [desc("b", { control: "check" }), state("true")],
		[desc("c", { control: "choice", choices: ["x", "y"] }), state("x")], [desc("d", { control: "code" }), state("{}")]);
	for (const input of root.querySelectorAll(".esf-field :is(input, select, textarea)")) {
		const label = root.querySelector(`label[for="${input.id}"]`);
		assert.ok(label ?? input.getAttribute("aria-label") ?? input.closest("label"), input.outerHTML);
	}
	assert.equal(box("a").getAttribute("aria-invalid"), "true");
	const said = box("a").getAttribute("aria-describedby").split(" ").map((id) => root.querySelector(`#${id}`)?.textContent);
	assert.ok(said.some((text) => text?.includes("no")));
});

test("a locked check box is reached, says why, and stays as it is", () => {
	open([desc("debug", { control: "check" }), state("false", { locked: "ESCAI_DEBUG", origin: "variable" })]);
	const debug = box("debug");
	assert.deepEqual([debug.disabled, debug.tabIndex, debug.getAttribute("aria-disabled")], [false, 0, "true"]);
	const told = debug.getAttribute("aria-describedby").split(" ").map((id) => page.document.getElementById(id).textContent);
	assert.ok(told.includes("ESCAI_DEBUG"), told);
	debug.focus();
	debug.click();
	assert.deepEqual([debug.checked, model.take()], [false, []]);
	assert.equal(page.document.activeElement, debug);
});

test("a notice that is dismissed leaves the focus in the form", () => {
	open([desc("host"), state("")]);
	model.answer({ type: "notice", tone: "good", text: "Saved." });
	const dismiss = root.querySelector("[aria-label=Dismiss]");
	dismiss.focus();
	dismiss.click();
	assert.equal(root.querySelector(".esf-note"), null);
	assert.equal(page.document.activeElement, root.querySelector(".esf-body"));
});

test("a table tells which place was pressed, and keeps the focus when it is drawn anew", () => {
	const drawn = (...paths) => paths.map((path) => `<button data-to="${path}"><code>${path}</code></button>`).join("");
	const table = new Model();
	table.html = drawn("api.port", "api.host");
	root = page.document.createElement("div");
	page.document.body.append(root);
	widget.render({ model: table, el: root });
	root.querySelectorAll("code")[1].click();
	root.click();
	assert.deepEqual(table.take(), [{ to: "api.host" }]);
	root.querySelectorAll("button")[1].focus();
	for (const [now, at] of [[drawn("api.host", "x"), "api.host"], [drawn("x"), "x"], ["none", undefined]]) {
		table.html = now;
		table.answer();
		assert.equal(page.document.activeElement.dataset.to, at);
		assert.ok(root.contains(page.document.activeElement));
	}
});
