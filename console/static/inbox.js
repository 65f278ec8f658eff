// The inbox while it is open: rows follow what happens, keys walk along them, and one review opens beside the list.
"use strict";
(() => {
  const rows = document.getElementById("rows"), live = document.getElementById("live"), fresh = document.getElementById("fresh");
  const bulk = document.getElementById("bulk"), ticked = document.getElementById("ticked");
  const wide = matchMedia("(min-width: 60.01rem)");
  const detail = () => document.getElementById("detail");
  const links = () => [...(rows?.querySelectorAll(":scope > li > a") ?? [])];
  const many = (element, count) => count === 1 ? element.dataset.one : element.dataset.many.replace("%(num)s", count);
  document.body.classList.add("scripted");

  // Rows. Only what differs is put in place, so that focus, ticks and a selection stay where they are.
  const made = (html) => { const one = document.createElement("template"); one.innerHTML = html; return one.content.firstElementChild; };
  const shown = new WeakMap();
  const patch = (row, next) => {
    row.dataset.revision = next.dataset.revision;
    if (next.dataset.heldUntil) row.dataset.heldUntil = next.dataset.heldUntil; else delete row.dataset.heldUntil;
    row.classList.toggle("over", next.classList.contains("over"));
    const box = row.querySelector("input"), nextBox = next.querySelector("input");
    if (box && nextBox) {
      box.value = nextBox.value;
      box.disabled = nextBox.disabled;
      if (box.disabled && box.checked) { box.checked = false; count(); }
    }
    for (const part of next.querySelectorAll("[data-part]")) {
      const there = row.querySelector(`[data-part="${part.dataset.part}"]`);
      const due = there.firstElementChild?.dataset.due;
      if (due ? due !== part.firstElementChild?.dataset.due : there.innerHTML !== part.innerHTML) there.replaceChildren(...part.childNodes);
    }
    row.classList.add("new");
    clearTimeout(shown.get(row));
    shown.set(row, setTimeout(() => row.classList.remove("new"), 1200));
  };
  const take = (one) => {
    const row = document.getElementById(one.id);
    if (row?.parentElement === rows && rows) {
      if (Number(row.dataset.revision) <= one.revision) patch(row, made(one.html));
    } else if (isNew(one)) {
      unseen.add(one.id);
      told();
    }
    opened(one);
  };

  // Reviews that belong to this list and are not in it yet: counted, so that no row jumps under a pointer.
  const unseen = new Set();
  const look = new URLSearchParams(location.search);
  const COMES = { waiting: ["review.opened"], unclaimed: ["review.opened", "review.released"], claimed: ["review.claimed"], mine: [], ruled: ["review.ruled"], expired: ["review.expired"] };
  const isNew = (one) => {
    const comes = COMES[look.get("view") || "waiting"] ?? [];
    return one.kinds.some((kind) => comes.includes(kind)) && ["pool", "tier"].every((name) => !look.get(name) || look.get(name) === one[name]);
  };
  const told = (says = many(fresh, unseen.size)) => {
    const link = fresh.querySelector("a") ?? fresh.appendChild(document.createElement("a"));
    link.textContent = says;
    link.href = location.pathname + location.search;
  };

  // The review beside the list: that it changed is said, and nothing of it is touched. A change of one's own is on its way here too.
  const opened = (one) => setTimeout(() => {
    const shown = detail();
    if (shown?.dataset.review !== one.id || !(Number(shown.dataset.revision) < one.revision) || shown.querySelector(".changed")) return;
    shown.prepend(document.getElementById("changed").content.cloneNode(true));
    shown.querySelector(".changed a").href = location.pathname + location.search;
  }, 800);

  // The stream.
  if (live) {
    const says = document.getElementById("status").dataset;
    let connection = null, heard = 0, lost = false, ended = false, leaving = false;
    const dot = (on) => { live.hidden = false; live.classList.toggle("on", on); live.lastElementChild.textContent = on ? live.dataset.on : live.dataset.off; };
    const url = live.getAttribute("hx-sse:connect");
    const start = () => htmx.ajax("GET", url, { source: live, target: live, swap: "none" }).catch(() => {});
    const gone = (status) => {
      if (leaving || ended) return;
      dot(false);
      if (status === 401) { ended = true; maitred.status(live.dataset.ended, "late", true); return; }
      if (!lost) maitred.status(says.lost, "late", true);
      lost = true;
    };
    addEventListener("pagehide", () => { leaving = true; });
    addEventListener("pageshow", () => { leaving = false; });
    live.addEventListener("htmx:sse:before:connection", (event) => { if (ended) event.preventDefault(); });
    live.addEventListener("htmx:sse:after:connection", (event) => {
      connection = event.detail.connection;
      heard = Date.now();
      dot(true);
      if (lost) maitred.status(says.back, "good");
      lost = false;
    });
    live.addEventListener("htmx:sse:error", (event) => gone(event.detail.status));
    live.addEventListener("htmx:sse:close", () => { connection = null; });
    live.addEventListener("htmx:response:error", (event) => gone(event.detail.ctx?.response?.status));
    live.addEventListener("row", (event) => { heard = Date.now(); take(JSON.parse(event.detail.data)); });
    live.addEventListener("beat", () => { heard = Date.now(); });
    live.addEventListener("reload", () => { heard = Date.now(); told(fresh.dataset.reload); });
    setInterval(() => {
      if (document.hidden || ended) return;
      if (connection && Date.now() - heard > 45000) connection.reader?.cancel();
      if (!connection && !live._htmx?.sse) start();
    }, 5000);
  }

  // A claim that runs out makes no event, so the row is asked for.
  const held = new Map();
  setInterval(() => {
    if (document.hidden || !rows) return;
    for (const row of rows.querySelectorAll("[data-held-until]")) {
      const until = row.dataset.heldUntil;
      if (held.get(row.id) === until || Date.parse(until) + 500 > maitred.now()) continue;
      held.set(row.id, until);
      fetch(`/live/${row.id}`, { headers: { "X-By-Itself": "live" } }).then((answer) => answer.ok ? answer.json() : null).then((one) => { if (one) take(one); }).catch(() => {});
    }
  }, 2000);

  // One review opens beside the list on a wide screen; the address goes along. Elsewhere a row is the link that it looks like.
  const mark = () => {
    const id = decodeURIComponent(location.pathname.split("/")[2] ?? "");
    for (const link of links()) {
      if (link.parentElement.id === id) link.setAttribute("aria-current", "true"); else link.removeAttribute("aria-current");
    }
    document.body.classList.toggle("opened", Boolean(id));
    const title = document.getElementById("review-title");
    if (title) document.title = `${title.textContent.trim()} · maitred`;
  };
  const open = (link) => {
    for (const one of links()) one.removeAttribute("aria-current");
    link.setAttribute("aria-current", "true");
    htmx.ajax("GET", link.getAttribute("href"), { source: rows, target: "#detail", swap: "outerHTML", push: "true" }).catch(() => location.assign(link.href));
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("#rows > li > a");
    if (!link || !wide.matches || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    open(link);
  });
  document.addEventListener("htmx:before:response", (event) => {
    const answer = event.detail.ctx?.response?.raw;
    if (answer?.redirected && new URL(answer.url).pathname === "/sign-in") { event.preventDefault(); location.reload(); }
  });
  for (const name of ["htmx:after:swap", "htmx:after:history:update"]) document.addEventListener(name, mark);

  // Keys: the row that was left is gone on from.
  let last = null;
  document.addEventListener("focusin", (event) => { const row = event.target.closest?.("#rows > li"); if (row) last = row.id; });
  document.addEventListener("maitred:act", (event) => {
    const step = { next: 1, previous: -1, open: 0 }[event.detail];
    if (step === undefined || !rows) return;
    const all = links(), at = all.findIndex((link) => link.parentElement.id === last);
    const to = all[at < 0 ? Math.max(0, all.findIndex((link) => link.hasAttribute("aria-current"))) : Math.min(all.length - 1, Math.max(0, at + step))];
    if (!to) return;
    event.preventDefault();
    if (!step && to.hasAttribute("aria-current") && detail().dataset.review) { detail().focus(); return; }
    to.focus();
    if (!step) to.click();
  });
  rows?.addEventListener("keydown", (event) => {
    if (event.key !== " " || !event.target.matches("li > a")) return;
    event.preventDefault();
    event.target.parentElement.querySelector("input:not(:disabled)")?.click();
  });

  // Ticks.
  const count = () => {
    const some = rows.querySelectorAll("input:checked").length;
    bulk.classList.toggle("some", some > 0);
    ticked.textContent = some ? many(ticked, some) : "";
  };
  if (rows && bulk) {
    rows.addEventListener("change", count);
    count();
    addEventListener("pageshow", count);
  }

  // The next hundred come below; the address of each page is its link.
  document.addEventListener("click", async (event) => {
    const link = event.target.closest?.("#more > a");
    if (!link || !new URL(link.href).searchParams.has("after") || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    const answer = await fetch(link.href).catch(() => null);
    if (!answer?.ok || answer.redirected) { location.assign(link.href); return; }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const come = [...page.querySelectorAll("#rows > li")].filter((row) => !document.getElementById(row.id));
    rows.append(...come);
    const more = page.getElementById("more");
    if (more) document.getElementById("more").replaceWith(more);
    come[0]?.querySelector("a").focus();
  });

  // Only what was chosen stands in the address.
  document.querySelector(".filters")?.addEventListener("formdata", (event) => {
    const usual = { view: "waiting", sort: "urgency" };
    for (const [name, value] of [...event.formData]) if (!value || usual[name] === value) event.formData.delete(name);
  });
})();
