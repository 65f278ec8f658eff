// What every page shares. Pages work without it and are quicker with it.
"use strict";
(() => {
  const typing = (element) => element.closest("input:not([type=checkbox]):not([type=radio]):not([type=range]), textarea, select, [contenteditable]");
  const seen = (element) => element.checkVisibility?.() ?? element.offsetParent !== null;
  const sheet = () => document.getElementById("keys");

  // One line that says how things stand; it goes by itself unless it tells of a fault.
  const status = (says, kind = "", stays = false) => {
    const line = document.getElementById("status");
    if (!line) return;
    line.textContent = says;
    line.className = `status ${kind}`;
    line.hidden = !says;
    clearTimeout(status.timer);
    if (says && !stays) status.timer = setTimeout(() => { line.hidden = true; line.textContent = ""; }, 6000);
  };

  // The keys stand in the sheet that the server wrote; the same table made the badges on the buttons.
  const actOf = (event) => {
    const pressed = (event.ctrlKey || event.metaKey ? "Control+" : "") + event.key;
    return [...(sheet()?.querySelectorAll("[data-key]") ?? [])].find((one) => one.dataset.key === pressed)?.dataset.act;
  };
  const doAct = (act) => {
    const dialog = document.querySelector("dialog[open]");
    if (act === "close") { dialog?.close(); document.activeElement?.blur?.(); return true; }
    if (dialog) return false;
    if (act === "palette") { const palette = document.getElementById("palette"); if (palette) { palette.showModal(); return true; } }
    if (act === "keys") { sheet()?.showModal(); return true; }
    const found = [...document.querySelectorAll(`[data-act="${act}"]:not(kbd)`)].find(seen);
    if (found?.closest("[inert], [aria-busy=true]")) { status(document.getElementById("status")?.dataset.sending ?? ""); return true; }
    if (found) {
      if (found.matches("input, textarea, select")) { found.focus(); found.select?.(); } else {
        found.focus();
        found.click();
        // What opens takes the cursor at once: the event of it comes later, and the next key may be a letter of a word.
        if (found.matches("summary") && found.parentElement.open) found.parentElement.querySelector("select, textarea, input:not([type=hidden])")?.focus();
      }
      return true;
    }
    return !document.dispatchEvent(new CustomEvent("maitred:act", { detail: act, cancelable: true }));
  };
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.altKey || event.isComposing) return;
    const act = actOf(event);
    if (!act) return;
    const modified = event.ctrlKey || event.metaKey;
    if (typing(event.target) && !modified && act !== "close") return;
    if (act === "open" && event.target.closest("a, button, summary, select, [role=button]")) return;
    if (act === "close" && document.querySelector("dialog[open]")) return;
    if (doAct(act)) event.preventDefault();
  });

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (!opener || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const dialog = document.getElementById(opener.dataset.opens);
    if (dialog) { event.preventDefault(); dialog.showModal(); }
  });
  // In the palette the arrows walk along what was found, and Enter takes the first. What was found for another text does not count: then the
  // form is sent, and its page finds.
  document.addEventListener("keydown", (event) => {
    const form = event.target.closest?.(".go");
    if (!form || !["ArrowDown", "ArrowUp", "Enter"].includes(event.key)) return;
    const links = [...form.querySelectorAll(".found a")], at = links.indexOf(document.activeElement);
    if (event.key === "Enter") {
      const asked = form.querySelector(".found").dataset.q === form.querySelector("input").value.trim();
      if (at < 0 && asked && links[0]) { event.preventDefault(); links[0].click(); }
      return;
    }
    event.preventDefault();
    (links[at + (event.key === "ArrowDown" ? 1 : -1)] ?? form.querySelector("input")).focus();
  });

  // On a narrow screen the row of pages is cut; the one that is open comes into view.
  const pages = document.querySelector(".top nav"), current = pages?.querySelector("[aria-current]");
  if (current) pages.scrollLeft = current.offsetLeft - pages.offsetLeft - (pages.clientWidth - current.offsetWidth) / 2;

  // Countdowns: `<time data-due="2026-…" data-late="%(span)s late">` ticks; words come from the server's own table.
  const units = () => (document.body.dataset.units ?? "d h min s").split(" ");
  const span = (seconds) => {
    const [d, h, min, s] = units(), left = Math.abs(Math.trunc(seconds));
    if (left >= 86400) return `${Math.trunc(left / 86400)} ${d}`;
    if (left >= 3600) return `${Math.trunc(left / 3600)} ${h}${left % 3600 >= 60 ? ` ${Math.trunc((left % 3600) / 60)} ${min}` : ""}`;
    return left >= 60 ? `${Math.trunc(left / 60)} ${min}` : `${left} ${s}`;
  };
  const tick = () => {
    const now = Date.now() + skew;
    for (const one of document.querySelectorAll("[data-due]")) {
      const seconds = (Date.parse(one.dataset.due) - now) / 1000;
      const says = seconds < 0 ? (one.dataset.late ?? "%(span)s").replace("%(span)s", span(seconds)) : span(seconds);
      const kind = seconds < 0 ? "late" : seconds < (one.dataset.warn ?? 900) ? "soon" : "fine";
      if (one.textContent !== says) one.textContent = says;
      if (!one.classList.contains(kind)) { one.classList.remove("late", "soon", "fine"); one.classList.add(kind); }
    }
    for (const one of document.querySelectorAll("[data-since]")) one.textContent = span((now - Date.parse(one.dataset.since)) / 1000);
  };
  const skew = document.body.dataset.now ? Date.parse(document.body.dataset.now) - Date.now() : 0;
  setInterval(() => { if (!document.hidden) tick(); }, 1000);

  // A form is sent once; a slow answer is told.
  document.addEventListener("submit", (event) => {
    if (event.target.method !== "post" || event.defaultPrevented) return;
    if (event.target.dataset.sent) { event.preventDefault(); return; }
    event.target.dataset.sent = "1";
    setTimeout(() => { if (event.target.dataset.sent) status(document.getElementById("status")?.dataset.sending ?? ""); }, 400);
    setTimeout(() => { delete event.target.dataset.sent; }, 15000);
  });
  // Whoever signs out leaves nothing that they wrote in a browser that others may use.
  document.addEventListener("submit", (event) => {
    if (event.target.getAttribute("action") !== "/sign-out") return;
    try {
      for (const name of Object.keys(localStorage)) if (name.startsWith("maitred:draft") || name.startsWith("maitred:policy")) localStorage.removeItem(name);
    } catch { /* a browser that keeps nothing has nothing to forget */ }
  });
  addEventListener("pageshow", () => { for (const form of document.forms) delete form.dataset.sent; });

  window.maitred = { status, doAct, span, tick, now: () => Date.now() + skew };
})();
