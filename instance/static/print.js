// A button that opens the browser's own print window, where there is a script at all.
for (const button of document.querySelectorAll("button[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// A node that was not told its place writes UTC. That goes to the wall as the clock beside
// it will show it: as this computer's does. Without a script UTC is right as well.
const day = { day: "numeric", month: "long", year: "numeric" };
const hour = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

function onTheWall(time) {
  const at = new Date(time.dateTime);
  const lang = time.closest("[lang]").lang;
  const locale = `${lang === "en" ? "en-GB" : lang}-u-nu-latn`;
  const says = time.textContent.trim();
  const days = time.closest(".when") ? { weekday: "long", ...day } : day;
  const parts = [];
  if (!/^\d{1,2}:\d{2}/.test(says)) parts.push(at.toLocaleDateString(locale, days));
  if (/\d:\d{2}/.test(says)) parts.push(at.toLocaleTimeString(locale, hour));
  time.textContent = parts.join(", ");
}

for (const time of document.querySelectorAll("[data-clock=UTC] [data-wall] time")) onTheWall(time);
for (const line of document.querySelectorAll("[data-clock=UTC] [data-wall] .when")) {
  for (const text of line.childNodes) {
    if (text.nodeType === Node.TEXT_NODE) text.data = text.data.replace(/\s*\bUTC\b/, "");
  }
}
const changed = document.querySelector("[data-clock=UTC] [data-wall] time") !== null;
for (const says of changed ? document.querySelectorAll("[data-zone]") : []) {
  says.textContent = zone;
  says.closest("[hidden]")?.removeAttribute("hidden");
}
