// The button that asks the browser for a passkey and sends the answer with its form. It shows itself where it can work, and
// says why where it cannot; every word comes from the page. webauthn-json.js stands before it.
const { create, get, supported } = globalThis.webauthnJSON;
// By the name of the browser's exception; to cancel is no failure.
const SAID = { NotAllowedError: "none", AbortError: "none", InvalidStateError: "known", SecurityError: "address" };

// Passkeys belong to a name; at an address of digits browsers refuse them.
function obstacle() {
  if (/^[\d.]+$|:/.test(location.hostname)) return "address";
  return supported() ? "" : "browser";
}

async function options({ from, url }) {
  if (from) return JSON.parse(document.getElementById(from).textContent);
  const response = await fetch(url, { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(response.status);
  return response.json();
}

// A new key must be found without a name being typed, and opened by its holder.
async function make({ creation_options: { publicKey } }) {
  const selection = { ...publicKey.authenticatorSelection, residentKey: "required", requireResidentKey: true, userVerification: "required" };
  return create({ publicKey: { ...publicKey, authenticatorSelection: selection } });
}

function wire(form) {
  const button = form.querySelector("[data-passkey-go]");
  const note = form.querySelector("[data-passkey-note]");
  const shared = document.querySelector('[type=checkbox][name=remember]');

  function say(kind, isFailure = false) {
    note.textContent = (isFailure ? note.dataset[kind] ?? note.dataset.failed : note.dataset[kind]) ?? "";
    note.hidden = !note.textContent;
    note.classList.toggle("field-error", isFailure && kind !== "none");
  }

  const why = obstacle();
  if (why) return say(why);
  button.parentElement.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.getAttribute("aria-busy")) return;
    button.setAttribute("aria-busy", "true");
    say("");
    try {
      const asked = await options({ from: form.dataset.options, url: form.action });
      form.elements.credential.value = JSON.stringify(asked.creation_options ? await make(asked) : await get(asked.request_options));
      if (shared && form.elements.remember) form.elements.remember.value = String(!shared.checked);
      form.submit();
    } catch ({ name }) {
      say(SAID[name] ?? "failed", true);
      button.removeAttribute("aria-busy");
    }
  });
  addEventListener("pageshow", () => button.removeAttribute("aria-busy"));
}
document.querySelectorAll("form[data-passkey]").forEach(wire);
