// A big clock from what the page says already, and a soft chime at its end. The clock of
// the device may be wrong, so the time is the server's, counted on from when the page came.

const root = document.querySelector("[data-now]");
let ahead = root ? Date.parse(root.dataset.now) - Date.now() : 0;
let sound = null;
const rung = new Set();
const said = new Set();
const unsaid = [];
const TOGETHER = 250;

export function now() {
  return Date.now() + ahead;
}

// The server says what time it is; a page that was long on its way makes it late only.
export function set(time) {
  const at = Date.parse(time);
  if (!Number.isNaN(at)) ahead = at - Date.now();
}

function written(seconds) {
  const left = Math.abs(seconds);
  const minutes = Math.floor(left / 60);
  const sign = seconds < 0 ? "−" : "";
  return `${sign}${minutes}:${String(left % 60).padStart(2, "0")}`;
}

// Two quiet tones that swell and fade; no file is fetched for them.
function chime() {
  if (!sound || sound.state !== "running") return;
  for (const [pitch, wait] of [[528, 0], [660, 0.5]]) {
    const tone = sound.createOscillator();
    const loud = sound.createGain();
    const start = sound.currentTime + wait;
    tone.frequency.value = pitch;
    loud.gain.setValueAtTime(0.0001, start);
    loud.gain.exponentialRampToValueAtTime(0.18, start + 0.08);
    loud.gain.exponentialRampToValueAtTime(0.0001, start + 2.2);
    tone.connect(loud).connect(sound.destination);
    tone.start(start);
    tone.stop(start + 2.4);
  }
}

// Said once to whoever listens to the page: who speaks, and when time runs out. What comes
// together is said together, or the last would drown what came before it.
export function announced(says) {
  const place = document.getElementById("announced");
  if (!place) return;
  unsaid.push(says);
  if (unsaid.length > 1) return;
  setTimeout(() => {
    place.textContent = unsaid.join(" ");
    unsaid.length = 0;
  }, TOGETHER);
}

function warn(timer, ends, left) {
  for (const minutes of [5, 1, 0]) {
    const mark = `${ends} ${minutes}`;
    if (left > minutes * 60 || left < minutes * 60 - 5 || said.has(mark)) continue;
    said.add(mark);
    announced(timer.querySelector(".says").textContent.trim());
  }
}

function show() {
  for (const timer of document.querySelectorAll(".timer")) {
    const ends = timer.dataset.ends;
    const left = ends ? Math.ceil((Date.parse(ends) - now()) / 1000) : Number(timer.dataset.left);
    timer.querySelector(".digits").textContent = written(left);
    timer.classList.toggle("over", left <= 0);
    // Where the page says the time in UTC, whoever reads it is in one place, and knows it.
    for (const time of timer.querySelectorAll("[data-clock=UTC] time")) {
      time.textContent = new Date(time.dateTime).toLocaleTimeString(`${document.documentElement.lang}-u-nu-latn`, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    }
    if (ends) warn(timer, ends, left);
    if (ends && left <= 0 && left > -5 && !rung.has(ends)) {
      rung.add(ends);
      chime();
    }
  }
  for (const since of document.querySelectorAll("[data-since]")) {
    since.textContent = written(Math.floor((now() - Date.parse(since.dataset.since)) / 1000));
  }
}

// A browser lets no page make a sound before somebody has touched it.
if (root && "chime" in root.dataset && "AudioContext" in window) {
  const on = () => {
    sound ??= new AudioContext();
    sound.resume().then(() => {
      root.dataset.chime = "on";
    });
  };
  document.addEventListener("click", on, { once: true });
  document.addEventListener("keydown", on, { once: true });
}

if (root) {
  show();
  setInterval(show, 250);
  document.addEventListener("live:region", show);
}
