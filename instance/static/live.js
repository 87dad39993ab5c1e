// The page follows what happens. Whatever changes comes as a piece of the page, made by
// the server; without this the same page shows it when it is opened again.

import { announced, set } from "./timer.js";

const root = document.querySelector("[data-stream]");
const SLOWEST = 15_000;
const QUIET = 40_000;
let stream = null;
let waited = 1_000;
let heard = 0;
let again = null;

function says(following) {
  const place = document.querySelector("[data-says=following]");
  const now = following ? place?.dataset.on : place?.dataset.off;
  // Said again only when it has changed, to whoever hears the page.
  if (place && place.textContent !== now) place.textContent = now;
  document.dispatchEvent(new CustomEvent(following ? "live:on" : "live:off"));
}

// What somebody is typing, has opened or has the focus on stays as it is.
function swap(region, html) {
  const focused = document.activeElement;
  const typed = new Map();
  for (const field of region.querySelectorAll("input:not([type=hidden]), textarea")) {
    if (field.id && field.value !== field.defaultValue) typed.set(field.id, field.value);
  }
  const open = [...region.querySelectorAll("details[open][id]")].map((each) => each.id);
  const inside = region.contains(focused) ? focused.id : "";
  const at = inside && "selectionStart" in focused ? focused.selectionStart : null;
  region.innerHTML = html;
  for (const [id, value] of typed) {
    const field = document.getElementById(id);
    if (field) field.value = value;
  }
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  if (inside) {
    const back = document.getElementById(inside) ?? region.querySelector("button, input:not([type=hidden])");
    back?.focus({ preventScroll: true });
    if (at !== null && back && "setSelectionRange" in back) back.setSelectionRange(at, at);
  }
}

// A press is a finger going down and up on the same thing. What changes in between comes
// once it is up, or the press would be lost.
const pressing = { down: false, waits: new Map(), timer: null };
const TAP = 350;

function down() {
  clearTimeout(pressing.timer);
  pressing.down = true;
}

// The click comes after this, that of a finger on glass a moment after.
function up(event) {
  clearTimeout(pressing.timer);
  pressing.timer = setTimeout(letGo, event.pointerType === "touch" ? TAP : 0);
}

function letGo() {
  pressing.down = false;
  const waits = [...pressing.waits];
  pressing.waits.clear();
  for (const [region, html] of waits) show(region, html);
}

function watchPresses() {
  const capture = { capture: true, passive: true };
  document.addEventListener("pointerdown", down, capture);
  for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, up, capture);
  // A button that has the focus is pressed with the space bar, which goes down and up too.
  document.addEventListener("keydown", (event) => event.key === " " && down(), capture);
  document.addEventListener("keyup", (event) => event.key === " " && up(event), capture);
  window.addEventListener("blur", up);
}

function show(region, html) {
  if (pressing.down) return pressing.waits.set(region, html);
  const before = toSay(region);
  swap(region, html);
  announce(region, before);
  document.dispatchEvent(new CustomEvent("live:region", { detail: region.dataset.region }));
}

function toSay(region) {
  const pieces = [...region.querySelectorAll("[data-announce]")];
  return pieces.map((each) => each.textContent.replaceAll(/\s+/g, " ").trim());
}

// Of all that may be said of a part of the page, what was not there before.
function announce(region, before) {
  const fresh = toSay(region).filter((each) => each && !before.includes(each));
  if (fresh.length > 0) announced(fresh.join(". "));
}

function follow() {
  clearTimeout(again);
  stream?.close();
  stream = new EventSource(root.dataset.stream);
  stream.addEventListener("time", (event) => {
    heard = Date.now();
    waited = 1_000;
    set(event.data);
    says(true);
  });
  stream.addEventListener("region", (event) => {
    heard = Date.now();
    const { name, html } = JSON.parse(event.data);
    const region = document.querySelector(`[data-region="${name}"]`);
    if (!region) return location.reload();
    show(region, html);
  });
  stream.addEventListener("error", later);
}

// A server that was restarted is not run down by everybody at once.
function later() {
  stream?.close();
  stream = null;
  says(false);
  clearTimeout(again);
  again = setTimeout(follow, waited * (0.5 + Math.random() / 2));
  waited = Math.min(waited * 2, SLOWEST);
}

// A form is sent from the page, which then follows. Without a connection it stays.
export async function send(url, fields) {
  const answer = await fetch(url, {
    method: "POST",
    body: new URLSearchParams(fields),
    headers: { accept: "text/html" },
    credentials: "same-origin",
    // What was done is shown by what follows; nobody waits for a page that nobody sees.
    redirect: "manual",
  });
  if (answer.ok || answer.type === "opaqueredirect") return null;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return page.querySelector(".refusal, main p")?.textContent.trim() || answer.statusText;
}

export function fieldsOf(form, button) {
  const fields = [...new FormData(form)].filter(([, value]) => typeof value === "string");
  if (button?.name) fields.push([button.name, button.value]);
  return fields;
}

export function refuse(sentence) {
  const place = document.querySelector("[data-says=refusal]");
  if (place) place.textContent = sentence ?? "";
}

async function submitted(event) {
  const form = event.target;
  const kind = form.dataset.live;
  if (kind === undefined || kind === "hand" || kind === "note") return;
  event.preventDefault();
  if (form.dataset.busy) return;
  form.dataset.busy = "yes";
  try {
    const button = event.submitter;
    const url = button?.hasAttribute("formaction") ? button.formAction : form.action;
    const refused = await send(url, fieldsOf(form, button));
    refuse(refused);
    if (refused === null && kind === "clear") {
      form.reset();
      form.querySelector("input:not([type=hidden])")?.focus();
    }
  } catch {
    refuse(document.querySelector("[data-lost]")?.dataset.lost);
  } finally {
    delete form.dataset.busy;
  }
}

if (root && "EventSource" in window) {
  document.addEventListener("submit", submitted);
  watchPresses();
  follow();
  setInterval(() => {
    if (stream && Date.now() - heard > QUIET) later();
  }, 5_000);
  window.addEventListener("online", () => !stream && follow());
}
