// Copies what is shown once, and selects it for those who copy by hand.
"use strict";
(() => {
  for (const field of document.querySelectorAll("[data-copies]")) {
    const button = field.parentElement.querySelector("[data-copy]");
    field.addEventListener("focus", () => field.select());
    if (!button || !navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(field.value);
        const says = button.textContent;
        button.textContent = button.dataset.done;
        setTimeout(() => { button.textContent = says; }, 3000);
      } catch { field.focus(); field.select(); }
    });
  }
})();
