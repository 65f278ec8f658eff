// The tour: points at one thing after the other. It begins by itself once for each browser, when there is work to point at.
"use strict";
(() => {
  const panel = document.getElementById("tour");
  if (!panel) return;
  const SEEN = "maitred.tour", stops = [...panel.querySelectorAll("[data-at]")];
  const asked = new URLSearchParams(location.search).get("tour");
  let at = Math.max(1, Number(asked) || 1) - 2, pointed = null, waiting = false;
  const remember = (value) => { try { localStorage.setItem(SEEN, value); } catch { /* a browser that keeps nothing asks again */ } };
  const recall = () => { try { return localStorage.getItem(SEEN); } catch { return "done"; } };
  const end = () => { pointed?.classList.remove("pointed-at"); panel.close(); remember("done"); };
  const thing = (stop) => [...document.querySelectorAll(stop.dataset.at)].find((one) => one.checkVisibility?.() ?? true);
  // What stands in a review is pointed at in the first of the list; where that takes a page of its own, the tour goes on there.
  const first = () => document.querySelector("#rows > li > a");
  const isThere = (stop) => Boolean(thing(stop) || ("inside" in stop.dataset && first()));
  const opened = () => new Promise((done) => {
    const over = (event) => {
      if (event.detail.ctx?.target?.id !== "detail") return;
      document.removeEventListener("htmx:finally:request", over);
      done();
    };
    document.addEventListener("htmx:finally:request", over);
    first().click();
  });
  const next = async () => {
    if (waiting) return;
    pointed?.classList.remove("pointed-at");
    for (at += 1; at < stops.length && !isThere(stops[at]); at += 1);
    if (at >= stops.length) { end(); return; }
    if (!thing(stops[at])) {
      if (!matchMedia("(min-width: 60.01rem)").matches) {
        const page = new URL(first().href);
        page.searchParams.set("tour", at + 1);
        location.assign(page);
        return;
      }
      waiting = true;
      await opened();
      waiting = false;
      if (!thing(stops[at])) { next(); return; }
    }
    pointed = thing(stops[at]);
    pointed.classList.add("pointed-at");
    pointed.scrollIntoView({ block: "nearest" });
    panel.querySelector("#tour-title").textContent = stops[at].dataset.title;
    panel.querySelector("#tour-says").textContent = stops[at].textContent;
    panel.querySelector("#tour-count").textContent = `${at + 1} / ${stops.length}`;
    const last = !stops.slice(at + 1).some(isThere);
    panel.querySelector("[data-tour=next]").textContent = last ? panel.dataset.done : panel.dataset.next;
    if (!panel.open) panel.show();
    panel.querySelector("[data-tour=next]").focus();
  };
  panel.addEventListener("click", (event) => {
    const does = event.target.dataset.tour;
    if (does === "next") next();
    if (does === "end") end();
  });
  panel.addEventListener("keydown", (event) => { if (event.key === "Escape") { event.stopPropagation(); end(); } });
  if (asked || (recall() !== "done" && document.querySelector(".rows li"))) next();
})();
