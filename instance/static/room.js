// A hand and a note wait on the page while the hub cannot be reached: in its memory, and
// nowhere else. A vote never waits: it is another page's, and no part of this queue.

import { fieldsOf, refuse, send } from "./live.js";

const place = document.querySelector("[data-says=queue]");
const waiting = [];
let sending = false;

function line(text, drop) {
  const made = document.createElement("p");
  made.append(text);
  if (drop) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "link";
    button.textContent = place.dataset.drop;
    button.addEventListener("click", drop);
    made.append(" ", button);
  }
  return made;
}

function show(sent) {
  place.replaceChildren();
  for (const each of waiting) {
    const says = `${each.label}: ${place.dataset.waits}`;
    place.append(line(says, () => {
      waiting.splice(waiting.indexOf(each), 1);
      show(false);
    }));
  }
  if (sent && waiting.length === 0) place.append(line(place.dataset.sent));
}

async function go() {
  if (sending) return;
  sending = true;
  try {
    while (waiting.length > 0) {
      const next = waiting[0];
      const refused = await send(next.url, next.fields);
      // It may have been taken back while it was on its way.
      if (waiting[0] === next) waiting.shift();
      refuse(refused);
      if (refused === null) next.sent?.();
      show(refused === null && next.waited);
    }
  } catch {
    for (const each of waiting) each.waited = true;
    show(false);
  } finally {
    sending = false;
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  const kind = form.dataset.live;
  if (kind !== "hand" && kind !== "note") return;
  event.preventDefault();
  const label = (event.submitter ?? form.querySelector("button")).textContent.trim();
  // One hand is up or down: a later press takes the place of one that still waits.
  if (kind === "hand") {
    for (let n = waiting.length - 1; n >= 0; n -= 1) if (waiting[n].kind === "hand") waiting.splice(n, 1);
  }
  const fields = fieldsOf(form, event.submitter);
  const sent = kind === "note" ? () => {
    form.reset();
    form.elements.mark.value = `${form.elements.mark.value.slice(0, 28)}.${Date.now().toString(36)}`;
  } : null;
  waiting.push({ kind, label, url: form.action, fields, sent, waited: false });
  go();
});

document.addEventListener("live:on", go);
setInterval(() => waiting.length > 0 && go(), 4_000);
