// Put into every page before its own scripts: what only the page itself can count.
(() => {
  const probe = { keys: 0, pointers: 0, lastKeyAt: 0, savedAt: 0, usableAt: 0 };
  Object.defineProperty(window, "probe", { value: probe });
  addEventListener("keydown", (event) => {
    if (!event.isTrusted) return;
    probe.keys += 1;
    probe.lastKeyAt = performance.now();
  }, true);
  for (const kind of ["mousedown", "touchstart"]) addEventListener(kind, () => { probe.pointers += 1; }, true);
  // grid.js writes the number of empty cells when it is ready; other pages are usable when their document is.
  const look = () => {
    const now = performance.now();
    if (document.getElementById("cells-left")?.textContent && !probe.usableAt) probe.usableAt = now;
    probe.savedAt = document.getElementById("save-state")?.dataset.state === "saved" ? probe.savedAt || now : 0;
  };
  addEventListener("DOMContentLoaded", () => {
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
    look();
  });
})();
