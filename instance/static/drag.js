// A row of a list is carried to another place by a finger, a pen or a mouse. It is an
// addition: whatever is carried here has buttons that do the same.

const FAR_ENOUGH = 6;
const NEAR_THE_EDGE = 48;
const STILL = matchMedia("(prefers-reduced-motion: reduce)");

// A finger takes a row by its grip, so that the page scrolls everywhere else; a mouse
// takes it anywhere. Then dropped(row) is told that the row stands elsewhere.
export function carried(list, dropped) {
  let row = null;
  let pointer = null;
  let from = 0;
  let at = 0;
  let moved = false;

  function target() {
    const others = [...list.children].filter((each) => each !== row);
    const below = others.find((each) => {
      const box = each.getBoundingClientRect();
      return at < box.top + box.height / 2;
    });
    return [below ?? others.at(-1), below ? "before" : "after"];
  }

  function mark() {
    const [other, side] = target();
    for (const each of list.children) delete each.dataset.drop;
    if (other) other.dataset.drop = side;
  }

  function end() {
    for (const each of list.children) delete each.dataset.drop;
    row.classList.remove("carried");
    row.style.transform = "";
    row = pointer = null;
  }

  list.addEventListener("pointerdown", (event) => {
    const found = event.target.closest("li");
    const grip = event.target.closest(".grip");
    const mouse = event.pointerType === "mouse" && event.button === 0;
    if (row || !found || !(grip || mouse) || event.target.closest("button")) return;
    // Nothing is selected on the way.
    event.preventDefault();
    row = found;
    pointer = event.pointerId;
    row.setPointerCapture(pointer);
    from = event.clientY + scrollY;
    moved = false;
  });

  list.addEventListener("pointermove", (event) => {
    if (event.pointerId !== pointer) return;
    at = event.clientY;
    if (at < NEAR_THE_EDGE) scrollBy(0, -NEAR_THE_EDGE / 4);
    else if (at > innerHeight - NEAR_THE_EDGE) scrollBy(0, NEAR_THE_EDGE / 4);
    const way = at + scrollY - from;
    moved ||= Math.abs(way) > FAR_ENOUGH;
    if (!moved) return;
    row.classList.add("carried");
    if (!STILL.matches) row.style.transform = `translateY(${way}px)`;
    mark();
  });

  list.addEventListener("pointerup", (event) => {
    if (event.pointerId !== pointer) return;
    const done = row;
    at = event.clientY;
    const [other, side] = target();
    end();
    if (!moved || !other) return;
    other[side](done);
    dropped(done);
  });

  // Whoever presses Escape, or whose finger is called away, has changed nothing.
  list.addEventListener("pointercancel", (event) => event.pointerId === pointer && end());
  document.addEventListener("keydown", (event) => event.key === "Escape" && row && end());
}
