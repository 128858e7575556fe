"""What stands in the way of people who read with ears, by keyboard, or on a small screen.

Own checks in the spirit of the usual tools; they run inside the page, so they see what a reader gets.
"""

from __future__ import annotations

from playwright.sync_api import Page

_LOOK = """
() => {
  const faults = [];
  const shown = (one) => one.checkVisibility({checkOpacity: false});
  const name = (one) => one.outerHTML.slice(0, 90);
  const h1 = document.querySelectorAll("h1");
  if (h1.length !== 1 || !h1[0].textContent.trim()) faults.push(`needs one h1, has ${h1.length}`);
  if (!document.documentElement.lang) faults.push("the page has no language");
  if (!document.title.trim()) faults.push("the page has no title");
  if (!document.querySelector("main")) faults.push("no main");
  if (document.querySelector("a.skip")?.getAttribute("href") !== "#main") faults.push("no skip link");
  let level = 1;
  for (const one of document.querySelectorAll("main h1, main h2, main h3, main h4")) {
    if (!shown(one)) continue;
    const now = Number(one.tagName[1]);
    if (now > level + 1) faults.push(`heading jumps from ${level} to ${now}: ${one.textContent.trim()}`);
    level = now;
  }
  for (const one of document.querySelectorAll("input:not([type=hidden]), select, textarea")) {
    const said = one.getAttribute("aria-label") || [...one.labels].map((l) => l.textContent).join("").trim();
    if (!said) faults.push(`no label: ${name(one)}`);
  }
  for (const one of document.querySelectorAll("button, a[href], summary")) {
    if (!(one.textContent.trim() || one.getAttribute("aria-label"))) faults.push(`no words: ${name(one)}`);
  }
  for (const one of document.querySelectorAll("table")) {
    if (!one.caption || !one.caption.textContent.trim()) faults.push(`no caption: ${name(one)}`);
  }
  for (const one of document.querySelectorAll("th:not([scope])")) faults.push(`no scope: ${name(one)}`);
  for (const one of document.querySelectorAll("svg[role=img]")) {
    if (!one.querySelector("title")?.textContent.trim()) faults.push(`no title: ${name(one)}`);
  }
  const ids = [...document.querySelectorAll("[id]")].map((one) => one.id);
  for (const id of new Set(ids.filter((id, at) => ids.indexOf(id) !== at))) faults.push(`twice the id ${id}`);
  for (const one of document.querySelectorAll("[aria-labelledby], [aria-describedby]")) {
    for (const kind of ["aria-labelledby", "aria-describedby"]) {
      for (const id of (one.getAttribute(kind) || "").split(" ").filter(Boolean)) {
        if (!document.getElementById(id)) faults.push(`${kind} leads nowhere: ${id}`);
      }
    }
  }
  if (document.querySelector("[style]")) faults.push(`inline style: ${name(document.querySelector("[style]"))}`);
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  if (wide > 1) faults.push(`the page is ${wide} px wider than the screen`);

  const pen = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const light = (colour) => {
    // Painted and read back, because a browser may write colours in many ways.
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = colour;
    pen.fillRect(0, 0, 1, 1);
    const [r, g, b] = [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3).map((c) => {
      c /= 255;
      return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (one) => {
    for (; one; one = one.parentElement) {
      const colour = getComputedStyle(one).backgroundColor;
      if (colour && !/rgba\\(0, 0, 0, 0\\)|transparent/.test(colour)) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const told = new Set();
  for (const one of document.querySelectorAll("body *")) {
    const own = [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || !shown(one) || one.closest(".visually-hidden, :disabled, svg, .skip")) continue;
    const style = getComputedStyle(one);
    const [a, b] = [light(style.color), light(ground(one))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.6 && style.fontWeight >= 700);
    const key = `${style.color} on ${ground(one)}`;
    if (ratio < (large ? 3 : 4.5) && !told.has(key)) {
      told.add(key);
      faults.push(`contrast ${ratio.toFixed(2)}: ${key}: ${one.textContent.trim().slice(0, 30)}`);
    }
  }
  return faults;
}
"""


def faults_of(page: Page) -> list[str]:
    """Return every fault of the page as it stands now, in words."""
    return list(page.evaluate(_LOOK))
