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
    } else if (unseen.has(one.id) || one.kinds.some((kind) => comes.includes(kind))) {
      perhaps.add(one.id);
      clearTimeout(sifting);
      sifting = setTimeout(sift, 250);
    }
    opened(one);
  };

  // Reviews that are not in this list yet: the server knows which of them the look lets through. They are counted, so that no row jumps under
  // a pointer; a list that was empty fills by itself until somebody touches the page.
  const unseen = new Set(), perhaps = new Set();
  const look = new URLSearchParams(location.search);
  let sifting = 0, calm = rows?.children.length === 0;
  const COMES = { waiting: ["review.opened"], unclaimed: ["review.opened", "review.released"], claimed: ["review.claimed"], mine: [], ruled: ["review.ruled"], expired: ["review.expired"] };
  const comes = COMES[look.get("view") || "waiting"] ?? [];
  const BY_ITSELF = { headers: { "X-By-Itself": "live" } };
  const pageOf = async (href, how) => {
    const answer = await fetch(href, how).catch(() => null);
    return answer?.ok && !answer.redirected ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
  };
  const sift = async () => {
    const asked = [...perhaps].slice(0, 100), query = new URLSearchParams(look);
    for (const id of asked) perhaps.delete(id);
    query.set("ids", asked.join());
    const fit = await fetch(`/live/fits?${query}`, BY_ITSELF).then((answer) => answer.status === 200 ? answer.json() : null).catch(() => null);
    if (!fit) {
      for (const id of asked) perhaps.add(id);
      clearTimeout(sifting);
      sifting = setTimeout(sift, 2000);
      return;
    }
    for (const id of asked) if (fit.includes(id) && !document.getElementById(id)) unseen.add(id); else unseen.delete(id);
    if (perhaps.size) sifting = setTimeout(sift, 0);
    else if (!unseen.size) fresh.replaceChildren();
    else if (calm) fill();
    else told();
  };
  const fill = async () => {
    const come = (await pageOf(location.href, BY_ITSELF))?.querySelectorAll("#rows > li") ?? [];
    if (!come.length || !calm) { told(); return; }
    rows.replaceChildren(...come);
    unseen.clear();
    fresh.replaceChildren();
    count();
  };
  for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, () => { calm = false; }, { capture: true, passive: true });
  rows?.addEventListener("pointerover", () => { calm = false; });
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

  // What the stream tells; live.js keeps it open.
  live?.addEventListener("row", (event) => take(JSON.parse(event.detail.data)));
  live?.addEventListener("reload", () => told(fresh.dataset.reload));

  // A claim that runs out makes no event, so the row is asked for.
  const held = new Map();
  setInterval(() => {
    if (document.hidden || !rows) return;
    for (const row of rows.querySelectorAll("[data-held-until]")) {
      const until = row.dataset.heldUntil;
      if (held.get(row.id) === until || Date.parse(until) + 500 > maitred.now()) continue;
      held.set(row.id, until);
      fetch(`/live/${row.id}`, BY_ITSELF).then((answer) => answer.ok ? answer.json() : null).then((one) => { if (one) take(one); }).catch(() => {});
    }
  }, 2000);

  // One review opens beside the list on a wide screen; the address goes along. Elsewhere a row is the link that it looks like. From the
  // moment that another is asked for, nothing can be done to the one that still shows: the highlight goes with what shows, not with what comes.
  let coming = null, queued = null;
  const mark = () => {
    const id = detail()?.dataset.review ?? decodeURIComponent(location.pathname.split("/")[2] ?? "");
    for (const link of links()) {
      const row = link.parentElement;
      row.classList.toggle("loading", row.id === (coming ?? queued)?.id);
      if (row.id === id) link.setAttribute("aria-current", "true"); else link.removeAttribute("aria-current");
    }
    document.body.classList.toggle("opened", Boolean(id));
    const title = document.getElementById("review-title");
    if (title) document.title = `${title.textContent.trim()} · maitred`;
  };
  const wait = (one) => {
    const pane = detail();
    coming = one;
    pane.querySelector(".failed")?.remove();
    pane.inert = true;
    pane.setAttribute("aria-busy", "true");
    setTimeout(() => { if (coming === one) maitred.status(document.getElementById("status").dataset.sending, "", true); }, 400);
    mark();
  };
  const ask = (one) => {
    wait(one);
    htmx.ajax("GET", one.href, { source: rows, target: "#detail", swap: "outerHTML", push: "true" });
  };
  const open = (one) => {
    if (!coming && detail().getAttribute("aria-busy")) { queued = one; mark(); } else ask(one);
  };
  const settled = () => {
    coming = null;
    const line = document.getElementById("status");
    if (line.textContent === line.dataset.sending) maitred.status("");
    mark();
  };
  const failed = (one) => {
    const pane = detail();
    pane.inert = false;
    pane.removeAttribute("aria-busy");
    pane.prepend(document.getElementById("failed").content.cloneNode(true));
    const retry = pane.querySelector(".failed a");
    retry.href = one.href;
    retry.addEventListener("click", (event) => { if (rows) { event.preventDefault(); ask({ id: one.id, href: one.href }); } });
    settled();
  };
  const isOurs = (ctx) => ctx?.sourceElement === rows || "HX-History-Restore-Request" in (ctx?.request?.headers ?? {});
  document.addEventListener("htmx:before:history:restore", (event) => wait({ id: "", href: event.detail.path }));
  document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => { if (coming && isOurs(ctx)) coming.ctx = ctx; });
  document.addEventListener("htmx:after:request", (event) => {
    const { ctx } = event.detail;
    if (!coming || ctx.target?.id !== "detail") return;
    if (ctx === coming.ctx) ctx.target = detail(); else event.preventDefault();
  });
  document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => { if (coming && ctx === coming.ctx) settled(); else mark(); });
  document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
    if (coming && ctx === coming.ctx) failed(coming);
    if (!queued || ctx.request.method?.toUpperCase() !== "POST") return;
    const one = queued;
    queued = null;
    if (ctx.response?.status < 400) ask(one); else mark();
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("#rows > li > a");
    if (!link || !wide.matches || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    open({ id: link.parentElement.id, href: link.getAttribute("href") });
  });
  document.addEventListener("htmx:before:response", (event) => {
    const answer = event.detail.ctx?.response?.raw;
    if (answer?.redirected && new URL(answer.url).pathname === "/sign-in") { event.preventDefault(); location.reload(); }
  });

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
    if (!step && !coming && to.hasAttribute("aria-current") && detail().dataset.review) { detail().focus(); return; }
    to.focus();
    if (!step) to.click();
  });
  rows?.addEventListener("keydown", (event) => {
    if (event.key !== " " || !event.target.matches("li > a")) return;
    event.preventDefault();
    event.target.parentElement.querySelector("input:not(:disabled)")?.click();
  });

  // Ticks. What is done at once has an end, so all of a longer list are the first of it.
  const all = document.getElementById("all");
  const boxes = () => [...rows.querySelectorAll("input:not(:disabled)")];
  const count = () => {
    if (!bulk) return;
    const some = boxes().filter((box) => box.checked).length;
    bulk.classList.toggle("some", some > 0);
    const tooMany = some > Number(ticked.dataset.most);
    ticked.textContent = some ? many(ticked, some) + (tooMany ? `. ${ticked.dataset.over}` : "") : "";
    for (const button of bulk.querySelectorAll("button")) button.disabled = tooMany;
    all.checked = some > 0;
    all.indeterminate = some > 0 && some < boxes().length;
  };
  if (rows && bulk) {
    rows.addEventListener("change", count);
    all.addEventListener("change", () => { boxes().forEach((box, at) => { box.checked = all.checked && at < Number(ticked.dataset.most); }); count(); });
    count();
    addEventListener("pageshow", count);
  }

  // The next hundred come below; the address of each page is its link.
  document.addEventListener("click", async (event) => {
    const link = event.target.closest?.("#more > a");
    if (!link || !new URL(link.href).searchParams.has("after") || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    const page = await pageOf(link.href);
    if (!page) { location.assign(link.href); return; }
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
