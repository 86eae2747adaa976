// What the kernel sends to the view of ConfigForm; widgets/protocol.py has the same in Python.

export interface Problem {
  severity: "error" | "warning" | "advice";
  text: string;
  code: string;
}

export interface Action {
  label: string;
  icon: string;
  off: boolean;
  shy: boolean;
  send: { type: string; path?: string; [more: string]: any };
}

export interface State {
  text: string | null;
  changed: boolean;
  origin: string;
  where: string;
  beside: string;
  locked: string;
  problems: Problem[];
  below: number;
  parts: Part[];
  actions: Action[];
}

export interface Part {
  desc: Desc;
  state: State;
}

export interface Desc {
  path: string;
  section: string;
  role: "" | "item" | "entry" | "field" | "whole";
  name: string;
  label: string;
  doc: string;
  unit: string;
  control: string;
  choices: string[];
  nullable: boolean;
  required: boolean;
  bounds: string;
  numeric: string;
  sensitive: boolean;
  advanced: boolean;
}

export interface Section {
  path: string;
  parent: string | null;
  title: string;
  doc: string;
  optional: boolean;
}

export interface Place {
  path: string;
  at: string;
  label: string;
}

export interface Bar {
  changes: number;
  errors: Place[];
  form_errors: Place[];
  absent: string[];
  undo: boolean;
  redo: boolean;
  saves: boolean;
  ready: boolean;
}

export interface Row {
  path: string;
  kind: string;
  old: string;
  new: string;
  action?: Action;
}

export interface Answer {
  view: string;
  seq: number;
  focus: string;
}

export interface FormMessage {
  type: "form";
  view: string;
  title: string;
  subtitle: string;
  sections: Section[];
  fields: Desc[];
  states: Record<string, State>;
  bar: Bar;
  read_only: boolean;
  wizard: boolean;
  others: string[];
}

export interface PatchMessage {
  type: "patch";
  states: Record<string, State>;
  bar: Bar;
  subtitle: string;
  clean: boolean;
  answers?: Answer;
}

export interface PreviewMessage {
  type: "preview";
  view: string;
  rows: Row[];
  text: string;
}

export interface NoticeMessage {
  type: "notice";
  view: string;
  tone: string;
  text: string;
  action?: Action;
}

export interface JumpMessage {
  type: "jump";
  path: string;
  at: string;
}

export interface ReloadMessage {
  type: "reload-page";
  view: string;
  text: string;
}
