// The pages of policies: line numbers and kept drafts in the editor, a slider bound to its number, a standing that keeps itself fresh.
"use strict";
(() => {
  const REFRESH_MS = 10_000;
  const KEEP_MS = 300;
  const START = "maitred:policy:";
  const MOST = 250_000;
  const WORST = 9;
  const MOST_NUMBERS = 10_000;
  const LANGUAGES = { en: "en-GB", de: "de-DE" };
  const DATED = { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZoneName: "short" };
  const one = (id) => document.getElementById(id);

  const stored = {
    read(key) { try { return JSON.parse(localStorage.getItem(key)); } catch { return null; } },
    write(key, value) { try { localStorage.setItem(key, JSON.stringify(value)); } catch { /* a full or closed store keeps nothing, and writing goes on */ } },
    drop(key) { try { localStorage.removeItem(key); } catch { /* as above */ } },
    keys() { try { return Object.keys(localStorage); } catch { return []; } },
  };

  function showScripted() {
    for (const part of document.querySelectorAll(".scripted")) part.hidden = false;
  }

  function bindSliders() {
    for (const slider of document.querySelectorAll("input[type=range][data-for]")) {
      const number = one(slider.dataset.for);
      const follow = () => { slider.value = number.value; };
      slider.addEventListener("input", () => { number.value = slider.value; });
      number.addEventListener("input", follow);
      follow();
    }
  }

  function bindStages() {
    const canary = document.querySelector("fieldset.canary");
    const stages = [...document.querySelectorAll(".ways input[name=stage]")];
    const follow = () => { canary.disabled = stages.some((one) => one.checked && one.value !== "canary"); };
    for (const one of canary ? stages : []) one.addEventListener("change", follow);
    if (canary) follow();
  }

  function bindFiles() {
    for (const file of document.querySelectorAll("input[type=file][data-into]")) {
      file.addEventListener("change", async () => {
        if (file.files.length) one(file.dataset.into).value = await file.files[0].text();
      });
    }
  }

  function keepFresh() {
    setInterval(() => {
      if (!document.hidden) document.querySelector("[data-refresh]")?.dispatchEvent(new Event("refresh"));
    }, REFRESH_MS);
  }

  function forgetSaved() {
    const saved = document.querySelector("[data-drafted]");
    if (!saved) return;
    for (const key of stored.keys()) if (key.startsWith(START) && key.endsWith(`:${saved.dataset.drafted}`)) stored.drop(key);
  }

  function openLine() {
    const line = location.hash.startsWith("#L") && document.querySelector(location.hash);
    if (!line) return;
    line.closest("details").open = true;
    line.scrollIntoView({ block: "center" });
  }

  class Editor {
    constructor(form) {
      this.form = form;
      this.text = one("text");
      this.reason = one("reason");
      this.gutter = one("gutter");
      this.found = one("found");
      this.key = `${START}${form.dataset.who}:${form.dataset.key}`;
      this.first = "typed" in form.dataset ? null : this.text.value;
      this.undecided = false;
      this.gutter.hidden = false;
      this.number();
      this.measure();
      this.mark();
      this.text.addEventListener("scroll", () => this.follow());
      this.text.addEventListener("input", () => this.typed());
      this.reason.addEventListener("input", () => { this.measure(); this.keep(); });
      form.addEventListener("submit", (event) => this.refuse(event));
      form.addEventListener("htmx:before:request", (event) => this.refuse(event));
      form.addEventListener("click", (event) => this.jump(event.target.closest(".jump")));
      new ResizeObserver(() => this.follow()).observe(this.text);
      new MutationObserver(() => this.mark()).observe(this.found, { childList: true });
      new MutationObserver(() => { one("outdated").hidden = true; this.proved = this.text.value; }).observe(one("proofs"), { childList: true });
      this.offer();
    }

    number() {
      const lines = Math.min(this.text.value.split("\n").length, MOST_NUMBERS);
      const more = [];
      while (this.gutter.childElementCount > lines) this.gutter.lastElementChild.remove();
      for (let line = this.gutter.childElementCount + 1; line <= lines; line += 1) {
        more.push(Object.assign(document.createElement("span"), { textContent: line }));
      }
      for (let at = 0; at < more.length; at += 1_000) this.gutter.append(...more.slice(at, at + 1_000));
      this.follow();
    }

    measure() {
      this.tooLong = this.isTooLong();
      one("too-long").hidden = !this.tooLong;
      if (this.tooLong) this.text.setAttribute("aria-invalid", "true");
      else this.text.removeAttribute("aria-invalid");
    }

    isTooLong() {
      const { value } = this.text;
      if ((value.length + this.reason.value.length) * WORST < MOST / 2) return false;
      if (value.length > MOST) return true;
      const ends = value.split("\n").length * "%0D".length;
      return new URLSearchParams(new FormData(this.form)).toString().length + ends > MOST;
    }

    refuse(event) {
      if (!this.tooLong) return;
      event.preventDefault();
      event.stopPropagation();
      if (event.type === "submit") one("too-long").scrollIntoView({ block: "nearest" });
    }

    follow() { this.gutter.scrollTop = this.text.scrollTop; }

    mark() {
      for (const marked of this.gutter.querySelectorAll(".marked")) marked.classList.remove("marked");
      for (const fault of this.found.querySelectorAll(".jump")) this.gutter.children[fault.dataset.line - 1]?.classList.add("marked");
      const said = one("verdict");
      one("verdict-said").textContent = said ? said.textContent.replace(/\s+/g, " ").trim() : "";
    }

    typed() {
      this.measure();
      this.number();
      if (this.proved !== undefined) one("outdated").hidden = this.text.value === this.proved;
      this.keep();
    }

    keep() {
      clearTimeout(this.timer);
      if (this.undecided) return;
      this.timer = setTimeout(() => {
        if (this.text.value === this.first && !this.reason.value) stored.drop(this.key);
        else stored.write(this.key, { text: this.text.value, reason: this.reason.value, at: Date.now() });
      }, KEEP_MS);
    }

    offer() {
      const kept = stored.read(this.key);
      if (!kept || "typed" in this.form.dataset) return;
      if (kept.text === this.text.value && (kept.reason || this.reason.value) === this.reason.value) return;
      this.undecided = true;
      const at = new Date(kept.at);
      one("kept").hidden = false;
      one("kept-at").textContent = at.toLocaleString(LANGUAGES[document.documentElement.lang], { ...DATED, timeZone: one("kept-at").dataset.clock });
      one("kept-at").dateTime = at.toISOString();
      one("restore").addEventListener("click", () => { this.text.value = kept.text; this.reason.value = kept.reason || this.reason.value; this.decided(); });
      one("discard").addEventListener("click", () => { stored.drop(this.key); this.decided(); });
    }

    decided() {
      this.undecided = false;
      one("kept").hidden = true;
      this.text.focus();
      this.typed();
      this.text.dispatchEvent(new Event("check"));
    }

    jump(button) {
      if (!button) return;
      const lines = this.text.value.split("\n");
      const line = Math.min(Number(button.dataset.line), lines.length) - 1;
      const start = lines.slice(0, line).reduce((sum, text) => sum + text.length + 1, 0);
      const at = start + Math.min(Math.max(Number(button.dataset.column) - 1, 0), lines[line].length);
      this.text.focus();
      this.text.setSelectionRange(at, at);
      const height = parseFloat(getComputedStyle(this.text).lineHeight);
      this.text.scrollTop = Math.max(0, line * height - this.text.clientHeight / 3);
      this.text.scrollLeft = 0;
      this.text.scrollIntoView({ block: "nearest" });
    }
  }

  showScripted();
  bindSliders();
  bindFiles();
  bindStages();
  keepFresh();
  forgetSaved();
  openLine();
  addEventListener("hashchange", openLine);
  if (one("editor")) new Editor(one("editor"));
})();
