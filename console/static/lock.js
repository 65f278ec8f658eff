// Asks whether somebody is still there, and covers every page of this browser when nobody is. The server ends the session by itself as well.
"use strict";
(() => {
  const lock = document.getElementById("lock"), warning = document.getElementById("idle"), root = document.documentElement;
  if (!lock?.showModal) return;
  const idle = Number(lock.dataset.idle) * 1000;
  const limit = idle - Math.min(90_000, idle / 4);
  const warned = Math.min(60_000, limit / 2);
  const touchEvery = Math.min(60_000, idle / 8);
  const form = lock.querySelector("form"), fault = document.getElementById("lock-fault");
  const says = document.getElementById("idle-says"), words = says.textContent;
  const channel = "BroadcastChannel" in window ? new BroadcastChannel("maitred") : null;
  const tell = (what) => channel?.postMessage(what);
  const KEY = "maitred-last-seen";
  let seen = Date.now(), told = Date.now(), title = document.title;

  // Activity of any page counts for all: the newest of them stands in the browser's own store.
  const mark = () => {
    seen = Date.now();
    try { localStorage.setItem(KEY, String(seen)); } catch { /* pages then count for themselves */ }
  };
  const lastSeen = () => {
    let others = 0;
    try { others = Number(localStorage.getItem(KEY)) || 0; } catch { /* as above */ }
    return Math.max(seen, others <= Date.now() ? others : 0);
  };
  const locked = () => "locked" in root.dataset;
  const post = (path, fields) => fetch(path, { method: "POST", body: new URLSearchParams(fields), credentials: "same-origin", redirect: "manual", keepalive: true });

  const touch = async () => {
    told = Date.now();
    const answer = await post("/sign-in/stay", { person: form.elements.person.value });
    return answer.status === 204 ? true : answer.status === 401 ? false : null;
  };
  const check = () => touch().then((good) => { if (good === false) cover("ended"); }, () => { /* the next one may get through */ });

  const cover = (why) => {
    if (locked()) return;
    root.dataset.locked = why;
    title = document.title;
    document.title = document.getElementById("lock-title").textContent;
    document.getElementById("lock-why").textContent = lock.dataset[`${why}Why`];
    if (warning.open) warning.close();
    if (!lock.open) lock.showModal();
  };
  const uncover = () => {
    mark();
    told = Date.now();
    delete root.dataset.locked;
    document.title = title;
    form.reset();
    fault.textContent = "";
    if (lock.open) lock.close();
    document.dispatchEvent(new CustomEvent("maitred:unlocked"));
  };
  const lockAll = (why) => {
    if (locked()) return;
    cover(why);
    tell(why);
    post("/sign-in/lock", {}).catch(() => { /* it ends by itself */ });
  };

  const look = () => {
    if (locked()) return;
    const left = lastSeen() + limit - Date.now();
    if (left <= 0) return lockAll("idle");
    if (left <= warned) {
      says.textContent = words.replace("{seconds}", String(Math.ceil(left / 1000)));
      if (!warning.open) { warning.showModal(); warning.querySelector("[data-stay]").focus(); }
    } else {
      if (warning.open) warning.close();
      if (lastSeen() > told && Date.now() - told > touchEvery) check();
    }
  };
  setInterval(look, 1000);

  for (const kind of ["keydown", "pointerdown", "wheel", "touchstart"]) {
    document.addEventListener(kind, () => { if (!locked() && !warning.open && Date.now() - seen > 1000) mark(); }, { capture: true, passive: true });
  }
  warning.addEventListener("cancel", (event) => { event.preventDefault(); mark(); check(); look(); });
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-stay]")) { mark(); check(); look(); }
    if (event.target.closest?.("[data-lock]")) lockAll("asked");
  });
  for (const offer of document.querySelectorAll("[data-lock-offer]")) offer.hidden = false;

  lock.addEventListener("cancel", (event) => event.preventDefault());
  lock.addEventListener("close", () => { if (locked()) lock.showModal(); });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    event.stopPropagation();
    const button = form.querySelector("button");
    button.disabled = true;
    fault.textContent = "";
    try {
      const answer = await post("/sign-in/unlock", new FormData(form));
      if (answer.status === 204) { uncover(); tell("unlocked"); } else fault.textContent = (await answer.text()) || lock.dataset.lost;
    } catch { fault.textContent = lock.dataset.lost; }
    button.disabled = false;
    if (locked()) { form.elements.password.value = ""; form.elements.password.focus(); }
  });

  // What other pages of this browser, and the server, say.
  channel?.addEventListener("message", async ({ data }) => {
    if (data !== "unlocked") return cover(data);
    if (locked() && await touch().catch(() => null)) uncover();
  });
  document.addEventListener("submit", (event) => { if (event.target.getAttribute("action") === "/sign-out") tell("ended"); });
  document.addEventListener("maitred:signed-out", () => cover("ended"));
  document.addEventListener("maitred:lock", () => lockAll("asked"));
  document.addEventListener("htmx:before:request", (event) => { if (locked()) event.preventDefault(); }, true);
  document.addEventListener("htmx:before:response", (event) => {
    if (event.detail.ctx.response.headers.get("hx-trigger") === "maitred:signed-out") event.preventDefault();
  });
  document.addEventListener("htmx:config:request", (event) => {
    const { ctx } = event.detail;
    if (!ctx.sourceEvent?.isTrusted) ctx.request.headers["X-By-Itself"] = "1";
  });
  addEventListener("focus", look);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });

  // Going back shows a page as it was left: first ask whether its person is still signed in.
  addEventListener("pageshow", async (event) => {
    if (!event.persisted || locked()) return;
    root.dataset.locked = "back";
    if (await touch().catch(() => null)) delete root.dataset.locked;
    else location.reload();
  });
  mark();
})();
