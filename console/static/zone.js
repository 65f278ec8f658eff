// Tells pages where one signs in, or chooses a clock, which time zone this browser is set to.
"use strict";
(() => {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!zone) return;
  for (const field of document.querySelectorAll("input[data-zone]")) field.value = zone;
  for (const option of document.querySelectorAll("option[data-zone]")) {
    option.value = zone;
    option.textContent = option.dataset.says.replace("{zone}", zone);
    option.hidden = false;
  }
})();
