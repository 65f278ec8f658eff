// One review: what somebody types is kept, at once here and soon at the server; a ruling says how it goes; forms open with the cursor in them.
"use strict";
(() => {
  const PAUSE = 800, KEPT_FOR = 7 * 86400e3, PREFIX = "maitred:draft:";
  const review = () => document.querySelector("#detail[data-review]");
  const says = (name) => document.getElementById("review-says")?.dataset[name] ?? "";
  const tell = (...given) => window.maitred?.status(...given);
  const forms = () => [...(review()?.querySelectorAll("form[id]") ?? [])].filter((form) => form.elements.ruling);
  const key = (form) => `${PREFIX}${review().dataset.actor}:${review().dataset.review}:${form.id}`;
  const timers = new Map();

  // Storage may be full or forbidden: then the server alone keeps it.
  const local = {
    read: (name) => { try { return JSON.parse(localStorage.getItem(name)); } catch { return null; } },
    write: (name, what) => { try { localStorage.setItem(name, JSON.stringify(what)); } catch { /* the server has it soon */ } },
    drop: (name) => { try { localStorage.removeItem(name); } catch { /* nothing was there */ } },
    names: () => { try { return Object.keys(localStorage).filter((name) => name.startsWith(PREFIX)); } catch { return []; } },
  };
  const fields = (form) => {
    const said = {};
    for (const [name, value] of new FormData(form)) if (name !== "revision" && name !== "draft") (said[name] ??= []).push(value);
    return said;
  };
  const fill = (form, said) => {
    for (const one of form.elements) {
      if (!one.name || one.type === "hidden" || one.disabled) continue;
      if (one.type === "checkbox") one.checked = (said[one.name] ?? []).includes(one.value);
      else if (said[one.name]) one.value = said[one.name][0];
    }
  };

  // Another review may be shown by the time that this one's draft is sent.
  const keep = async (name, id) => {
    const home = review()?.dataset.review === id ? review() : null, kept = local.read(name);
    if (!kept || kept.sent) return;
    const body = new URLSearchParams();
    for (const [field, values] of Object.entries(kept.said)) for (const value of values) body.append(field, value);
    body.set("draft", home?.dataset.draft ?? "");
    try {
      const answer = await fetch(`/inbox/${id}/draft`, { method: "POST", body, keepalive: body.toString().length < 60000 });
      if (answer.status === 204) {
        if (home) home.dataset.draft = answer.headers.get("Draft-Revision");
        const now = local.read(name);
        if (now && now.at === kept.at) local.write(name, { ...now, sent: true });
        const other = decodeURIComponent(answer.headers.get("Draft-Replaced") ?? "");
        if (other && home) tell(says("both").replace("%(who)s", other), "late");
        else if (keep.lost) tell(document.getElementById("status")?.dataset.back ?? "", "good");
        keep.lost = false;
      } else if (answer.redirected) tell(says("ended"), "late", true);
      else if (answer.status === 409) { if (home) tell(says("held"), "late"); }
      else if (answer.status >= 500) throw new Error(String(answer.status));
      else tell(says("unkept"), "late");
    } catch {
      keep.lost = true;
      tell(says("lost"), "late");
      clearTimeout(timers.get(name));
      timers.set(name, setTimeout(() => keep(name, id), 5000));
    }
  };
  const typed = (form) => {
    const name = key(form), id = review().dataset.review;
    local.write(name, { said: fields(form), at: Date.now(), sent: false });
    clearTimeout(timers.get(name));
    timers.set(name, setTimeout(() => keep(name, id), PAUSE));
  };
  const unsent = () => { for (const form of forms()) if (local.read(key(form))?.sent === false) keep(key(form), review().dataset.review); };

  // Somebody else ruled, or nobody did in time: the forms are gone, and what was written in them here is shown once more.
  const recall = (home, names) => {
    const box = home.querySelector(".written");
    if (!box?.hidden || home.dataset.over === home.dataset.actor) return;
    const said = names.map((name) => local.read(name)?.said ?? {}), texts = said.flatMap((one) => ["question", "reason", "note"].map((name) => (one[name]?.[0] ?? "").trim()));
    for (const text of new Set(texts.filter(Boolean))) {
      const line = box.appendChild(document.createElement("p"));
      line.className = "card words";
      line.tabIndex = 0;
      line.textContent = text;
      box.hidden = false;
    }
  };
  const point = (home) => {
    const fault = home.querySelector(".fault[role=alert]");
    if (fault) { fault.tabIndex = -1; fault.focus({ preventScroll: false }); }
  };

  // After a page is here: what this browser has and the server not is filled in, and sent.
  const begin = () => {
    const home = review();
    if (!home || home.dataset.begun) return;
    home.dataset.begun = "1";
    if ("over" in home.dataset) {
      const names = local.names().filter((name) => name.includes(`:${home.dataset.review}:`));
      recall(home, names.filter((name) => name.startsWith(`${PREFIX}${home.dataset.actor}:`)));
      for (const name of names) local.drop(name);
      point(home);
      return;
    }
    for (const name of local.names()) if (Date.now() - (local.read(name)?.at ?? 0) > KEPT_FOR) local.drop(name);
    const skew = document.body.dataset.now ? Date.parse(document.body.dataset.now) - begin.at : 0;
    const server = home.dataset.draftAt ? Date.parse(home.dataset.draftAt) : 0;
    for (const form of forms()) {
      const kept = local.read(key(form));
      if (!kept) continue;
      // What was sent a moment ago may have come to the server after this page was made.
      if (kept.at + skew <= server || (kept.sent && Date.now() - kept.at > 30000)) { local.drop(key(form)); continue; }
      fill(form, kept.said);
      if (form.closest("details")) form.closest("details").open = true;
      keep(key(form), home.dataset.review);
    }
    // Two open details of one name close each other while the new page comes in beside the old one.
    const tried = home.dataset.tried && home.querySelector(`details.act:has(> form#${CSS.escape(home.dataset.tried)})`);
    if (tried) tried.open = true;
    point(home);
  };
  begin.at = Date.now();

  document.addEventListener("input", (event) => { const form = event.target.form; if (form && forms().includes(form)) typed(form); });
  addEventListener("online", unsent);
  addEventListener("pagehide", unsent);
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-discard]")) for (const form of forms()) local.drop(key(form));
    const closed = event.target.closest?.("[data-cancel]")?.closest("details");
    if (closed) shut(closed);
    const link = event.target.closest?.("a[data-draft-of]"), holder = link && document.getElementById(link.dataset.draftOf)?.closest("details");
    if (holder) { event.preventDefault(); holder.open = true; }
  });

  // A form that opens takes the cursor, and what was written beside it for the client and for whoever takes over goes along.
  const shut = (open) => { open.open = false; open.querySelector("summary").focus(); };
  const carry = (from, to) => {
    if (!from || !to || to.value !== (to.dataset.carried ?? to.defaultValue)) return;
    if (!("carried" in to.dataset) && review().querySelector(`[data-draft-of="${to.form.id}"]`)) return;
    to.value = to.dataset.carried = from.value;
  };
  document.addEventListener("toggle", (event) => {
    const one = event.target;
    if (!one.matches?.("details.act") || !one.open) return;
    for (const name of ["note", "reply"]) carry(document.getElementById(`approve-${name}`), one.querySelector(`[name=${name}]`));
    if (!document.activeElement?.matches(".fault")) one.querySelector("select, textarea")?.focus();
  }, true);
  document.addEventListener("keydown", (event) => {
    const open = event.key === "Escape" && !document.querySelector("dialog[open]") && review()?.querySelector("details.act[open]");
    if (open) shut(open);
  });

  // What stands in an open form is not passed over: an approval waits until that form is sent or closed.
  const holds = (form) => [...form.elements].some((one) => {
    if (one.matches("select")) return [...one.options].some((option) => option.defaultSelected && !option.selected);
    if (one.type === "checkbox") return one.checked !== one.defaultChecked;
    if (one.type === "number") return one.value !== one.defaultValue;
    if (!one.matches("textarea") || one.value === document.getElementById(`approve-${one.name}`)?.value) return false;
    return one.name === "reply" ? one.value !== one.defaultValue : one.value.trim() !== "";
  });
  document.addEventListener("submit", (event) => {
    const open = review()?.querySelector("details.act[open] > form");
    if (event.target.id !== "approve" || event.submitter?.name === "keep" || !open || !holds(open)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    tell(says(open.id === "ask" ? "unasked" : "unruled"), "late");
  }, true);
  document.addEventListener("maitred:act", (event) => {
    if (event.detail !== "undo" || !review() || review().inert) return;
    event.preventDefault();
    tell(says("undo"));
  });

  // A ruling: said when it is on its way, and when it is done the page says what became of it.
  let given = "";
  const within = (event) => event.target.closest?.("#detail") ?? event.detail?.ctx?.sourceElement?.closest?.("#detail");
  document.addEventListener("htmx:before:request", (event) => {
    const home = within(event);
    if (!home || event.detail.ctx.request.method?.toUpperCase() !== "POST") return;
    if (home.getAttribute("aria-busy")) { event.preventDefault(); return; }
    home.setAttribute("aria-busy", "true");
    const form = event.detail.ctx.sourceElement;
    given = form.elements?.ruling ? key(form) : "";
    tell(document.getElementById("status")?.dataset.sending ?? "", "", true);
  });
  document.addEventListener("htmx:error", (event) => {
    const home = within(event);
    if (!home) return;
    home.removeAttribute("aria-busy");
    tell(says("unsent"), "late", true);
  });
  document.addEventListener("htmx:after:swap", () => {
    const home = review();
    if (!home || home.dataset.begun) return;
    if (document.getElementById("status")?.textContent === document.getElementById("status")?.dataset.sending) tell("");
    // What was given is no draft any more, unless it can still be taken back.
    if (given && !home.querySelector(".fault[role=alert], [data-until]")) { local.drop(given); clearTimeout(timers.get(given)); }
    given = "";
    begin();
    window.maitred?.tick();
    if (!home.querySelector(".fault[role=alert]")) home.focus({ preventScroll: true });
    document.dispatchEvent(new CustomEvent("maitred:review", { detail: { id: home.dataset.review, over: "over" in home.dataset } }));
  });

  // A ruling that can be taken back takes effect by itself; the page then asks what became of it.
  setInterval(() => {
    const held = review()?.querySelector("[data-until]");
    const now = window.maitred?.now?.() ?? Date.now();
    if (!held || document.hidden || now < Date.parse(held.dataset.until) + 1500 || review().getAttribute("aria-busy")) return;
    held.dataset.until = new Date(now + 1500).toISOString();
    window.htmx?.ajax("GET", location.pathname + location.search, { source: review(), target: "#detail", swap: "outerHTML" }).catch(() => {});
  }, 500);

  document.documentElement.classList.add("scripted");
  begin();
})();
