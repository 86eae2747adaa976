// @ts-check
// The view of ConfigForm: plain DOM, drawn from messages of the kernel.
// The messages are described in widgets/protocol.py. All text is set as text,
// never as HTML, and no secret is kept longer than it takes to send it.

const PROTOCOL = 1;
const PATIENCE = { hello: 2500, other: 8000 }; // milliseconds before the kernel counts as gone

/** @import {Bar, Desc, Edit, Row, Section, State} from "../wire" */

/* ------------------------------------------------------------- elements */

/**
 * Make an element: h("p.note", {title: "…"}, "text", child).
 * @param {string} shape @param {Record<string, any>} [props] @param {...any} kids
 * @returns {any}
 */
function h(shape, props = {}, ...kids) {
  const [tag, ...classes] = shape.split(".");
  const el = document.createElement(tag);
  if (classes.length) el.className = classes.join(" ");
  for (const [name, value] of Object.entries(props)) {
    if (name.startsWith("on")) el.addEventListener(name.slice(2), value);
    else if (value === true) el.setAttribute(name, "");
    else if (value !== false && value != null) el.setAttribute(name, String(value));
  }
  el.append(...kids.filter((kid) => kid != null));
  return el;
}

const ICONS = {
  undo: "M6 3 3 6l3 3M3 6h6a4 4 0 0 1 0 8H6",
  redo: "M10 3l3 3-3 3M13 6H7a4 4 0 0 0 0 8h3",
  up: "M4 10l4-4 4 4",
  down: "M4 6l4 4 4-4",
  cross: "M4 4l8 8M12 4l-8 8",
  plus: "M8 3v10M3 8h10",
  lock: "M4 7h8v6H4zM6 7V5a2 2 0 0 1 4 0v2",
};

/** @param {keyof typeof ICONS} name */
function icon(name) {
  const ns = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(ns, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(ns, "path");
  line.setAttribute("d", ICONS[name]);
  svg.append(line);
  return svg;
}

/** @param {string} label @param {(event: Event) => void} onclick @param {keyof typeof ICONS} [picture] */
function button(label, onclick, picture) {
  return picture
    ? h("button.esf-icon", { type: "button", "aria-label": label, title: label, onclick }, icon(picture))
    : h("button.esf-button", { type: "button", onclick }, label);
}

/** @param {string} label @param {(event: Event) => void} onclick */
const link = (label, onclick) => h("button.esf-link", { type: "button", onclick }, label);

/** @param {number} count @param {string} noun */
const some = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;

/** @param {HTMLElement} el */
const focused = (el) => el.contains(/** @type {any} */ (el.getRootNode()).activeElement);

/* ------------------------------------------------------------- controls
 * A control is {el, inputs, paint}: its element, the elements that take the
 * focus, and a function that shows a state. `edit(raw, typing)` reports.
 */

/** @param {Desc} desc @param {Edit} edit */
function textControl(desc, edit) {
  const long = desc.control === "code";
  const box = h(long ? "textarea.esf-box.esf-code" : "input.esf-box", {
    type: long ? null : "text",
    inputmode: desc.numeric || null,
    spellcheck: "false",
    autocomplete: "off",
    rows: long ? 2 : null,
  });
  if (desc.numeric) box.classList.add("esf-number");
  const fit = () => {
    if (long) box.rows = Math.min(14, Math.max(2, box.value.split("\n").length));
  };
  const raw = () => (box.value === "" && desc.nullable ? null : box.value);
  box.addEventListener("input", () => (fit(), edit(raw(), true)));
  box.addEventListener("change", () => edit(raw(), false));
  return {
    el: box,
    inputs: [box],
    /** @param {State} state */
    paint(state) {
      box.value = state.text ?? "";
      box.placeholder = state.text === null ? "not set" : "";
      fit();
    },
  };
}

/** @param {Desc} desc @param {Edit} edit */
function checkControl(desc, edit) {
  const box = h("input.esf-check", { type: "checkbox", onchange: () => edit(box.checked, false) });
  const word = h("span.esf-word", { "aria-hidden": "true" });
  return {
    el: h("label.esf-switch", {}, box, word),
    inputs: [box],
    /** @param {State} state */
    paint(state) {
      box.checked = state.text === "true";
      box.indeterminate = state.text !== "true" && state.text !== "false";
      word.textContent = box.indeterminate ? state.text || "not set" : box.checked ? "on" : "off";
    },
  };
}

/** @param {Desc} desc @param {Edit} edit */
function choiceControl(desc, edit) {
  const box = h("select.esf-box", {
    onchange: () => edit(box.value === "~" ? null : { choice: Number(box.value) }, false),
  });
  const paint = ({ text }) => {
    const at = text === null ? -1 : desc.choices.indexOf(text);
    const now = at >= 0 ? at : text === null && desc.nullable ? "~" : "?";
    box.replaceChildren(
      ...(desc.nullable ? [h("option", { value: "~" }, "not set")] : []),
      ...(now === "?" ? [h("option", { value: "?", disabled: true }, text ?? "choose…")] : []),
      ...desc.choices.map((choice, n) => h("option", { value: n }, choice)),
    );
    box.value = now;
  };
  return { el: box, inputs: [box], paint };
}

/** @param {Desc} desc @param {Edit} edit */
function listControl(desc, edit) {
  const rows = h("div.esf-items", { role: "group", "aria-label": `Items of ${desc.label}` });
  const add = link("Add item", () => change([...values(), desc.choices[0] ?? ""], values().length));
  add.prepend(icon("plus"));
  /** @type {any[]} */
  let boxes = [];
  const values = () => boxes.map((box) => box.value);
  const change = (items, focus) => {
    draw(items);
    edit(items, false);
    (boxes[Math.min(focus, boxes.length - 1)] ?? add).focus();
  };
  const swapped = (a, b) => {
    const items = values();
    [items[a], items[b]] = [items[b], items[a]];
    return items;
  };
  const item = (text, n, count) => {
    const name = `${desc.label}, item ${n + 1}`;
    const box = desc.choices.length
      ? h("select.esf-box", { "aria-label": name }, ...desc.choices.map((c) => h("option", {}, c)))
      : h("input.esf-box", { type: "text", spellcheck: "false", autocomplete: "off", "aria-label": name });
    if (desc.choices.length && !desc.choices.includes(text)) box.append(h("option", { disabled: true }, text));
    box.value = text;
    box.addEventListener("input", () => edit(values(), true));
    box.addEventListener("change", () => edit(values(), false));
    boxes.push(box);
    const up = button(`Move item ${n + 1} up`, () => change(swapped(n, n - 1), n - 1), "up");
    const down = button(`Move item ${n + 1} down`, () => change(swapped(n, n + 1), n + 1), "down");
    up.disabled = n === 0;
    down.disabled = n === count - 1;
    const drop = button(`Remove item ${n + 1}`, () => change(values().filter((_, at) => at !== n), n), "cross");
    return h("div.esf-item", {}, box, up, down, drop);
  };
  const draw = (items) => {
    boxes = [];
    rows.replaceChildren(...items.map((text, n) => item(text, n, items.length)));
    if (!items.length) rows.append(h("span.esf-faint", {}, "empty"));
  };
  return {
    el: h("div.esf-list", {}, rows, add),
    get inputs() {
      return boxes.length ? boxes : [add];
    },
    /** @param {State} state */
    paint(state) {
      if (rows.childNodes.length && JSON.stringify(state.items) === JSON.stringify(values())) return;
      const at = boxes.findIndex(focused);
      draw(state.items);
      if (at >= 0) (boxes[Math.min(at, boxes.length - 1)] ?? add).focus();
    },
  };
}

const SECRET_WORDS = {
  none: "not set",
  set: "•••••••• set, type to replace",
  new: "•••••••• new, saved with the next save",
  gone: "cleared with the next save",
  sealed: "•••••••• sealed, no key here",
};

/** @param {Desc} desc @param {(op: string, value?: string) => void} act */
function secretControl(desc, act) {
  const box = h("input.esf-box", {
    type: "password",
    autocomplete: "new-password",
    spellcheck: "false",
    "data-1p-ignore": "",
    "data-lpignore": "true",
    onchange: () => {
      const typed = box.value;
      box.value = "";
      if (typed) act("set", typed);
    },
  });
  const make = link("Generate", () => act("generate"));
  const keep = link("Keep the old one", () => act("keep"));
  const clear = link("Clear", () => act("clear"));
  return {
    el: h("div.esf-secret", {}, box, h("div.esf-actions", {}, make, keep, clear)),
    inputs: [box],
    /** @param {State} state */
    paint(state) {
      box.placeholder = SECRET_WORDS[/** @type {keyof typeof SECRET_WORDS} */ (state.secret)] ?? "";
      box.classList.toggle("esf-filled", state.secret === "set" || state.secret === "new");
      keep.hidden = !state.changed;
      clear.hidden = state.secret === "none" || state.secret === "gone";
      for (const link of [make, keep, clear]) link.disabled = false;
    },
  };
}

/* ------------------------------------------------------------- one field */

class Field {
  /** @param {Form} form @param {Desc} desc @param {State} state @param {string} id */
  constructor(form, desc, state, id) {
    this.form = form;
    this.desc = desc;
    this.state = state;
    this.id = id;
    /** @type {any} */ this.row = null;
    /** @type {any} */ this.control = null;
    this.sent = 0; // sequence number of the edit that is on its way
    this.busy = false; // the reader is typing: the text in the control is newer than any state
    /** @type {{raw: any, typing: boolean} | null} */ this.next = null; // the newest one behind it
    this.words = `${desc.path} ${desc.label} ${desc.doc}`.toLowerCase();
  }

  get locked() {
    return this.form.readOnly || Boolean(this.state.locked);
  }

  get wrong() {
    return this.state.problems.some((problem) => problem.severity === "error");
  }

  /** @param {string} text */
  matches(text) {
    const shown = this.desc.sensitive ? "" : `${this.state.text ?? ""} ${this.state.items.join(" ")}`.toLowerCase();
    return text.split(/\s+/).every((word) => this.words.includes(word) || shown.includes(word));
  }

  /** Send an edit, or keep the newest one until the one under way is answered. */
  edit(raw, typing) {
    this.busy = typing;
    if (this.sent) this.next = { raw, typing };
    else this.sent = this.form.send("set", { path: this.desc.path, raw, typing });
  }

  /** @param {number} seq */
  answered(seq) {
    if (seq !== this.sent) return;
    this.sent = 0;
    const next = this.next;
    this.next = null;
    if (next) this.edit(next.raw, next.typing);
    else this.paint();
  }

  draw() {
    const { desc, id } = this;
    const edit = this.edit.bind(this);
    // what was clicked may vanish, so the focus goes to the control first
    const send = (type, rest) => {
      this.control.inputs[0].focus();
      this.form.send(type, { path: desc.path, ...rest });
    };
    const act = (op, value) => (value ? this.form.send("secret", { path: desc.path, op, value }) : send("secret", { op }));
    this.control =
      desc.control === "check" ? checkControl(desc, edit)
      : desc.control === "choice" ? choiceControl(desc, edit)
      : desc.control === "list" ? listControl(desc, edit)
      : desc.control === "secret" ? secretControl(desc, act)
      : textControl(desc, edit);
    if (desc.control !== "list") this.control.inputs[0].id = id;
    this.control.el.addEventListener("focusout", () => setTimeout(() => this.settle(), 0));
    this.control.el.addEventListener("keydown", ({ key, target }) => {
      if (key === "Enter" && target.tagName === "INPUT") target.dispatchEvent(new Event("change"));
    });
    const reset = (to) => () => send("reset", { to });
    this.problems = h("ul.esf-problems", { id: `${id}-problems` });
    this.origin = h("span.esf-origin");
    this.toSaved = link("", reset("saved"));
    this.toDefault = link("", reset("default"));
    this.toDefault.classList.add("esf-shy");
    const measure = [desc.unit, desc.bounds].filter(Boolean).join(" · ");
    this.row = h(
      "div.esf-field",
      { "data-path": desc.path, role: "group", "aria-label": desc.label },
      h(
        "div.esf-name",
        {},
        h(desc.control === "list" ? "span.esf-label" : "label.esf-label", { for: desc.control === "list" ? null : id },
          desc.label, desc.required ? h("span.esf-need", { title: "required", "aria-hidden": "true" }, "*") : null),
        h("code.esf-key", {}, desc.name),
        h("p.esf-doc", { id: `${id}-doc` }, desc.doc),
      ),
      h(
        "div.esf-value",
        {},
        h("div.esf-line", {}, this.control.el, h("span.esf-unit", { id: `${id}-unit` }, measure),
          this.toSaved, this.toDefault, this.origin),
        this.problems,
      ),
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
    const { state, desc, control } = this;
    if (!this.sent && !this.busy) control.paint(state);
    this.row.classList.toggle("esf-changed", state.changed);
    this.row.classList.toggle("esf-wrong", this.wrong);
    this.row.classList.toggle("esf-locked", Boolean(state.locked));
    this.origin.replaceChildren(...(state.locked ? [icon("lock"), state.locked] : [state.origin]));
    this.origin.title = state.where;
    this.origin.classList.toggle("esf-quiet", state.quiet);
    const brief = (text) => (text.length > 40 ? `${text.slice(0, 39)}…` : text.replaceAll("\n", " "));
    this.toSaved.textContent = `back to saved: ${brief(state.saved)}`;
    this.toSaved.hidden = !state.changed || desc.control === "secret" || this.locked;
    const preset = desc.default === null ? "not set" : brief(desc.default) || "empty";
    this.toDefault.textContent = `use default: ${preset}`;
    this.toDefault.hidden = desc.required || desc.sensitive || state.is_default || this.locked ||
      (state.changed && state.saved === desc.default);
    this.problems.replaceChildren(
      ...state.problems.map((problem) =>
        h(`li.esf-${problem.severity}`, {},
          h("b", {}, problem.severity === "error" ? "Error" : problem.severity === "warning" ? "Warning" : "Advice"),
          ` ${problem.text}`, problem.code ? h("code.esf-rule", {}, problem.code) : null)),
    );
    this.describe();
  }

  /** Tie description and problems to the inputs for those who do not see them. */
  describe() {
    const { state, desc, id, locked } = this;
    this.control.inputs.forEach((input, n) => {
      const own = state.problems.filter((p) => p.severity === "error" && (p.item === null || p.item === n));
      input.setAttribute("aria-describedby", `${state.problems.length ? `${id}-problems ` : ""}${id}-doc ${id}-unit`);
      if (desc.required) input.setAttribute("aria-required", "true");
      if (own.length) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
      if (input.type === "text" || input.type === "password" || input.tagName === "TEXTAREA") {
        input.readOnly = locked;
      } else input.disabled = locked;
    });
    if (locked) for (const el of this.control.el.querySelectorAll("button")) el.disabled = true;
  }
}

/* ------------------------------------------------------------- the form */

class Form {
  /** @param {any} model @param {HTMLElement} root */
  constructor(model, root) {
    this.model = model;
    this.root = root;
    this.view = Math.random().toString(36).slice(2);
    this.seq = 0;
    /** @type {Map<string, Field>} */ this.fields = new Map();
    /** @type {Map<string, any>} */ this.groups = new Map();
    /** @type {any[]} */ this.chips = [];
    this.filter = "";
    this.receive = (content) => this.on(content);
    this.patience = 0;
  }

  start() {
    this.model.on("msg:custom", this.receive);
    this.root.replaceChildren(h("p.esf-faint.esf-wait", {}, "Waiting for the kernel…"));
    this.send("hello", { protocol: PROTOCOL });
  }

  stop() {
    clearTimeout(this.patience);
    this.model.off("msg:custom", this.receive);
  }

  /** @param {string} type @param {Record<string, any>} rest */
  send(type, rest = {}) {
    this.seq += 1;
    this.model.send({ type, view: this.view, seq: this.seq, ...rest });
    clearTimeout(this.patience);
    this.patience = setTimeout(() => this.lost(), type === "hello" ? PATIENCE.hello : PATIENCE.other);
    return this.seq;
  }

  /** The kernel does not answer: say so, and stay readable. */
  lost() {
    if (this.fields.size) {
      this.notice("danger", "The kernel does not answer. What you type here is not taken until it does.");
      return;
    }
    const rows = flat(this.model.get("value") ?? {});
    this.root.replaceChildren(
      h("p.esf-faint.esf-wait", {}, "No kernel answers; run this cell again to edit. The last values:"),
      h("div.esf-body.esf-wait", {}, h("table.esf-table", {},
        ...rows.map(([path, text]) => h("tr", {}, h("th", { scope: "row" }, path), h("td", {}, text))))),
    );
  }

  /** @param {any} content */
  on(content) {
    if (content.view && content.view !== this.view) return;
    clearTimeout(this.patience);
    if (content.type === "reload-page") this.root.replaceChildren(h("p.esf-wait", {}, content.text));
    else if (content.type === "form") this.draw(content);
    else if (!this.fields.size) return; // for others: this view's own form is on its way
    else if (content.type === "patch") this.patch(content);
    else if (content.type === "preview") this.preview(content.rows);
    else if (content.type === "notice") this.notice(content.tone, content.text, content.action);
    const { view, path, seq } = content.answers ?? {};
    if (view === this.view) this.fields.get(path)?.answered(seq);
  }

  /** @param {any} content */
  draw({ title, subtitle, sections, fields, states, bar, read_only }) {
    this.readOnly = read_only;
    this.root.classList.toggle("esf-read", read_only);
    this.fields.clear();
    this.groups.clear();
    fields.forEach((/** @type {Desc} */ desc, n) =>
      this.fields.set(desc.path, new Field(this, desc, states[desc.path], `esf-${this.view}-${n}`)));
    this.body = h("div.esf-body", { tabindex: "-1" });
    for (const section of sections) this.group(section, section === sections[0]);
    this.none = h("p.esf-faint.esf-wait", { hidden: true }, "Nothing matches.");
    this.body.append(this.none);
    this.root.replaceChildren(this.head(title, subtitle), this.body, this.foot());
    this.paintBar(bar);
    this.sift();
  }

  /** @param {Section} section @param {boolean} open */
  group(section, open) {
    const counts = h("span.esf-counts");
    const inside = h("div.esf-inside");
    const el = h(
      "details.esf-section",
      { open, ontoggle: () => el.open && this.fill(section.path) && this.sieve && this.sift() },
      h("summary", {}, h("span.esf-title", {}, section.title), h("span.esf-summary-doc", {}, section.doc), counts),
      inside,
    );
    const fields = [...this.fields.values()].filter((field) => field.desc.section === section.path);
    const toggle = link("", () =>
      this.send(el.classList.contains("esf-none") ? "create" : "drop", { path: section.path }));
    if (section.optional) inside.append(h("div.esf-absent", {}, toggle));
    this.groups.set(section.path, { el, inside, counts, fields, toggle, filled: false, section });
    (this.groups.get(section.parent ?? "\0")?.inside ?? this.body).append(el);
    if (open) this.fill(section.path);
  }

  /** Draw a section's fields, once, when they are first looked at; tell whether it was now. */
  fill(path) {
    const group = this.groups.get(path);
    if (group.filled) return false;
    group.inside.append(...group.fields.map((field) => field.draw()));
    group.inside.append(...group.inside.querySelectorAll(":scope > .esf-section")); // after the fields
    return (group.filled = true);
  }

  /** @param {string} title @param {string} subtitle */
  head(title, subtitle) {
    this.search = h("input.esf-box.esf-search", {
      type: "search", placeholder: "Search settings", "aria-label": "Search settings",
      oninput: () => this.sift(),
    });
    const chip = (kind, label) =>
      h("button.esf-chip", {
        type: "button", "aria-pressed": "false", "data-filter": kind,
        onclick: () => { this.filter = this.filter === kind ? "" : kind; this.sift(); },
      }, label);
    this.chips = [chip("changed", "Changed"), chip("invalid", "Invalid"), chip("secret", "Secret")];
    if ([...this.fields.values()].some((field) => field.desc.advanced)) this.chips.push(chip("advanced", "Advanced"));
    return h("header.esf-head", {},
      h("div.esf-heading", {}, h("strong", {}, title), (this.subtitle = h("span.esf-faint", {}, subtitle))),
      this.search, h("div.esf-chips", { role: "group", "aria-label": "Filter" }, ...this.chips));
  }

  foot() {
    this.status = h("span.esf-status", { role: "status", "aria-live": "polite" });
    this.notes = h("div.esf-notes", { role: "alert" });
    this.review = h("div.esf-review", { hidden: true });
    this.loose = h("ul.esf-problems.esf-loose");
    this.undo = button("Undo", () => this.send("undo"), "undo");
    this.redo = button("Redo", () => this.send("redo"), "redo");
    this.discard = button("Discard", () => this.send("discard"));
    this.reviewing = button("Review", () => this.toggleReview());
    this.reviewing.setAttribute("aria-expanded", "false");
    this.message = h("input.esf-box.esf-message", {
      type: "text", placeholder: "Why? (message of the version)", "aria-label": "Message of the version",
      onkeydown: (event) => event.key === "Enter" && !this.saving.disabled && this.save(),
    });
    this.saving = h("button.esf-button.esf-primary", { type: "button", onclick: () => this.save() }, "Save");
    this.bar = h("div.esf-bar", {}, this.status, h("span.esf-gap"), this.undo, this.redo, this.discard,
      this.reviewing, this.message, this.saving);
    return h("footer.esf-foot", {}, this.review, this.loose, this.notes, this.bar);
  }

  save() {
    this.saving.disabled = true;
    this.send("save", { message: this.message.value });
  }

  toggleReview() {
    if (this.review.hidden) this.send("preview");
    else this.closeReview();
  }

  closeReview() {
    this.review.hidden = true;
    this.reviewing.setAttribute("aria-expanded", "false");
  }

  /** @param {Row[]} rows */
  preview(rows) {
    const cell = (row) => [
      row.kind === "added" ? null : h("del", {}, row.old || "empty"),
      row.kind === "changed" || row.kind === "retyped" ? " → " : null,
      row.kind === "removed" ? null : h("ins", {}, row.new || "empty"),
    ];
    this.review.replaceChildren(rows.length
      ? h("table.esf-table", {}, h("caption", {}, "What a save would change"),
        h("thead", {}, h("tr", {}, ...["setting", "change", "saved → new"].map((t) => h("th", { scope: "col" }, t)))),
        h("tbody", {}, ...rows.map((row) => h("tr", {}, h("th", { scope: "row" }, row.path), h("td", {}, row.kind),
          h("td", {}, ...cell(row))))))
      : h("p.esf-faint", {}, "Nothing has changed."));
    this.review.hidden = false;
    this.reviewing.setAttribute("aria-expanded", "true");
  }

  /** @param {string} tone @param {string} text @param {{type: string, label: string}} [action] */
  notice(tone, text, action) {
    const close = button("Dismiss", () => this.notes.replaceChildren(), "cross");
    const go = action && button(action.label, () => { this.notes.replaceChildren(); this.send(action.type); });
    this.notes.replaceChildren(h(`div.esf-note.esf-${tone}`, {}, h("span", {}, text), go ?? null, close));
  }

  /** @param {any} content */
  patch({ states, bar, subtitle, clean }) {
    this.subtitle.textContent = subtitle;
    for (const [path, state] of Object.entries(states)) {
      const field = this.fields.get(path);
      if (!field) continue;
      field.state = state;
      field.paint();
    }
    this.paintBar(bar);
    this.notes.replaceChildren();
    if (clean) this.message.value = "";
    if (!this.review.hidden) (bar.changes ? this.send("preview") : this.closeReview());
  }

  /** @param {Bar} bar */
  paintBar(bar) {
    const errors = bar.errors.length + bar.form_errors.length;
    const text = [...bar.form_errors, ...bar.errors].map((error) => error.label).join("; ");
    const jump = link(some(errors, "error"), () => bar.errors[0] && this.jump(bar.errors[0].path));
    jump.classList.add("esf-jump");
    jump.title = text;
    this.status.replaceChildren(this.readOnly ? "Read-only" : bar.changes ? some(bar.changes, "change") : "No changes", ...(errors ? [" · ", jump] : []));
    this.loose.replaceChildren(...bar.form_errors.map(({ path, label }) =>
      h("li.esf-error", {}, h("b", {}, "Error"), ` ${label} `,
        path ? link(`Remove ${path}`, () => this.send("drop", { path })) : null)));
    this.undo.disabled = !bar.undo;
    this.redo.disabled = !bar.redo;
    this.discard.disabled = this.reviewing.disabled = !bar.changes;
    this.saving.hidden = this.message.hidden = !bar.saves;
    this.saving.disabled = !bar.changes || errors > 0;
    this.saving.title = errors ? `Mend first: ${text}` : "";
    const all = [...this.fields.values()];
    this.chips[0].textContent = `Changed ${all.filter((f) => f.state.changed).length || ""}`;
    this.chips[1].textContent = `Invalid ${all.filter((f) => f.wrong).length || ""}`;
    for (const { el, fields, counts: mark, toggle, section } of this.groups.values()) {
      const absent = bar.absent.includes(section.path);
      el.classList.toggle("esf-none", absent);
      const changed = fields.filter((f) => f.state.changed).length;
      const wrong = fields.filter((f) => f.wrong).length;
      mark.replaceChildren(
        ...(wrong ? [h("span.esf-badge.esf-error", {}, some(wrong, "error"))] : []),
        ...(changed ? [h("span.esf-badge.esf-accent", {}, `${changed} changed`)] : []),
        h("span.esf-faint", {}, absent ? "not set" : fields.length || ""));
      toggle.textContent = absent ? "Set this section up" : "Remove this section";
    }
    if (this.filter === "changed" || this.filter === "invalid") this.sift();
  }

  /** Show only what the search box and the filter let through. */
  sift() {
    const text = this.search.value.trim().toLowerCase();
    this.sieve = Boolean(text || this.filter);
    const keeps = (field) =>
      (!text || field.matches(text)) &&
      (this.filter === "" || (this.filter === "changed" && field.state.changed) ||
        (this.filter === "invalid" && field.wrong) || (this.filter === "secret" && field.desc.sensitive) ||
        (this.filter === "advanced" && field.desc.advanced) || (field.row && focused(field.row)));
    for (const chip of this.chips) chip.setAttribute("aria-pressed", String(chip.dataset.filter === this.filter));
    const alive = new Set();
    for (const [path, group] of [...this.groups].reverse()) {
      const found = group.fields.filter(keeps);
      const shown = !this.sieve || found.length > 0 || alive.has(path);
      if (this.sieve && shown) {
        alive.add(group.section.parent);
        group.was ??= group.el.open;
        this.fill(path);
        group.el.open = true;
      } else if (!this.sieve && group.was !== undefined) {
        group.el.open = group.was;
        group.was = undefined;
      }
      group.el.hidden = !shown;
      for (const field of group.fields) if (field.row) field.row.hidden = this.sieve && !found.includes(field);
    }
    this.none.hidden = !this.sieve || [...this.groups.values()].some((group) => !group.el.hidden);
  }

  /** @param {string} path */
  jump(path) {
    const field = this.fields.get(path);
    if (!field) return;
    this.filter = this.search.value = "";
    this.sift();
    for (let group = this.groups.get(field.desc.section); group; group = this.groups.get(group.section.parent)) {
      group.el.open = true;
      this.fill(group.section.path);
    }
    field.row.scrollIntoView({ block: "nearest" });
    field.control.inputs[0].focus();
  }
}

/** List the leaves of the masked value as [path, text]. @returns {[string, string][]} */
function flat(value, at = "") {
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    return [[at, typeof value === "object" ? JSON.stringify(value) : String(value)]];
  }
  return Object.entries(value).flatMap(([key, inner]) => flat(inner, at ? `${at}.${key}` : key));
}

export default {
  /** @param {{model: any, el: HTMLElement}} context */
  render({ model, el }) {
    // keys pressed on buttons and boxes are no commands to the notebook; only Ctrl+S saves it
    const root = h("div.esf", {
      onkeydown: (event) => (event.ctrlKey || event.metaKey) && event.key === "s" || event.stopPropagation(),
    });
    el.append(root);
    const form = new Form(model, root);
    form.start();
    return () => form.stop();
  },
};
