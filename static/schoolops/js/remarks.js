// Remarks: a field per pupil, saved by itself, and a bank of phrases under "/". What is being typed is never rewritten.
import { Outbox, clockTime, say, unsentList } from "./outbox.js";

const list = document.getElementById("remarks");
const column = list.dataset.column;
const most = Number(list.dataset.most);
const advised = Number(list.dataset.advised);
const fields = [...list.querySelectorAll("textarea")];
const fieldOf = (student) => list.querySelector(`li[data-s="${student}"] textarea`);
const rowOf = (field) => field.closest("li");
const pupilOf = (field) => rowOf(field).querySelector("[data-name]").textContent;
const DRAFT_AFTER = 800;
const SEND_AFTER = 10000;

// As the server counts: one paragraph, single spaces.
const clean = (text) => text.normalize("NFC").replace(/\s+/g, " ").trim();
const mark = (field, state) => { rowOf(field).dataset.st = state; };
for (const field of fields) field.dataset.saved = clean(field.value);

// --- the line under a field -----------------------------------------------------------------------
function note(field, text, buttons = []) {
  const line = rowOf(field).querySelector("[data-note]");
  line.replaceChildren(document.createTextNode(text));
  line.hidden = !text;
  for (const [label, act] of buttons) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-small", textContent: label });
    button.addEventListener("click", () => { note(field, ""); act(); field.focus(); });
    line.append(" ", button);
  }
}

// --- saving ---------------------------------------------------------------------------------------
const outbox = new Outbox({ book: list.dataset.book, user: list.dataset.user, url: list.dataset.save, answer });

function answer(cell, entry, isLatest) {
  const field = String(cell.c) === column && fieldOf(cell.s);
  if (cell.st === "locked") { listUnsent(); if (field) close(field, cell.text ?? ""); return; }
  if (!field) return;
  if (cell.st === "saved") {
    field.dataset.v = cell.v;
    if (isLatest) { field.dataset.saved = clean(entry.t); mark(field, "saved"); note(field, ""); }
  } else if (cell.st === "conflict") {
    field.dataset.v = cell.v;
    mark(field, "conflict");
    if (isLatest) askConflict(field, cell, entry);
  } else if (isLatest) {
    mark(field, "err");
    note(field, cell.st === "unknown" ? say("unknown") : say("long", { n: clean(entry.t).length, most }));
  }
  countLeft();
}

// The column closed under the writing hand: the field shows what the book holds, the list keeps what was written.
function close(field, text) {
  show(field, text);
  field.readOnly = true;
  mark(field, "locked");
}
function show(field, text) {
  field.value = text;
  field.dataset.saved = clean(text);
  measure(field);
}

function askConflict(field, cell, entry) {
  const name = `${column}-${cell.s}`;
  note(field, say("conflict", { who: cell.other, theirs: cell.text || say("empty"), time: clockTime(new Date(cell.at)) }), [
    [say("keep"), () => { mark(field, "pend"); outbox.put(column, cell.s, entry.t, cell.v, false); }],
    [say("take"), () => { outbox.drop(name); show(field, cell.text ?? ""); mark(field, ""); }],
  ]);
}

const listUnsent = unsentList(outbox, {
  describe: (name, entry) => {
    const row = list.querySelector(`li[data-s="${name.split("-")[1]}"] [data-name]`);
    return `${row?.textContent ?? ""}: ${entry.t}`;
  },
  value: (_name, entry) => entry.t,
});

const timers = new Map();
function later(field, wait, act) {
  clearTimeout(timers.get(field)?.[wait]);
  timers.set(field, { ...timers.get(field), [wait]: setTimeout(act, wait) });
}
function settle(field) {
  for (const timer of Object.values(timers.get(field) ?? {})) clearTimeout(timer);
  timers.delete(field);
}

// On the way to the server: when the field is left, or after a while of quiet. Before that it is kept on this machine.
function send(field) {
  settle(field);
  const typed = clean(field.value);
  if (typed === field.dataset.saved) {
    const name = `${column}-${rowOf(field).dataset.s}`;
    if (outbox.entries[name]?.held === "draft") outbox.drop(name);
    if (["pend", "err"].includes(rowOf(field).dataset.st) && !outbox.entries[name]) { mark(field, ""); note(field, ""); }
    return;
  }
  if (typed.length > most) {
    mark(field, "err");
    note(field, say("long", { n: typed.length, most }));
    return;
  }
  mark(field, "pend");
  outbox.put(column, rowOf(field).dataset.s, field.value, Number(field.dataset.v), false);
  field.dataset.saved = typed;
  countLeft();
}

list.addEventListener("input", ({ target }) => {
  if (target.tagName !== "TEXTAREA" || target.readOnly) return;
  measure(target);
  mark(target, "pend");
  later(target, DRAFT_AFTER, () => outbox.draft(column, rowOf(target).dataset.s, target.value, Number(target.dataset.v)));
  later(target, SEND_AFTER, () => send(target));
});
list.addEventListener("focusout", ({ target }) => target.tagName === "TEXTAREA" && send(target));
document.addEventListener("visibilitychange", () => document.hidden && fields.forEach(send));
document.getElementById("remarks-form").addEventListener("submit", (event) => {
  event.preventDefault();
  fields.forEach(send);
  outbox.retryNow();
});

// --- length and what is left ------------------------------------------------------------------------
function measure(field) {
  const meter = rowOf(field).querySelector("[data-meter]");
  const length = clean(field.value).length;
  meter.textContent = length ? `${length}/${advised}` : "";
  meter.dataset.tone = length > most ? "err" : length > advised ? "warn" : "";
}
function countLeft() {
  const left = document.getElementById("cells-left");
  const empty = fields.filter((field) => !clean(field.value)).length;
  if (left) left.textContent = empty ? say("left", { n: empty }) : say("full");
}

// --- the keyboard -----------------------------------------------------------------------------------
function move(field, step) {
  const next = fields[fields.indexOf(field) + step];
  if (next) next.focus();
  else field.blur();
}
list.addEventListener("keydown", (event) => {
  const field = event.target;
  // A Vietnamese keyboard that is still composing owns its keys.
  if (field.tagName !== "TEXTAREA" || event.isComposing || event.keyCode === 229) return;
  if (event.key === "Enter") {
    event.preventDefault();
    move(field, event.shiftKey ? -1 : 1);
  } else if (event.key === "/" && /(^|\s)$/.test(field.value.slice(0, field.selectionStart))) {
    event.preventDefault();
    openBank(field);
  }
});

// --- the bank of phrases ----------------------------------------------------------------------------
const bank = document.getElementById("bank");
const filter = document.getElementById("bank-filter");
const body = document.getElementById("bank-body");
const plain = (words) => words.normalize("NFD").replace(/\p{M}/gu, "").replace(/đ/gi, "d").toLowerCase();
let target = null;

function openBank(field) {
  target = field;
  filter.value = "";
  bank.querySelector("[data-pupil]").textContent = pupilOf(field);
  bank.querySelector("[name=text]").value = clean(field.value);
  bank.querySelector("[name=band]").value = rowOf(field).dataset.band;
  suit();
  bank.showModal();
  filter.focus();
}
// Those for the pupil's result first, then those for any; the filter looks through all.
function suit() {
  const wanted = plain(filter.value);
  for (const group of body.querySelectorAll("[data-band]")) {
    const fits = ["", target ? rowOf(target).dataset.band : ""].includes(group.dataset.band);
    let shown = 0;
    for (const phrase of group.querySelectorAll("li")) {
      phrase.hidden = wanted ? !plain(phrase.textContent).includes(wanted) : !fits;
      shown += !phrase.hidden;
    }
    group.hidden = !shown;
  }
  body.querySelector("[data-none]").hidden = Boolean(body.querySelector("li:not([hidden])"));
}
function insert(words) {
  const at = target.selectionStart;
  const before = target.value.slice(0, at);
  const glue = before && !/\s$/.test(before) ? " " : "";
  target.setRangeText(`${glue}${words} `, at, target.selectionEnd, "end");
  bank.close();
  target.dispatchEvent(new Event("input", { bubbles: true }));
  target.focus();
}
const shownPhrases = () => [...body.querySelectorAll("li:not([hidden]) button[data-phrase]")];
filter?.addEventListener("input", suit);
bank?.addEventListener("keydown", (event) => {
  if (event.isComposing || event.keyCode === 229) return;
  const phrases = shownPhrases();
  const at = phrases.indexOf(document.activeElement);
  if (event.key === "ArrowDown") { event.preventDefault(); phrases[Math.min(at + 1, phrases.length - 1)]?.focus(); }
  else if (event.key === "ArrowUp") { event.preventDefault(); (at > 0 ? phrases[at - 1] : filter).focus(); }
  else if (event.key === "Enter" && document.activeElement === filter) { event.preventDefault(); phrases[0]?.click(); }
});
// The second half of a double click on the button that opened it chooses nothing, closes nothing, takes no focus.
bank?.addEventListener("mousedown", (event) => event.detail > 1 && event.target.tagName !== "INPUT" && event.preventDefault());
bank?.addEventListener("click", (event) => {
  if (event.detail > 1) return;
  const phrase = event.target.closest("[data-phrase]");
  if (phrase) insert(phrase.textContent);
  else if (event.target === bank || event.target.closest("[data-close]")) bank.close();
});
bank?.addEventListener("close", () => target?.focus());
// Keeping a phrase and dropping one of one's own: the server answers with the list as it is now.
bank?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const response = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { "X-Requested-With": "fetch" } }).catch(() => null);
  const answered = response && !response.redirected && [200, 422].includes(response.status);
  if (answered) body.innerHTML = await response.text();
  else body.querySelector("[data-trouble]").hidden = false;
  suit();
});
list.addEventListener("click", (event) => {
  const button = event.target.closest("[data-bank]");
  if (button) openBank(rowOf(button).querySelector("textarea"));
});

// What an earlier visit left unsent is shown again, and goes on its way.
for (const [name, entry] of Object.entries(outbox.entries)) {
  const field = name.startsWith(`${column}-`) && fieldOf(name.split("-")[1]);
  if (!field || entry.held === "locked") continue;
  field.value = entry.t;
  field.dataset.saved = clean(entry.t);
  mark(field, "pend");
}
fields.forEach(measure);
listUnsent();
countLeft();
outbox.paint();
outbox.retryNow();
