// A button that copies the text beside it; without a script people select it by hand.
for (const button of document.querySelectorAll("button[data-copy]")) {
  const text = document.getElementById(button.dataset.copy);
  const said = document.getElementById(button.dataset.says);
  button.hidden = false;
  button.addEventListener("click", async () => {
    text.focus();
    text.select();
    said.textContent = (await copy(text.value)) ? said.dataset.done : said.dataset.not;
  });
}

async function copy(text) {
  try {
    // Only there where the page came by HTTPS, or from this very machine.
    if (navigator.clipboard) {
      await navigator.clipboard.writeText(text);
      return true;
    }
  } catch {
    // The browser said no; the older way may still work.
  }
  return document.execCommand("copy");
}
