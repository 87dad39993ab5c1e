// A page without controls that looks again by itself, for a wall that nobody touches.

const SECONDS = 15;

async function again() {
  try {
    const answer = await fetch(location.href, { headers: { accept: "text/html" } });
    if (answer.ok) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const [now, then] = [document.querySelector("main"), page.querySelector("main")];
      if (then && now.innerHTML !== then.innerHTML) now.replaceWith(then);
    }
  } catch {
    // Without a connection the wall keeps what it showed last.
  }
  setTimeout(again, SECONDS * 1000);
}

setTimeout(again, SECONDS * 1000);
