// Large keys for the number of a card, where a finger is quicker than a keyboard.

import "./live.js";

const form = document.getElementById("add");
const field = form?.elements.who;

if (field) {
  const keys = document.createElement("div");
  keys.className = "keys";
  for (const key of ["1", "2", "3", "4", "5", "6", "7", "8", "9", "⌫", "0"]) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "second";
    button.textContent = key;
    // The keyboard has figures of its own: these are for fingers only.
    button.tabIndex = -1;
    if (key === "⌫") button.setAttribute("aria-label", form.dataset.back);
    button.addEventListener("click", () => {
      field.value = key === "⌫" ? field.value.slice(0, -1) : (field.value + key).slice(0, field.maxLength);
    });
    keys.append(button);
  }
  field.after(keys);
}
