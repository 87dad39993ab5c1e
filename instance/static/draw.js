// A sheet to draw on with a finger, a pen or a mouse; it becomes the file of its form.
// Without a script people draw on paper and take a photo.

for (const sheet of document.querySelectorAll("[data-draw]")) {
  const canvas = sheet.querySelector("canvas");
  const pen = canvas.getContext("2d");
  const field = document.getElementById(sheet.dataset.draw);
  const said = sheet.querySelector("[role=status]");
  const [use, anew] = sheet.querySelectorAll("button");
  let last = null;

  function clear() {
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.lineWidth = 5;
    pen.lineCap = pen.lineJoin = "round";
    pen.strokeStyle = "#111";
  }

  function where(event) {
    const box = canvas.getBoundingClientRect();
    const scale = canvas.width / box.width;
    return [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
  }

  function line(to) {
    pen.beginPath();
    pen.moveTo(...last);
    pen.lineTo(...to);
    pen.stroke();
    last = to;
  }

  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    last = where(event);
    // A touch alone leaves a dot.
    line([last[0] + 0.1, last[1]]);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (last) line(where(event));
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, () => {
      last = null;
    });
  }
  anew.addEventListener("click", clear);
  use.addEventListener("click", () => {
    canvas.toBlob((blob) => {
      const files = new DataTransfer();
      files.items.add(new File([blob], "drawing.png", { type: "image/png" }));
      field.files = files.files;
      document.getElementById(sheet.dataset.kind).checked = true;
      said.textContent = said.dataset.done;
    }, "image/png");
  });
  clear();
  sheet.hidden = false;
}
