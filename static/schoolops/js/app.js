// What every page shares. Pages work without it; every word shown comes from the page, in the user's language.
const byId = (id) => document.getElementById(id);
const live = byId("live");
const error = byId("system-error");
const offline = byId("system-offline");
const loading = byId("system-loading");
const INDICATOR_AFTER = 400;
const TOAST_FOR = 6000;
const SUBMIT_AGAIN_AFTER = 15000;

export function toast(text) {
  const note = document.createElement("p");
  note.textContent = text;
  live.append(note);
  setTimeout(() => note.remove(), TOAST_FOR);
}

// --- failures: what happened, when, under which code, and a way on --------------------------------
let retry = null;
let unsent = null;

const again = ({ elt, requestConfig }) =>
  elt?.isConnected ? () => htmx.trigger(elt, requestConfig?.triggeringEvent?.type || "click") : () => location.reload();

function showError(kind, detail) {
  const time = new Date().toLocaleTimeString("vi-VN", { hour: "2-digit", minute: "2-digit", hour12: false });
  const status = detail.xhr?.status || "–";
  const code = detail.xhr?.getResponseHeader("X-Request-Id") || status;
  error.querySelector("[data-text]").textContent = error.dataset[kind].replace("{time}", time).replace("{code}", code);
  retry = again(detail);
  error.hidden = false;
}

const KINDS = { 403: "forbidden", 404: "missing", 409: "conflict", 423: "locked" };
document.addEventListener("htmx:responseError", ({ detail }) => {
  if (detail.xhr.status !== 401) return showError(KINDS[detail.xhr.status] || "error", detail);
  // The session is over: what was to be sent last goes once the person has signed in again.
  unsent = again(detail);
  document.dispatchEvent(new Event("signed-out"));
});
document.addEventListener("signed-in", () => { unsent?.(); unsent = null; });
document.addEventListener("htmx:timeout", ({ detail }) => showError("timeout", detail));
document.addEventListener("htmx:sendError", () => { offline.hidden = false; });
addEventListener("offline", () => { offline.hidden = false; });
addEventListener("online", () => { offline.hidden = true; });

// --- waiting and focus ----------------------------------------------------------------------------
const waiting = new Map();

document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (detail.elt instanceof HTMLFormElement) hold(detail.elt, detail.requestConfig.triggeringEvent?.submitter);
  const timer = setTimeout(() => {
    detail.target?.setAttribute("aria-busy", "true");
    loading.hidden = false;
  }, INDICATOR_AFTER);
  waiting.set(detail.xhr, timer);
});

document.addEventListener("htmx:afterRequest", ({ detail }) => {
  clearTimeout(waiting.get(detail.xhr));
  waiting.delete(detail.xhr);
  detail.target?.removeAttribute("aria-busy");
  if (!waiting.size) loading.hidden = true;
  if (detail.successful) error.hidden = offline.hidden = true;
  if (detail.elt instanceof HTMLFormElement) release(detail.elt);
});

let focused = null;
document.addEventListener("htmx:beforeSwap", () => {
  const { activeElement } = document;
  focused = activeElement === document.body ? null : activeElement;
});
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (!focused || document.activeElement !== document.body) return;
  const place = (focused.id && byId(focused.id)) || (detail.elt.isConnected ? detail.elt : byId("main"));
  if (!place.matches("a[href], button, input, select, textarea, [tabindex]")) place.tabIndex = -1;
  place.focus({ preventScroll: true });
});

// A fragment that belongs into a dialog opens it.
document.addEventListener("htmx:afterSwap", ({ detail }) => {
  const dialog = detail.target.closest("dialog");
  if (dialog && !dialog.open) dialog.showModal();
});

// --- one press, one submit --------------------------------------------------------------------------
function release(form) {
  delete form.dataset.sent;
  for (const button of form.querySelectorAll('button[aria-busy="true"]')) button.removeAttribute("aria-busy");
}

function hold(form, submitter) {
  form.dataset.sent = "yes";
  submitter?.setAttribute("aria-busy", "true");
  setTimeout(() => release(form), SUBMIT_AGAIN_AFTER);
}

document.addEventListener("submit", (event) => {
  if (!event.target.dataset.sent) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);
document.addEventListener("submit", (event) => {
  const { target, submitter } = event;
  if (!event.defaultPrevented && submitter?.formMethod !== "dialog" && target.method !== "dialog") hold(target, submitter);
});
addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(release));

// --- small presses, found by their data attributes --------------------------------------------------
const PRESSES = {
  "data-retry": () => { error.hidden = true; retry?.(); },
  "data-dismiss": (button) => { button.closest(".alert").hidden = true; },
  "data-dialog-open": (button, event) => { event.preventDefault(); byId(button.dataset.dialogOpen).showModal(); },
  "data-dialog-close": (button) => button.closest("dialog").close(),
  "data-print": () => print(),
  "data-copy": async (button) => {
    await navigator.clipboard.writeText(button.dataset.copy);
    toast(button.dataset.copied);
  },
  "data-show-password": (button) => {
    const input = byId(button.dataset.showPassword);
    const shown = input.type === "text";
    input.type = shown ? "password" : "text";
    button.setAttribute("aria-pressed", String(!shown));
    button.dataset.labelShow ??= button.textContent;
    button.textContent = shown ? button.dataset.labelShow : button.dataset.labelHide;
  },
  "data-fill-login": (button) => {
    byId("id_login").value = button.dataset.fillLogin;
    byId("id_password").value = button.dataset.fillPassword;
    byId("id_login").form.querySelector('[type="submit"]').focus();
  },
};

document.addEventListener("click", (event) => {
  for (const [attribute, press] of Object.entries(PRESSES)) {
    const button = event.target.closest(`[${attribute}]`);
    if (button) return press(button, event);
  }
});

// Buttons that only work with a script are hidden until there is one.
function revealButtons(root) {
  for (const button of root.querySelectorAll("button[hidden][data-show-password], button[hidden][data-copy], button[hidden][data-print], button[hidden][data-fill-login]")) button.hidden = false;
}
revealButtons(document);
document.addEventListener("htmx:afterSettle", ({ detail }) => revealButtons(detail.elt));

// --- leaving a shared machine ---------------------------------------------------------------------
// One's own scores that wait on this machine go with the session; the first press says how many, the second leaves.
document.addEventListener("submit", (event) => {
  const form = event.target.closest?.("form[data-signout]");
  if (!form) return;
  const kept = Object.keys(localStorage).filter((key) => key.startsWith(`ob:${document.body.dataset.user}:`));
  if (kept.length && !form.dataset.warned) {
    event.preventDefault();
    form.dataset.warned = "1";
    toast(document.body.dataset.signoutWarning.replace("{n}", kept.length));
    return;
  }
  for (const key of kept) localStorage.removeItem(key);
}, true);

// --- the session ------------------------------------------------------------------------------------
// Kept alive while the person works, announced a minute before it ends, and taken up again in a panel over the page, so that
// nothing typed is lost. The server alone decides when it is over.
function keepSession(panel) {
  const { dataset } = document.body;
  const idle = Number(dataset.idle) * 1000;
  const WARN_BEFORE = 60_000;
  const KEEP_EVERY = 120_000;
  // Keys that were meant for the page must not land in the password.
  const PAUSE = 1500;
  const cookie = (name) => document.cookie.split("; ").find((part) => part.startsWith(`${name}=`))?.slice(name.length + 1);
  const token = () => cookie("csrftoken") ?? cookie("__Host-csrftoken") ?? document.querySelector("[name=csrfmiddlewaretoken]")?.value;

  let contact = Date.now(); // the server last heard of this person, as far as this page knows
  let typed = 0; // they last did something here
  let ends = contact + idle;
  let timer = 0;

  const ask = (url, options = {}) =>
    fetch(url, { headers: { "X-CSRFToken": token(), "X-Requested-With": "XMLHttpRequest" }, ...options });

  const later = (wait) => {
    clearTimeout(timer);
    timer = setTimeout(watch, Math.max(1000, Math.min(wait, 2 ** 30)));
  };

  function heard(left) {
    ends = Date.now() + left * 1000;
    later(left * 1000 - WARN_BEFORE);
  }

  // What the page itself sends keeps the session alive, too.
  new PerformanceObserver((list) => {
    for (const { initiatorType, name } of list.getEntries()) {
      if (!["fetch", "xmlhttprequest"].includes(initiatorType) || name.endsWith(dataset.sessionState)) continue;
      contact = Date.now();
      if (!panel.open) { ends = contact + idle; later(idle - WARN_BEFORE); }
    }
  }).observe({ type: "resource" });

  async function keep() {
    contact = Date.now();
    const response = await ask(dataset.sessionKeep, { method: "POST", redirect: "manual" }).catch(() => null);
    if (response?.ok) heard((await response.json()).left);
    else if (response) await watch();
  }

  for (const kind of ["keydown", "pointerdown"]) {
    addEventListener(kind, () => {
      typed = Date.now();
      if (!panel.open && typed - contact > KEEP_EVERY) keep();
    }, { capture: true, passive: true });
  }

  async function watch() {
    const response = await ask(dataset.sessionState).catch(() => null);
    if (!response?.ok) return later(WARN_BEFORE / 2); // no line: nothing can be said about the session
    const { left, user } = await response.json();
    if (!left) return show("over");
    if (String(user) !== dataset.user) return show("elsewhere");
    if (panel.open && panel.dataset.state !== "warning") signedIn();
    heard(left);
    if (left * 1000 > WARN_BEFORE) return panel.open && panel.close();
    if (typed > contact) return keep();
    show("warning");
    later(Math.min(left, 10) * 1000);
  }

  function show(state) {
    if (!panel.open && Date.now() - typed < PAUSE) return setTimeout(show, PAUSE / 3, state);
    panel.dataset.state = state;
    for (const part of panel.querySelectorAll("[data-when]")) part.hidden = part.dataset.when !== state;
    if (panel.open) return;
    panel.showModal();
  }

  // The secret of forms changes with the session; those on the page take the new one.
  function signedIn() {
    for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = cookie("csrftoken") ?? cookie("__Host-csrftoken") ?? field.value;
    panel.querySelector("[name=password]").value = "";
    if (panel.open) panel.close();
    contact = Date.now();
    ends = contact + idle;
    document.dispatchEvent(new Event("signed-in"));
  }

  panel.addEventListener("cancel", (event) => panel.dataset.state === "over" && event.preventDefault());
  panel.querySelector("[data-stay]").addEventListener("click", () => { panel.close(); keep(); });
  panel.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    event.stopPropagation();
    const form = event.target;
    const note = panel.querySelector("[role=alert]");
    const button = form.querySelector("button[type=submit]");
    button.setAttribute("aria-busy", "true");
    const response = await ask(form.action, { method: "POST", body: new FormData(form) }).catch(() => null);
    button.removeAttribute("aria-busy");
    const answer = await response?.json().catch(() => null);
    const failed = answer?.form?.errors?.[0] ?? Object.values(answer?.form?.fields ?? {}).flatMap((field) => field.errors)[0];
    note.hidden = response?.ok ?? false;
    note.textContent = response ? failed ?? note.dataset.refused : note.dataset.offline;
    if (!response?.ok) return form.elements.password.select();
    // A second step, or a password that must be changed, has its own page; coming back here goes on.
    if (answer.location && !answer.location.startsWith(dataset.home)) return show("elsewhere");
    signedIn();
    heard(Number(dataset.idle));
  });

  // Something on the page was answered as if nobody were signed in.
  document.addEventListener("signed-out", watch);
  addEventListener("focus", () => panel.open && watch());
  document.addEventListener("visibilitychange", () => document.hidden || watch());
  // A form that would be thrown away with the session waits for the sign-in.
  document.addEventListener("submit", (event) => {
    if (event.target.closest("#session-panel, [data-signout]") || Date.now() < ends) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    watch();
  }, true);
  later(idle - WARN_BEFORE);
}
if (byId("session-panel")) keepSession(byId("session-panel"));
