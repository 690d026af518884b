// The grade grid: one active column, the keyboard, and a cell that always says how it stands. The server decides; this
// file reads what is typed (the same rules as the server), queues it, and shows what came of it.
import { openCell } from "./cells.js";
import { Outbox, clockTime, say, sayError, unsentList } from "./outbox.js";
import { formatScore, parseScore } from "./score.js";

const table = document.getElementById("grid");
const bar = document.getElementById("grid-bar");
const quickBox = document.getElementById("quick");
const profiles = new Map([...table.querySelectorAll("thead th[data-col]")].map((head) => [head.dataset.col, head.dataset.profile]));
const read = (column, text, quick) => parseScore(text, profiles.get(column) ?? "SCORE", quick);
const inputs = [...table.querySelectorAll("td.in input")];
const byName = new Map(inputs.map((input) => [input.name.slice(1), input]));
const columnOf = (input) => input.name.slice(1).split("-")[0];
const columnInputs = (column) => inputs.filter((input) => columnOf(input) === column);
const pupilOf = (input) => input.closest("tr").querySelector("th").lastChild.textContent;
const quick = () => Boolean(quickBox?.checked);
const mark = (input, state) => { input.parentElement.dataset.st = state; };
let active = table.querySelector("thead th.on")?.dataset.col;
let question = null; // { input, accept, refuse }: what Enter and Esc answer now

for (const input of inputs) input.dataset.code = read(columnOf(input), input.value, false).code ?? "";

// --- the line under a row: errors, offers, conflicts ----------------------------------------------
const note = document.createElement("tr");
note.className = "cell-note";
note.append(document.createElement("td"));
note.firstChild.colSpan = table.rows[0].cells.length;
note.firstChild.setAttribute("role", "alert");

function showNote(input, text, buttons = []) {
  const cell = note.firstChild;
  cell.replaceChildren(document.createTextNode(text));
  for (const [label, act] of buttons) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "btn btn-small", textContent: label });
    button.addEventListener("click", () => { hideNote(); act(); focusOn(input); });
    cell.append(" ", button);
  }
  input.closest("tr").after(note);
}
function hideNote() {
  note.remove();
  question = null;
}

// --- saving ---------------------------------------------------------------------------------------
const outbox = new Outbox({
  book: table.dataset.book,
  user: table.dataset.user,
  url: table.dataset.save,
  answer,
  averages: (found) => {
    for (const [student, text] of Object.entries(found)) {
      const cell = table.querySelector(`tr[data-s="${student}"] td.avg`);
      if (cell) cell.textContent = text;
    }
  },
  settled: () => { clearTimeout(checkTimer); checkTimer = setTimeout(runChecks, 1500); },
});

function answer(cell, entry, isLatest) {
  const input = byName.get(`${cell.c}-${cell.s}`);
  if (cell.st === "locked") { listUnsent(); if (input) close(input, cell.code); return; }
  if (!input) return;
  if (cell.st === "saved") {
    input.dataset.v = cell.v;
    if (isLatest) { input.dataset.code = cell.code; mark(input, "saved"); countLeft(); }
  } else if (cell.st === "conflict") {
    input.dataset.v = cell.v;
    mark(input, "conflict");
    if (isLatest) askConflict(input, cell, entry);
  } else if (isLatest) {
    mark(input, "err");
    showNote(input, cell.st === "unknown" ? say("unknown") : errorText(input, cell.error, cell.offer));
  }
}

const conflicts = new Map(); // each input that waits for a decision, and how it is asked
function askConflict(input, cell, entry) {
  const theirs = formatScore(cell.code) || say("empty");
  const mine = formatScore(read(columnOf(input), entry.t, entry.q).code ?? "") || say("empty");
  const name = input.name.slice(1);
  conflicts.set(input, () => showNote(
    input,
    say("conflict", { who: cell.other, theirs, mine, pupil: pupilOf(input), time: clockTime(new Date(cell.at)) }),
    [
      [say("keep", { x: mine }), () => { conflicts.delete(input); mark(input, "pend"); const [c, s] = name.split("-"); outbox.put(c, s, entry.t, cell.v, entry.q); }],
      [say("take", { x: theirs }), () => { conflicts.delete(input); outbox.drop(name); set(input, cell.code); mark(input, ""); }],
    ],
  ));
  conflicts.get(input)();
}

// The column closed under the typing hand: the cell shows what the book holds, the list keeps what was typed.
function close(input, code) {
  set(input, code);
  input.readOnly = true;
  mark(input, "locked");
}

// The petition begins with what was typed; the scores stay on this machine until the teacher lets them go.
const typedIn = (name, entry) => formatScore(read(name.split("-")[0], entry.t, entry.q).code ?? "") || entry.t;
const listUnsent = unsentList(outbox, {
  describe: (name, entry) => {
    const [column, student] = name.split("-");
    const row = table.querySelector(`tr[data-s="${student}"] th`);
    const head = table.querySelector(`thead th[data-col="${column}"]`);
    return `${head?.dataset.label ?? ""} · ${row ? `${row.firstChild.textContent}. ${row.lastChild.textContent}` : student}: ${typedIn(name, entry)}`;
  },
  value: typedIn,
});

function set(input, code) {
  input.dataset.code = code;
  input.value = formatScore(code);
  input.removeAttribute("aria-invalid");
}

// --- reading a cell -------------------------------------------------------------------------------
function errorText(input, error, offer) {
  return sayError(error, profiles.get(columnOf(input))) + (offer ? ` ${say("offer", { x: formatScore(offer) })}` : "");
}

let echoed = false;
function commit(input) {
  if (input.readOnly) return true;
  const parsed = read(columnOf(input), input.value, quick());
  if (parsed.error) return refuse(input, parsed);
  if (parsed.code === input.dataset.code) { input.value = formatScore(parsed.code); return settle(input); }
  if (parsed.code === "") return askDelete(input);
  store(input, parsed.code);
  if (parsed.quick && !echoed) { echoed = true; showNote(input, say("quick")); }
  return true;
}
function settle(input) {
  input.removeAttribute("aria-invalid");
  if (input.parentElement.dataset.st === "err") mark(input, "");
  if (note.isConnected && question?.input === input) hideNote();
  return true;
}
function store(input, code) {
  conflicts.delete(input);
  if (note.isConnected) hideNote();
  set(input, code);
  mark(input, "pend");
  const [column, student] = input.name.slice(1).split("-");
  outbox.put(column, student, code, Number(input.dataset.v), false);
  countLeft();
}
function refuse(input, parsed) {
  input.setAttribute("aria-invalid", "true");
  mark(input, "err");
  showNote(input, errorText(input, parsed.error, parsed.offer));
  question = {
    input,
    accept: parsed.offer ? () => { store(input, parsed.offer); return true; } : null,
    refuse: () => restore(input),
  };
  return false;
}
function askDelete(input) {
  const held = formatScore(input.dataset.code);
  showNote(input, say("delete", { x: held, pupil: pupilOf(input) }));
  question = { input, accept: () => { store(input, ""); return true; }, refuse: () => restore(input) };
  return false;
}
function restore(input) {
  set(input, input.dataset.code);
  if (input.parentElement.dataset.st === "err") mark(input, "");
  hideNote();
  input.select();
}

// --- moving ---------------------------------------------------------------------------------------
function focusOn(input) {
  if (!input) return false;
  input.focus();
  input.select();
  return true;
}
function move(input, step) {
  const column = columnInputs(columnOf(input)).filter((other) => !other.readOnly || other === input);
  const next = column[column.indexOf(input) + step];
  if (!focusOn(next)) { input.select(); outbox.retryNow(); }
}
function commitAndMove(input, step) {
  if (question?.input === input && question.accept && input.value === question.value) {
    if (question.accept()) move(input, step);
    return;
  }
  if (commit(input)) move(input, step);
  else if (question) question.value = input.value;
}

table.addEventListener("keydown", (event) => {
  const input = event.target;
  // A Vietnamese keyboard that is still composing owns Enter.
  if (event.isComposing || event.keyCode === 229) return;
  if (input.matches?.("td.ro")) return;
  if (input.tagName !== "INPUT") return;
  if (event.key === "Enter") {
    event.preventDefault();
    if (event.altKey) openCell(columnOf(input), input.name.split("-")[1], input);
    else commitAndMove(input, event.shiftKey ? -1 : 1);
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    commitAndMove(input, event.key === "ArrowUp" ? -1 : 1);
  } else if (event.key === "Escape") {
    event.preventDefault();
    if (question?.input === input) question.refuse();
    else restore(input);
  }
});
table.addEventListener("focusout", (event) => {
  const input = event.target;
  if (input.tagName !== "INPUT" || input.value === formatScore(input.dataset.code)) return;
  if (!commit(input) && question) question.value = input.value;
});
table.addEventListener("focusin", (event) => {
  if (event.target.tagName === "INPUT" && columnOf(event.target) !== active) activate(columnOf(event.target));
  conflicts.get(event.target)?.();
});

// --- the active column ----------------------------------------------------------------------------
function activate(column) {
  active = column;
  for (const head of table.querySelectorAll("thead th[data-col]")) head.classList.toggle("on", head.dataset.col === column);
  for (const row of table.tBodies[0].rows) {
    for (const cell of row.querySelectorAll("td")) {
      cell.classList.toggle("on", (cell.dataset.c ?? cell.firstElementChild?.name?.slice(1).split("-")[0]) === column);
    }
  }
  const head = table.querySelector(`thead th[data-col="${column}"]`);
  bar.querySelector("[data-active-label]").textContent = head.dataset.label;
  for (const link of bar.querySelectorAll("[data-for-column]")) link.href = link.href.replace(/\/\d+\/(\w+)\/$/, `/${column}/$1/`);
  const form = document.getElementById("grid-form");
  form.action = form.action.replace(/\/\d+\/$/, `/${column}/`);
  countLeft();
}
table.tHead.addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (!link) return;
  event.preventDefault();
  const column = link.closest("th").dataset.col;
  activate(column);
  focusFirstEmpty();
});
function focusFirstEmpty() {
  const column = columnInputs(active ?? "");
  focusOn(column.find((input) => !input.value && !input.readOnly) ?? column[0]);
}
function countLeft() {
  const left = document.getElementById("cells-left");
  if (!left || !active) return;
  const empty = columnInputs(active).filter((input) => !input.dataset.code).length;
  left.textContent = empty ? say("left", { n: empty }) : say("full");
}

// --- a block from Excel ---------------------------------------------------------------------------
table.addEventListener("paste", (event) => {
  const start = event.target;
  const text = event.clipboardData.getData("text/plain").replace(/\r\n?/g, "\n").replace(/\n$/, "");
  if (start.tagName !== "INPUT" || !/[\t\n]/.test(text)) return;
  event.preventDefault();
  const rows = [...table.tBodies[0].querySelectorAll("tr[data-s]")];
  const columns = [...table.querySelectorAll("thead th[data-col]")].map((head) => head.dataset.col);
  const top = rows.indexOf(start.closest("tr"));
  const left = columns.indexOf(columnOf(start));
  let done = 0, skipped = 0, wrong = null;
  text.split("\n").forEach((line, i) => line.split("\t").forEach((typed, j) => {
    const input = byName.get(`${columns[left + j]}-${rows[top + i]?.dataset.s}`);
    if (!input || input.readOnly) { skipped += typed.trim() ? 1 : 0; return; }
    if (!typed.trim()) return;
    const parsed = read(columnOf(input), typed, false);
    if (parsed.error) { input.value = typed.trim(); input.setAttribute("aria-invalid", "true"); mark(input, "err"); wrong ??= [input, parsed]; return; }
    if (parsed.code !== input.dataset.code) store(input, parsed.code);
    done += 1;
  }));
  showNote(wrong?.[0] ?? start, (wrong ? `${errorText(wrong[0], wrong[1].error, wrong[1].offer)} ` : "") + say("pasted", { n: done, skipped }));
  focusOn(wrong?.[0] ?? start);
});

// --- warnings, the phone's keys, the way in -------------------------------------------------------
let checkTimer = 0;
const checks = document.getElementById("column-checks");
async function runChecks() {
  if (!active || !checks) return;
  const response = await fetch(checks.dataset.url.replace("/0/", `/${active}/`)).catch(() => null);
  if (response?.ok && !response.redirected) {
    const text = await response.text();
    if (checks.innerHTML !== text) checks.innerHTML = text;
  }
}
document.getElementById("grid-keys")?.addEventListener("click", (event) => {
  const key = event.target.closest("button")?.dataset.key;
  const input = document.activeElement?.closest?.("td.in input") ?? lastFocused ?? columnInputs(active)[0];
  if (!key || !input) return;
  if (key === "V") { input.value = "V"; commitAndMove(input, 1); }
  else commitAndMove(input, key === "up" ? -1 : 1);
});
let lastFocused = null;
table.addEventListener("focusin", (event) => { if (event.target.tagName === "INPUT") lastFocused = event.target; });
document.getElementById("grid-keys")?.addEventListener("pointerdown", (event) => event.preventDefault()); // the cell keeps the focus
document.getElementById("grid-form").addEventListener("submit", (event) => { event.preventDefault(); outbox.retryNow(); });

// What an earlier visit left unsent goes on its way now.
for (const [name, entry] of Object.entries(outbox.entries)) {
  const input = byName.get(name);
  if (!input || entry.held === "locked") continue;
  const code = read(name.split("-")[0], entry.t, entry.q).code;
  if (code !== undefined && code !== null) { input.value = formatScore(code); mark(input, "pend"); }
}
listUnsent();
countLeft();
outbox.paint();
outbox.retryNow();
if (active && matchMedia("(hover: hover)").matches) focusFirstEmpty();
