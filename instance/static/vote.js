// A vote never waits on a phone. What cannot be sent now is not cast: the page says so
// and forgets the choice, form and all, and paper is there for it.

const LONGEST = 20_000;

async function send(form, button) {
  const fields = new URLSearchParams();
  for (const [name, value] of new FormData(form)) fields.append(name, value);
  if (button?.name) fields.append(button.name, button.value);
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), LONGEST);
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      body: fields,
      headers: { accept: "text/html" },
      credentials: "same-origin",
      signal: stop.signal,
    });
    if (answer.status >= 500) throw new Error(answer.statusText);
    return { ok: answer.ok, url: answer.url, html: await answer.text() };
  } finally {
    clearTimeout(timer);
  }
}

function forget(form) {
  const says = document.createElement("div");
  says.className = "note no";
  says.setAttribute("role", "alert");
  says.tabIndex = -1;
  const first = document.createElement("p");
  const strong = document.createElement("strong");
  strong.textContent = form.dataset.unsent;
  first.append(strong);
  const then = document.createElement("p");
  then.textContent = form.dataset.twice;
  const again = document.createElement("a");
  again.className = "way";
  again.href = location.pathname;
  again.textContent = form.dataset.again;
  const last = document.createElement("p");
  last.append(again);
  says.append(first, then, last);
  form.replaceWith(says);
  says.focus();
}

// The server said no, and why: its page takes the place of this one.
function show(html) {
  const main = new DOMParser().parseFromString(html, "text/html").querySelector("main");
  document.querySelector("main").replaceWith(document.adoptNode(main));
  const reason = document.querySelector(".refusal") ?? document.querySelector("main");
  reason.tabIndex = -1;
  reason.focus();
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!("vote" in form.dataset)) return;
  event.preventDefault();
  if (form.dataset.busy) return;
  form.dataset.busy = "yes";
  let answer;
  try {
    answer = await send(form, event.submitter);
  } catch {
    forget(form);
    return;
  }
  if (answer.ok) location.replace(answer.url);
  else show(answer.html);
});
