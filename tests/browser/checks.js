// What can be measured on any page, in one go: returns the list of what is wrong, in words.
({ phone, grid, admin }) => {
  const problems = [];
  const name = (element) => {
    const text = (element.textContent || element.value || "").trim().replace(/\s+/g, " ").slice(0, 40);
    return `<${element.tagName.toLowerCase()}${element.id ? `#${element.id}` : ""}${element.className?.split ? element.className.split(/\s+/).filter(Boolean).map((one) => `.${one}`).join("") : ""}> ${text}`;
  };
  const isShown = (element) => {
    const box = element.getBoundingClientRect();
    return element.checkVisibility({ visibilityProperty: true }) && box.width > 1 && box.height > 1 && !element.closest(".visually-hidden");
  };
  const all = [...document.querySelectorAll("body *")].filter((element) => !(element instanceof SVGElement) || element.tagName === "svg");

  // --- the page as a whole ------------------------------------------------------------------------
  const headings = [...document.querySelectorAll("h1")].filter(isShown);
  if (headings.length !== 1) problems.push(`${headings.length} h1: ${headings.map(name)}`);
  if (document.documentElement.lang !== "vi") problems.push(`lang is ${document.documentElement.lang}`);
  if (!document.title.trim()) problems.push("no title");
  const nodes = document.querySelectorAll("*").length;
  if (nodes > (grid ? 2500 : 1500)) problems.push(`${nodes} nodes`);
  const tools = [...document.querySelectorAll(".header-tools a")].map((link) => link.pathname);
  if (!admin && tools.includes("/help/") && tools.indexOf("/incidents/new/") !== tools.indexOf("/help/") - 1) problems.push(`help and incidents stand as ${tools}`);

  // --- sideways ---------------------------------------------------------------------------------------
  const { scrollWidth } = document.documentElement;
  if (scrollWidth > innerWidth) {
    const wide = all.filter((element) => isShown(element) && element.getBoundingClientRect().right > innerWidth + 1 && !element.closest("[tabindex='0'], pre, .tabs ul, .example-view"));
    problems.push(`scrolls sideways: ${scrollWidth} of ${innerWidth}: ${wide.slice(0, 4).map(name)}`);
  }

  // --- text ---------------------------------------------------------------------------------------------
  const small = new Set(), tight = new Set();
  for (const element of all) {
    const hasText = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    const isField = element.matches("input:not([type=hidden], [type=checkbox], [type=radio]), select, textarea");
    if ((!hasText && !isField) || element.matches("option, script, style, template, noscript") || !isShown(element)) continue;
    const style = getComputedStyle(element);
    const size = parseFloat(style.fontSize);
    if (size < 14) small.add(`${size}px ${name(element)}`);
    if (isField && phone && size < 16) small.add(`field ${size}px ${name(element)}`);
    const height = parseFloat(style.lineHeight) / size; // NaN for "normal", which depends on the font
    if (!isField && !(height >= 1.349)) tight.add(`${style.lineHeight} of ${size}px ${name(element)}`);
  }
  for (const element of all.filter(isShown)) {
    for (const part of ["::before", "::after"]) {
      const { content, fontSize } = getComputedStyle(element, part);
      if (/^"[^"]*[\p{L}\p{N}]/u.test(content) && parseFloat(fontSize) < 14) small.add(`${fontSize} ${part} ${name(element)}`);
    }
  }
  if (small.size) problems.push(`small text: ${[...small].slice(0, 5).join(" | ")}`);
  if (tight.size) problems.push(`tight lines: ${[...tight].slice(0, 5).join(" | ")}`);

  // --- targets ----------------------------------------------------------------------------------------------
  const stops = all.filter((element) => element.matches("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']") && !element.disabled && element.tabIndex >= 0 && element.checkVisibility({ visibilityProperty: true }));
  const isInText = (element) => element.tagName === "A" && getComputedStyle(element).display === "inline" && element.parentElement.textContent.trim().length > element.textContent.trim().length;
  for (const element of stops.filter(isShown)) {
    if (isInText(element)) continue;
    const label = element.matches("[type=checkbox], [type=radio]") && element.closest("label");
    const { width, height } = (label || element).getBoundingClientRect();
    const least = phone && element.matches(".btn-primary, .bottom-bar a, #grid-keys button") ? 44 : 24;
    if (width < least - 0.5 || height < least - 0.5) problems.push(`target ${Math.round(width)}×${Math.round(height)} of ${least}: ${name(element)}`);
  }

  // --- focus: a ring of two colours, nothing on top of it -----------------------------------------------------
  const ringless = new Set(), covered = new Set();
  for (const element of [...stops, ...stops.toReversed()]) {
    element.focus();
    if (document.activeElement !== element) continue;
    const style = getComputedStyle(element);
    if (!(style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 && style.boxShadow !== "none")) ringless.add(name(element));
    const box = [...element.getClientRects()].find(({ width, height }) => width && height);
    if (!box) { covered.add(`no box ${name(element)}`); continue; }
    const [left, top] = [Math.max(box.left, 0), Math.max(box.top, 0)];
    const hit = document.elementFromPoint((left + Math.min(box.right, innerWidth)) / 2, (top + Math.min(box.bottom, innerHeight)) / 2);
    if (!(hit && (element.contains(hit) || hit.contains(element) && hit.matches("label")))) covered.add(`${name(element)} under ${hit ? name(hit) : "nothing"}`);
  }
  if (ringless.size) problems.push(`${ringless.size} without a focus ring: ${[...ringless].slice(0, 5).join(" | ")}`);
  if (covered.size) problems.push(`${covered.size} covered while focused: ${[...covered].slice(0, 5).join(" | ")}`);
  return problems;
}
