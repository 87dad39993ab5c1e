// A ranking is put in order by buttons or by dragging. The places stay in the form's own
// fields, so that what is sent is the same with and without this.

import { carried } from "./drag.js";

const rankings = document.querySelectorAll("[data-ranking]");

for (const box of rankings) arrange(box);

function arrange(box) {
  const words = box.dataset;
  const rows = [...box.querySelectorAll(".rank")];
  const list = document.createElement("ol");
  list.className = "ranking";
  const said = document.createElement("p");
  said.className = "hidden";
  said.setAttribute("role", "status");
  for (const row of rows) list.append(line(row));
  box.append(list, said);
  for (const row of rows) row.hidden = true;
  let above = "";
  for (const each of sorted()) {
    each.tied = each.placed && each.field.value === above;
    above = each.field.value;
    list.append(each);
  }
  show();
  carried(list, (each) => {
    each.placed = true;
    each.tied = false;
    settle();
    tell(each);
  });

  function line(row) {
    const label = row.querySelector("label");
    const each = document.createElement("li");
    each.field = row.querySelector("select");
    each.name = label.textContent.trim();
    each.placed = each.field.value !== "";
    const name = document.createElement("bdi");
    name.textContent = each.name;
    const place = document.createElement("span");
    place.className = "place";
    const keys = document.createElement("span");
    keys.className = "keys";
    each.up = key("↑", words.up, () => move(each, -1));
    each.down = key("↓", words.down, () => move(each, 1));
    each.toggle = key("", words.out, () => toggle(each));
    each.tie = key("=", words.tie, () => tie(each));
    keys.append(each.up, each.down, ...(words.shared === "yes" ? [each.tie] : []), each.toggle);
    each.place = place;
    const grip = document.createElement("span");
    grip.className = "grip";
    grip.setAttribute("aria-hidden", "true");
    grip.textContent = "⠿";
    each.append(grip, place, name, keys);
    return each;

    function key(sign, says, act) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "second";
      button.textContent = sign;
      button.setAttribute("aria-label", `${says}: ${each.name}`);
      button.addEventListener("click", act);
      return button;
    }
  }

  function all() { return [...list.children]; }

  function sorted() {
    const at = (each) => (each.field.value === "" ? 99 : Number(each.field.value));
    return all().sort((one, other) => at(one) - at(other));
  }

  function settle() {
    // What is left out stands below what has a place.
    for (const each of all().filter((each) => !each.placed)) list.append(each);
    write();
  }

  function write() {
    let place = 0;
    for (const each of all()) {
      if (each.placed && !(each.tied && place > 0)) place += 1;
      each.field.value = each.placed ? String(place) : "";
    }
    show();
  }

  function show() {
    const placed = all().filter((each) => each.placed);
    for (const each of all()) {
      each.classList.toggle("out", !each.placed);
      each.place.textContent = each.placed ? each.field.value : "–";
      each.up.disabled = !each.placed || each === placed[0];
      each.down.disabled = !each.placed || each === placed.at(-1);
      each.tie.disabled = !each.placed || each === placed[0];
      each.tie.setAttribute("aria-pressed", String(Boolean(each.tied) && !each.tie.disabled));
      each.toggle.textContent = each.placed ? "×" : "+";
      const says = each.placed ? words.out : words.in;
      each.toggle.setAttribute("aria-label", `${says}: ${each.name}`);
    }
  }

  function move(each, by) {
    const other = by < 0 ? each.previousElementSibling : each.nextElementSibling;
    if (!other) return;
    other[by < 0 ? "before" : "after"](each);
    each.tied = false;
    settle();
    const again = by < 0 ? each.up : each.down;
    (again.disabled ? each.toggle : again).focus();
    tell(each);
  }

  // The same place as the one above it.
  function tie(each) {
    each.tied = !each.tied;
    write();
    each.tie.focus();
    tell(each);
  }

  function toggle(each) {
    each.tied = false;
    each.placed = !each.placed;
    if (each.placed) {
      const last = all().filter((one) => one.placed && one !== each).at(-1);
      if (last) last.after(each);
      else list.prepend(each);
    }
    settle();
    each.toggle.focus();
    tell(each);
  }

  function tell(each) {
    said.textContent = each.placed
      ? `${each.name} ${words.said} ${each.field.value}`
      : `${each.name} ${words.unplaced}`;
  }
}
