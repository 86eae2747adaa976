// @ts-check
// The view of ConfigForm, drawn from the messages of widgets/protocol.py, and of Linked.
// Text is set as text, HTML is of our own making, and no secret is kept after it was sent.

const PROTOCOL = 2;
const PATIENCE = { hello: 2500, other: 8000 }; // milliseconds before the kernel counts as gone

/** @import {Action, Bar, Desc, NoticeMessage, Place, PreviewMessage, Section, State} from "../wire" */
/** @typedef {(raw: any, typing: boolean) => void} Edit */

/* -- elements */

/**
 * Make an element, its classes with our prefix: h("p.note", {title: "…"}, "text", child).
 * @param {string} shape @param {Record<string, any>} [props] @param {...any} kids
 * @returns {any}
 */
function h(shape, props = {}, ...kids) {
	const [tag, ...classes] = shape.split(".");
	const el = document.createElement(tag);
	if (classes.length) el.className = classes.map((name) => `esf-${name}`).join(" ");
	for (const [name, value] of Object.entries(props)) {
		if (name.startsWith("on")) el.addEventListener(name.slice(2), value);
		else if (value !== false && value != null) el.setAttribute(name, value === true ? "" : value);
	}
	el.append(...kids.filter(Boolean));
	return el;
}

/** @param {string} html */
function parsed(html) {
	const around = h("div");
	around.innerHTML = html;
	return [...around.childNodes];
}

const ICONS = {
	undo: "M6 3 3 6l3 3M3 6h6a4 4 0 0 1 0 8H6",
	redo: "M10 3l3 3-3 3M13 6H7a4 4 0 0 0 0 8h3",
	up: "M4 10l4-4 4 4",
	down: "M4 6l4 4 4-4",
	cross: "M4 4l8 8M12 4l-8 8",
	plus: "M8 3v10M3 8h10",
	copy: "M6 6h7v7H6zM3 10V3h7",
	lock: "M4 7h8v6H4zM6 7V5a2 2 0 0 1 4 0v2",
};

/** @param {keyof typeof ICONS} name */
function icon(name) {
	return parsed(`<svg viewBox="0 0 16 16" aria-hidden="true"><path d="${ICONS[name]}"/></svg>`)[0];
}

/** @param {string} label @param {() => void} onclick @param {keyof typeof ICONS} [picture] */
function button(label, onclick, picture) {
	return picture
		? h("button.icon", { "aria-label": label, title: label, onclick }, icon(picture))
		: h("button.button", { onclick }, label);
}

/** Off, but still with the focus. @param {HTMLElement} el @param {any} is */
const off = (el, is) => el.setAttribute("aria-disabled", is);

/** @param {HTMLElement} el @param {string} name @param {any} is */
const mark = (el, name, is) => el.classList.toggle(`esf-${name}`, Boolean(is));

/** @param {string} label @param {() => void} onclick */
const link = (label, onclick) => h("button.link", { onclick }, label);

/**
 * Fill an element anew, if that changes it: a button that is being pressed stays. The focus stays
 * with the button of the same name.
 * @param {HTMLElement} el @param {any[]} kids @param {() => void} [lost] called where there is none
 */
function refill(el, kids, lost) {
	const next = h("p", {}, ...kids);
	if (next.innerHTML === el.innerHTML) return;
	const name = (button) => button.title || button.textContent;
	const had = focused(el) && name(active(el));
	el.replaceChildren(...next.childNodes);
	if (had === false) return;
	const again = [...el.querySelectorAll("button")].find((button) => name(button) === had);
	if (again) again.focus();
	else lost?.();
}

/** @param {string} word */
const capital = (word) => word[0].toUpperCase() + word.slice(1);
/** @param {number} count @param {string} noun */
const some = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;

/** @param {HTMLElement} el @returns {any} */
const active = (el) => /** @type {any} */ (el.getRootNode()).activeElement ?? el;
/** @param {HTMLElement} el */
const focused = (el) => el.contains(active(el));

/** @param {string} kind @param {Record<string, any>} props */
const input = (kind, props) => h(`${kind}.box`, { spellcheck: "false", autocomplete: "off", ...props });

/* -- controls: an element, the box to type in or choose from (often that element), and what paints
   a state; `edit(raw, typing)` reports */

/** @param {Desc} desc @param {Edit} edit */
function textControl(desc, edit) {
	const long = desc.control === "code";
	const fit = () => {
		if (long) box.rows = Math.min(14, Math.max(2, box.value.split("\n").length));
	};
	const tell = ({ type }) => {
		fit();
		edit(box.value === "" && desc.nullable ? null : box.value, type === "input");
	};
	const box = input(long ? "textarea.code" : desc.numeric ? "input.number" : "input", {
		inputmode: desc.numeric, oninput: tell, onchange: tell,
	});
	return {
		box,
		paint(state) {
			box.value = state.text ?? "";
			box.placeholder = state.text === null ? "not set" : "";
			fit();
		},
	};
}

/** @param {Edit} edit */
function checkControl(edit) {
	const box = h("input.check", { type: "checkbox", onchange: () => edit(box.checked, false) });
	const word = h("span", { "aria-hidden": "true" });
	return {
		el: h("label.switch", {}, box, word),
		box,
		paint(state) {
			box.checked = state.text === "true";
			box.indeterminate = state.text !== "true" && state.text !== "false";
			word.textContent = box.indeterminate ? state.text || "not set" : box.checked ? "on" : "off";
		},
	};
}

/** @param {Desc} desc @param {Edit} edit */
function choiceControl(desc, edit) {
	const box = h("select.box", {
		onchange: () => edit(box.value === "~" ? null : { choice: Number(box.value) }, false),
	});
	const paint = ({ text }) => {
		const at = text === null ? -1 : desc.choices.indexOf(text);
		const now = at >= 0 ? at : text === null && desc.nullable ? "~" : "?";
		box.replaceChildren(
			desc.nullable ? h("option", { value: "~" }, "not set") : "",
			now === "?" ? h("option", { value: "?", disabled: true }, text ?? "choose…") : "",
			...desc.choices.map((choice, n) => h("option", { value: n }, choice)),
		);
		box.value = now;
	};
	return { box, paint };
}

/** @param {(typed: string) => void} set */
function secretControl(set) {
	const box = input("input", {
		type: "password",
		autocomplete: "new-password",
		onchange: () => {
			const typed = box.value;
			box.value = "";
			if (typed) set(typed);
		},
	});
	return {
		box,
		paint(state) {
			box.placeholder = state.text;
			mark(box, "filled", state.text?.startsWith("•"));
		},
	};
}

/**
 * Lists, mappings, sections and unions: a switch between alternatives, if there are any, and the parts.
 * @param {Field} field @param {Edit} edit
 */
function partsControl(field, edit) {
	const { desc, form } = field;
	const list = h("div.list");
	const kind = desc.choices.length ? choiceControl(desc, edit) : null;
	kind?.box.setAttribute("aria-label", `${desc.label}, kind`);
	return {
		el: h("div.parts", {}, kind?.box, list),
		box: kind?.box,
		kids: new Map(),
		paint(state) {
			kind?.paint(state);
			if (field.fold && !field.fold.open) return;
			const old = this.kids;
			const kids = new Map();
			this.kids = kids;
			state.parts.forEach(({ desc: part, state: now }, n) => {
				let kid = old.get(part.path);
				if (kid && kid.desc.control === part.control && String(kid.desc.choices) === String(part.choices)) {
					kid.state = now;
					kid.paint();
				} else {
					kid = new Field(form, part, now);
					kid.draw(state.parts.length < 4);
				}
				kids.set(part.path, kid);
				form.fields.set(part.path + (part.path === desc.path ? "=" : ""), kid);
				if (list.children[n] !== kid.row) list.insertBefore(kid.row, list.children[n] ?? null);
			});
			while (list.children.length > kids.size) list.lastChild.remove();
			for (const [path, kid] of old) if (kids.get(path) !== kid) form.forget(kid);
			mark(list, "empty", !kind && !kids.size);
		},
	};
}

/* -- one field, or a part of one */

class Field {
	row; // the elements, once they are drawn
	control;
	fold; // of a part that has parts
	sent = 0; // sequence number of the edit that is on its way
	busy = false; // the reader is typing: the text in the control is newer than any state

	/** @param {Form} form @param {Desc} desc @param {State} state */
	constructor(form, desc, state) {
		this.form = form;
		this.desc = desc;
		this.state = state;
		this.id = `esf-${form.view}-${form.made++}`;
		this.words = `${desc.path} ${desc.label} ${desc.doc}`.toLowerCase();
	}

	get locked() {
		return this.form.readOnly || Boolean(this.state.locked);
	}

	get wrong() {
		return this.state.below > 0 || this.faulty;
	}

	get faulty() {
		return this.state.problems.some(({ severity }) => severity === "error");
	}

	matches(text) {
		const shown = ({ text, parts }) => `${text ?? ""} ${parts.map((part) => shown(part.state)).join(" ")}`;
		const said = this.desc.sensitive ? "" : shown(this.state).toLowerCase();
		return text.split(/\s+/).every((word) => this.words.includes(word) || said.includes(word));
	}

	/** Send an edit, or keep the newest one until the one under way is answered. */
	edit(raw, typing) {
		if (this.locked) return this.paint();
		this.busy = typing;
		if (this.sent) this.form.behind.set(this, { raw, typing });
		else this.sent = this.form.send("set", { path: this.desc.path, raw, typing }, this);
	}

	answered(seq) {
		if (seq !== this.sent) return;
		this.sent = 0;
		const next = this.form.behind.get(this);
		this.form.behind.delete(this);
		if (next) this.edit(next.raw, next.typing);
		else this.paint();
	}

	focus() {
		const { kids, box } = this.control;
		const first = this.key ?? box ?? kids?.values().next().value;
		this.key?.select();
		if (first) first.focus();
		else (this.actions.querySelector("button") ?? this.fold?.firstChild)?.focus();
	}

	/** @param {boolean} [open] show its parts at once */
	draw(open) {
		const { desc, id, form } = this;
		const { role, path, control: kind } = desc;
		const edit = this.edit.bind(this);
		this.control =
			kind === "check" ? checkControl(edit)
			: kind === "choice" ? choiceControl(desc, edit)
			: kind === "parts" ? partsControl(this, edit)
			: kind === "secret" ? secretControl((value) => form.send("secret", { path, op: "set", value }))
			: textControl(desc, edit);
		const { box } = this.control;
		const own = kind !== "parts";
		const titled = !role || role === "field";
		this.titled = titled;
		if (own) box.id = id;
		if (own && !titled) box.setAttribute("aria-label", desc.label);
		this.control.el ??= box;
		let { el } = this.control;
		el.addEventListener("focusout", () => setTimeout(() => this.settle(), 0));
		el.addEventListener("keydown", ({ key, target }) => {
			if (key === "Enter" && target.tagName === "INPUT") target.dispatchEvent(new Event("change"));
		});
		this.problems = h("ul.problems", { id: `${id}-problems` });
		this.beside = h("div.beside.faint", { id: `${id}-beside` });
		this.origin = h("span.origin.faint", { id: `${id}-origin` });
		this.actions = h("span.actions");
		if (role === "entry") {
			this.key = input("input.key-box", {
				"aria-label": `Name of ${desc.label}`,
				onchange: () => form.send("item", { path, op: "rename", key: this.key.value }),
			});
			this.key.value = desc.name;
		}
		if (kind === "parts" && !titled) {
			this.brief = h("span.faint");
			el = this.fold = h("details.fold", { open, ontoggle: () => this.control.paint(this.state) },
				h("summary", {}, desc.label.split(", ").at(-1), " ", this.brief),
				this.key && h("label", {}, h("b", {}, "Entry"), this.key), el);
		}
		this.measure = [desc.unit, desc.bounds].filter(Boolean).join(" · ");
		this.row = h(
			`div.field${kind === "parts" ? ".is-parts" : ""}${role ? `.part.role-${role}` : ""}`,
			{ "data-path": path, role: "group", "aria-label": desc.label },
			titled && h("div.name", {},
				h(own ? "label.label" : "span.label", { for: own && id },
					desc.label, desc.required && h("span.need", { title: "required", "aria-hidden": "true" }, "*")),
				h("code.key", {}, desc.name),
				h("p.doc.faint", { id: `${id}-doc` }, desc.doc)),
			h("div.value", {},
				h("div.line", {}, !this.fold && this.key, el,
					this.measure && h("span.unit.faint", { id: `${id}-unit` }, this.measure),
					this.actions, this.origin),
				this.beside, this.problems),
		);
		this.paint();
		return this.row;
	}

	/** Show the kernel's spelling once the reader has left the control. */
	settle() {
		if (focused(this.control.el)) return;
		this.busy = false;
		this.paint();
	}

	paint() {
		if (!this.row) return;
		const { state, control, row } = this;
		if (!this.sent && !this.busy) control.paint(state);
		mark(row, "changed", state.changed);
		mark(row, "wrong", this.wrong);
		mark(row, "locked", state.locked);
		if (this.brief) {
			const texts = state.parts.map(({ desc, state }) => (desc.sensitive ? "" : state.text)).filter(Boolean);
			this.brief.textContent = texts.slice(0, 3).join(" · ");
		}
		if (!this.desc.role) {
			this.origin.replaceChildren(state.locked ? icon("lock") : "", state.locked || state.origin);
			this.origin.title = state.where;
			this.beside.textContent = state.beside && `≠ ${state.beside}`;
		}
		refill(this.actions, state.actions.map((action) => this.form.action(action)), () => this.focus());
		this.problems.replaceChildren(...state.problems.map(({ severity, text, code }) =>
			h(`li.${severity}`, {}, h("b", {}, capital(severity)), ` ${text}`, code && h("code.rule", {}, code))));
		this.describe();
	}

	/** Tie description and problems to the inputs for those who do not see them. */
	describe() {
		const { state, desc, id, locked } = this;
		const ids = [state.problems.length && "problems", state.locked && "origin", state.beside && "beside", this.titled && desc.doc && "doc", this.measure && "unit"]
			.filter(Boolean).map((part) => `${id}-${part}`).join(" ");
		const inputs = [this.control.box, this.key].filter(Boolean);
		for (const el of inputs.length ? inputs : [this.row]) el.setAttribute("aria-describedby", ids);
		for (const input of inputs) {
			input.setAttribute("aria-required", desc.required);
			input.setAttribute("aria-invalid", this.faulty);
			input.readOnly = locked;
			off(input, locked);
		}
	}
}

/* -- the form */

/** What the buttons above let through. @type {Record<string, (field: Field) => boolean>} */
const FILTERS = {
	changed: (field) => field.state.changed,
	invalid: (field) => field.wrong,
	secret: (field) => field.desc.sensitive,
	advanced: (field) => field.desc.advanced,
	different: (field) => Boolean(field.state.beside),
};

class Form {
	step = 0;
	/** @type {any[]} */ steps = [];
	view = Math.random().toString(36).slice(2);
	seq = 0;
	made = 0; // fields, by which they are numbered
	fields = new Map(); // rows and drawn parts, by path
	/** @type {Field[]} */ rows = [];
	pending = new Map(); // edits on their way
	behind = new Map(); // the newest behind them
	groups = new Map();
	/** @type {any[]} */ chips = [];
	filter = "";
	receive = (content) => this.on(content);
	patience = 0;

	/** @param {any} model @param {HTMLElement} root */
	constructor(model, root) {
		this.model = model;
		this.root = root;
		model.on("msg:custom", this.receive);
		root.append(h("p.faint.wait", {}, "Waiting for the kernel…"));
		this.send("hello", { protocol: PROTOCOL });
	}

	stop() {
		clearTimeout(this.patience);
		this.model.off("msg:custom", this.receive);
	}

	/** @param {string} type @param {Record<string, any>} [rest] @param {Field} [field] whose edit it is */
	send(type, rest = {}, field) {
		if (!field) {
			// what was typed before comes before
			for (const [each, { raw, typing }] of this.behind) {
				each.sent = this.send("set", { path: each.desc.path, raw, typing }, each);
			}
			this.behind.clear();
		}
		this.seq += 1;
		this.pending.set(this.seq, [field, active(this.root)]);
		clearTimeout(this.patience);
		this.patience = setTimeout(() => this.lost(), PATIENCE[type] ?? PATIENCE.other);
		this.model.send({ type, view: this.view, seq: this.seq, ...rest }); // throws where no kernel is
		return this.seq;
	}

	/** @param {Action} action */
	action({ label, icon: picture, off: none, shy, send }) {
		const go = () => this.send(send.type, send);
		const plus = picture === "plus";
		const el = picture && !plus ? button(label, go, /** @type {any} */ (picture)) : link(label, go);
		if (plus) el.prepend(icon("plus"));
		mark(el, "shy", shy);
		off(el, none);
		if (send.op) el.dataset.op = send.op;
		return el;
	}

	forget(field) {
		for (const kid of field.control.kids?.values() ?? []) this.forget(kid);
		if (this.fields.get(field.desc.path) === field) this.fields.delete(field.desc.path);
		this.behind.delete(field);
	}

	/** The kernel does not answer: say so, and stay readable. */
	lost() {
		if (this.rows.length) this.notice({ tone: "danger", text: "The kernel does not answer: it is gone, or still runs a cell. What you type here waits for it." });
		else this.root.replaceChildren(
			h("p.faint.wait", {}, "No kernel answers; run this cell again to edit. The last values:"),
			h("pre.body.wait", {}, JSON.stringify(this.model.get("value"), null, 2).slice(2, -2).replace(/[{}"]|,$/gm, "")),
		);
	}

	/** Where the focus is. */
	spot() {
		const el = active(this.root);
		const part = el.closest(".esf-field");
		const box = [...(part?.querySelectorAll(".esf-box") ?? [])].indexOf(el);
		return { el, row: el.closest(".esf-field:not(.esf-part)"), path: part?.dataset.path, op: el.dataset.op, box };
	}

	on(content) {
		if (content.view && content.view !== this.view) return;
		clearTimeout(this.patience);
		const at = this.spot();
		if (content.type === "reload-page") this.root.replaceChildren(h("p.wait", {}, content.text));
		else if (content.type === "form" || this.fields.size) this[content.type]?.(content);
		else return; // for others: this view's own form is on its way
		const { view, seq, focus } = content.answers ?? {};
		if (view !== this.view) return;
		const [field, el] = this.pending.get(seq) ?? [];
		this.pending.delete(seq);
		field?.answered(seq);
		// unless the reader has gone on
		if (focus && (at.el === el || !at.el.isConnected)) this.follow(focus, at);
	}

	/** Focus what was added, moved or renamed: for the same act, or in the same box. */
	follow(path, at) {
		const field = this.fields.get(path);
		const around = field?.row.parentElement.closest(".esf-field").dataset.path;
		if (!field || !at.path?.startsWith(around)) return;
		if (field.fold) field.fold.open = true;
		field.control.paint(field.state);
		const again = field.actions.querySelector(`[data-op="${at.op}"]`) ?? field.row.querySelectorAll(".esf-box")[at.box];
		(at.path !== around && again ? again : field).focus();
	}

	form({ title, subtitle, sections, fields, states, bar, read_only, wizard, others }) {
		this.readOnly = read_only;
		mark(this.root, "read", read_only);
		this.fields.clear();
		this.groups.clear();
		this.rows = fields.map((/** @type {Desc} */ desc) => new Field(this, desc, states[desc.path]));
		for (const row of this.rows) this.fields.set(row.desc.path, row);
		this.body = h("div.body", { tabindex: "-1", role: "region", "aria-label": title });
		for (const section of sections) this.group(section, section === sections[0]);
		this.none = h("p.faint.wait", {}, "Nothing matches. ", link("Show all", () => {
			this.filter = this.search.value = "";
			this.sift();
			this.search.focus();
		}));
		this.body.append(this.none);
		this.steps = wizard ? [...this.groups.values()].filter(({ section }) => section.parent === null) : [];
		this.root.replaceChildren(this.head(title, subtitle, others), this.body, this.foot());
		this.paintBar(bar);
		this.sift();
	}

	/** @param {Section} section @param {boolean} open */
	group(section, open) {
		const counts = h("span.counts.faint", {}, h("span"));
		const inside = h("div.inside");
		const el = h(
			"details.section",
			{ ontoggle: () => el.open && this.open(group) },
			h("summary", {}, h("span.title", {}, section.title), h("span.about.faint", {}, section.doc), counts),
			inside,
		);
		const fields = this.rows.filter((field) => field.desc.section === section.path);
		const toggle = link("", () =>
			this.send("item", { path: section.path, op: el.matches(".esf-none") ? "set-up" : "unset" }));
		if (section.optional) inside.append(h("div.absent", {}, toggle));
		const group = { el, inside, counts, fields, toggle, section };
		this.groups.set(section.path, group);
		(this.groups.get(section.parent)?.inside ?? this.body).append(el);
		if (open) this.open(group);
	}

	open({ el, fields, inside }) {
		el.open = true;
		if (!fields.length || fields[0].row) return;
		inside.append(...fields.map((field) => field.draw()), ...inside.querySelectorAll(":scope > .esf-section"));
	}

	head(title, subtitle, others) {
		this.search = input("input.search", {
			type: "search", placeholder: "Search settings", "aria-label": "Search settings",
			oninput: () => this.sift(),
		});
		this.chips = Object.keys(FILTERS).map((kind) => h("button.chip.faint", {
			"data-filter": kind, onclick: () => { this.filter = this.filter === kind ? "" : kind; this.sift(); },
		}));
		this.subtitle = h("span.faint", { title: subtitle }, subtitle);
		this.found = h("span.faint", { role: "status" });
		const compare = h("select.box.compare", {
			"aria-label": "Compare with", onchange: () => this.send("compare", { environment: compare.value }),
		}, ...["", ...others].map((name) => h("option", { value: name }, name || "Compare with…")));
		return h("div.head", {},
			h("div.heading", {}, h("strong", {}, title), this.subtitle),
			others.length > 0 && compare, this.search, this.found, h("div.chips", { role: "group", "aria-label": "Filter" }, ...this.chips));
	}

	foot() {
		this.stepping = h("span.steps");
		this.status = h("span.status", { role: "status" });
		this.notes = h("div.notes", { role: "alert" });
		this.review = h("div.review");
		this.loose = h("ul.problems.loose");
		this.undo = button("Undo", () => this.send("undo"), "undo");
		this.redo = button("Redo", () => this.send("redo"), "redo");
		this.discard = button("Discard", () => this.send("discard"));
		this.reviewing = button("Review", () => this.toggleReview("preview"));
		this.message = input("input.message", {
			placeholder: "Why? (message of the version)", "aria-label": "Message of the version",
			onkeydown: (event) => event.key === "Enter" && this.saving.click(),
		});
		this.saving = h("button.button.primary", { onclick: () => {
			off(this.saving, true);
			this.send("save", { message: this.message.value });
		} }, "Save");
		this.showing("");
		return h("div.foot", {}, this.review, this.loose, this.notes, h("div.bar", {}, this.status, this.stepping,
			h("span.gap"), button("YAML", () => this.toggleReview("yaml")), this.undo, this.redo, this.discard, this.reviewing, this.message, this.saving));
	}

	/** Another step of the wizard. @param {number} by */
	go(by) {
		this.step += by;
		this.sift();
		const group = this.steps[this.step];
		this.open(group);
		group.el.firstChild.focus();
		this.root.scrollIntoView({ block: "nearest" });
	}

	toggleReview(word) {
		if (this.shown === word) this.showing("");
		else this.send(word);
	}

	showing(word) {
		this.shown = word;
		this.review.hidden = !word;
		this.reviewing.setAttribute("aria-expanded", word === "preview");
	}

	/** @param {PreviewMessage} message */
	preview({ rows, text }) {
		const line = (row) => h("tr", {}, h("th", { scope: "row" }, row.path), h("td", {}, row.kind), h("td", {},
			row.kind !== "added" && h("del", {}, row.old || "empty"),
			!/^(add|remov)ed$/.test(row.kind) && " → ",
			row.kind !== "removed" && h("ins", {}, row.new || "empty")),
			h("td", {}, row.action && this.action(row.action)));
		const heads = ["setting", "change", "saved → new"].map((head, n) => h("th", { scope: "col", colspan: n > 1 && 2 }, head));
		refill(this.review, [text ? h("pre", { tabindex: 0 }, text) : rows.length
			? h("table.table", {}, h("thead", {}, h("tr", {}, ...heads)), h("tbody", {}, ...rows.map(line)))
			: h("p.faint", {}, "Nothing has changed.")], () => this.reviewing.focus());
		this.showing(text ? "yaml" : "preview");
	}

	/** @param {Omit<NoticeMessage, "type" | "view">} message */
	notice({ tone, text, action }) {
		const close = button("Dismiss", () => refill(this.notes, [], () => this.body.focus()), "cross");
		this.notes.replaceChildren(
			h(`div.note.${tone}`, {}, h("span", {}, text), action && this.action(action), close));
	}

	patch({ states, bar, subtitle, clean, answers }) {
		const had = focused(this.root);
		const { row } = this.spot();
		this.subtitle.title = this.subtitle.textContent = subtitle;
		for (const [path, state] of Object.entries(states)) {
			const field = this.fields.get(path);
			if (!field) continue;
			field.state = state;
			field.paint();
		}
		this.paintBar(bar);
		if (answers?.view === this.view) this.notes.replaceChildren(); // what comes by itself takes no word away
		if (clean) this.message.value = "";
		if (this.shown) (bar.changes || this.shown === "yaml" ? this.send(this.shown) : this.showing(""));
		if (had && !focused(this.root)) (row && !row.hidden ? this.fields.get(row.dataset.path) : this.body).focus();
	}

	/** @param {Bar} bar */
	paintBar(bar) {
		const errors = [...bar.form_errors, ...bar.errors].map(({ label }) => label);
		const text = errors.join("; ");
		const jump = h("button.link.jump", { title: text, onclick: () => bar.errors[0] && this.jump(bar.errors[0]) },
			some(errors.length, "error"));
		refill(this.status, [this.readOnly ? "Read-only" : bar.changes ? some(bar.changes, "change") : bar.ready ? "Not saved yet" : "No changes",
			text && " · ", text && jump], () => this.body.focus());
		refill(this.loose, bar.form_errors.map(({ path, label }) =>
			h("li.error", {}, h("b", {}, "Error"), ` ${label} `,
				path && link(`Remove ${path}`, () => this.send("item", { path, op: "remove" })))));
		off(this.undo, !bar.undo);
		off(this.redo, !bar.redo);
		for (const el of [this.discard, this.reviewing]) off(el, !bar.changes);
		this.saving.hidden = this.message.hidden = !bar.saves;
		off(this.saving, !bar.ready);
		this.saving.title = text && `Mend first: ${text}`;
		for (const chip of this.chips) {
			const kind = chip.dataset.filter;
			const count = this.rows.filter(FILTERS[kind]).length;
			chip.textContent = `${capital(kind)} ${count || ""}`;
			chip.hidden = !count && /^[ad]/.test(kind); // most forms have nothing advanced or different
		}
		for (const { el, fields, counts, toggle, section } of this.groups.values()) {
			const absent = bar.absent.includes(section.path);
			mark(el, "none", absent);
			const changed = fields.filter((f) => f.state.changed).length;
			const wrong = fields.filter((f) => f.wrong).length;
			counts.replaceChildren(
				wrong ? h("span.badge.error", {}, some(wrong, "error")) : "",
				changed ? h("span.badge.accent", {}, `${changed} changed`) : "",
				counts.lastChild);
			toggle.textContent = absent ? "Set this section up" : "Remove this section";
		}
		if (bar.saves && !(bar.changes || bar.ready || text)) this.steps = []; // it is saved: no steps any longer
		if (this.filter || !this.sieve) this.sift();
	}

	/** Show only what the search box and the filter let through. */
	sift() {
		const text = this.search.value.trim().toLowerCase();
		this.sieve = Boolean(text || this.filter);
		const keeps = (field) =>
			(!text || field.matches(text)) &&
			(!this.filter || FILTERS[this.filter](field) || (field.row && focused(field.row)));
		for (const chip of this.chips) chip.setAttribute("aria-pressed", chip.dataset.filter === this.filter);
		const alive = new Set();
		let total = 0;
		for (const [path, group] of [...this.groups].reverse()) {
			const found = group.fields.filter(keeps);
			total += found.length;
			const all = group.fields.length;
			group.counts.lastChild.textContent =
				group.el.matches(".esf-none") ? "not set" : this.sieve && all ? `${found.length} of ${all}` : all || "";
			const shown = !this.sieve || found.length > 0 || alive.has(path);
			if (this.sieve && shown) {
				alive.add(group.section.parent);
				group.was ??= group.el.open;
				this.open(group);
			} else if (!this.sieve && group.was !== undefined) {
				group.el.open = group.was;
				group.was = undefined;
			}
			const elsewhere = !this.sieve && this.steps.includes(group) && group !== this.steps[this.step];
			group.el.hidden = !shown || elsewhere;
			for (const field of group.fields) if (field.row) field.row.hidden = this.sieve && !found.includes(field);
		}
		const last = this.step + 1 >= this.steps.length;
		this.stepping.hidden = !this.steps.length;
		refill(this.stepping, [`Step ${this.step + 1} of ${this.steps.length} `,
			this.step && button("Back", () => this.go(-1)),
			!last && h("button.button.primary", { onclick: () => this.go(1) }, "Next")]);
		mark(this.saving, "primary", last);
		this.found.textContent = this.sieve ? `${total} found` : "";
		this.none.hidden = !this.sieve || total > 0;
	}

	/** @param {Place} place */
	jump({ path, at }) {
		const row = this.fields.get(path);
		if (!row) return;
		this.filter = this.search.value = "";
		for (let group = this.groups.get(row.desc.section); group; group = this.groups.get(group.section.parent)) {
			group.was = true;
			this.open(group);
			if (this.steps.includes(group)) this.step = this.steps.indexOf(group);
		}
		this.sift();
		let field = row; // down to the part that it is about
		for (let next = row; next; field = next ?? field) {
			if (next.fold) next.fold.open = true;
			next.control.paint(next.state);
			next = [...(next.control.kids ?? [])].find(([place]) => at.startsWith(place))?.[1];
		}
		field.row.scrollIntoView({ block: "nearest" });
		(field.control.box ?? field).focus();
	}
}

/** HTML whose buttons lead somewhere; the kernel hears which is pressed. */
function linked({ model, el }) {
	el.tabIndex = -1;
	const draw = () => refill(el, parsed(model.get("html")), () => (el.querySelector("button") ?? el).focus());
	draw();
	model.on("change:html", draw);
	el.addEventListener("click", ({ target }) => {
		const { to } = target.closest("button")?.dataset ?? {};
		if (to) model.send({ to });
	});
}

export default {
	render({ model, el }) {
		if (model.get("html") != null) return linked({ model, el });
		// keys pressed on buttons and boxes are no commands to the notebook; only Ctrl+S saves it
		const root = h("div", {
			class: "esf",
			onkeydown: (event) => (event.ctrlKey || event.metaKey) && event.key === "s" || event.stopPropagation(),
		});
		root.addEventListener("click", (event) => {
			if (!event.target.closest("[aria-disabled=true]")) return;
			event.preventDefault();
			event.stopPropagation();
		}, true);
		el.append(root);
		const form = new Form(model, root);
		return () => form.stop();
	},
};
