// What the kernel sends to the view of ConfigForm; widgets/protocol.py has the same in Python.

export interface Problem {
  severity: "error" | "warning" | "advice";
  text: string;
  code: string;
  item: number | null;
}

export interface State {
  text: string | null;
  items: string[];
  changed: boolean;
  origin: string;
  where: string;
  quiet: boolean;
  locked: string;
  saved: string;
  is_default: boolean;
  problems: Problem[];
  secret: string;
}

export interface Desc {
  path: string;
  section: string;
  name: string;
  label: string;
  doc: string;
  unit: string;
  control: string;
  choices: string[];
  nullable: boolean;
  required: boolean;
  bounds: string;
  default: string | null;
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
}

export interface Row {
  path: string;
  kind: string;
  old: string;
  new: string;
}

export type Edit = (raw: any, typing: boolean) => void;
