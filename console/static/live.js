// The stream of an open page: it is kept open, how it stands is said, and it goes on where it ended.
"use strict";
(() => {
  const live = document.getElementById("live");
  if (!live) return;
  const says = document.getElementById("status").dataset;
  let connection = null, asking = false, heard = 0, at = "", lost = false, ended = false, leaving = false;
  const dot = (on, words = on ? live.dataset.on : live.dataset.off) => {
    live.hidden = false;
    live.classList.toggle("on", on);
    live.classList.toggle("joining", words === live.dataset.joining);
    live.lastElementChild.textContent = words;
  };
  dot(false, live.dataset.joining);
  const url = live.getAttribute("hx-sse:connect");
  const start = () => {
    if (!asking) htmx.ajax("GET", at ? `/live?after=${at}` : url, { source: live, target: live, swap: "none" }).catch(() => {});
  };
  const hear = (event) => { heard = Date.now(); at = event.detail.id || at; };
  const gone = (status) => {
    if (leaving || ended) return;
    dot(false);
    if (status === 401) {
      ended = true;
      if (!("locked" in document.documentElement.dataset)) maitred.status(live.dataset.ended, "late", true);
      return;
    }
    if (!lost) maitred.status(says.lost, "late", true);
    lost = true;
  };
  // Whoever unlocked the page, or signed in again in another one, goes on where the stream ended.
  const again = () => {
    const line = document.getElementById("status");
    if ([live.dataset.ended, says.lost].includes(line.textContent)) maitred.status("");
    ended = lost = false;
    if (!live._htmx?.sse) start();
  };
  document.addEventListener("maitred:unlocked", again);
  addEventListener("focus", () => { if (ended) again(); });
  addEventListener("pagehide", () => { leaving = true; });
  addEventListener("pageshow", () => { leaving = false; });
  live.addEventListener("htmx:before:request", (event) => { asking = !event.defaultPrevented; });
  live.addEventListener("htmx:finally:request", () => { asking = false; });
  live.addEventListener("htmx:error", () => { if (!connection) gone(); });
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
  for (const kind of ["row", "beat", "reload"]) live.addEventListener(kind, hear);
  setInterval(() => {
    if (document.hidden || ended) return;
    if (connection && Date.now() - heard > 45000) connection.reader?.cancel();
    if (!connection && !live._htmx?.sse) start();
  }, 5000);
})();
