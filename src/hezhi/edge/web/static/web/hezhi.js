/* Small comforts on top of pages that work without them.
 *
 * <form data-once>            the buttons of a sent form rest until the answer comes
 * <button data-print>         prints the page
 * <dialog>, menus             a <details class="menu"> closes on Escape and on a click elsewhere
 * <p id="refusal" tabindex=-1> receives the focus when a page or fragment arrives with a refusal
 */
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-once]") || event.defaultPrevented) return;
  // After the submission has taken the pressed button's value along.
  setTimeout(() => form.querySelectorAll("button").forEach((one) => { one.disabled = true; }));
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
  document.querySelectorAll("details.menu[open]").forEach((menu) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  document.querySelectorAll("details.menu[open]").forEach((menu) => {
    menu.open = false;
    menu.querySelector("summary").focus();
  });
});

const toRefusal = () => document.getElementById("refusal")?.focus();
document.addEventListener("DOMContentLoaded", toRefusal);
document.addEventListener("htmx:afterSettle", toRefusal);

// A page brought back by the browser's back button must not keep its buttons asleep.
window.addEventListener("pageshow", () => {
  document.querySelectorAll("[data-once] button:disabled").forEach((one) => { one.disabled = false; });
});
