// The pictures of a cell of the confusion matrix.
{
  const data = page.data.sections.run, picked = document.querySelector("#run .picked");
  const buttons = [...document.querySelectorAll("#run [data-cell]")];
  const show = button => {
    for (const other of buttons) other.setAttribute("aria-pressed", other === button);
    const [title, items] = data.cells[button.dataset.cell];
    picked.replaceChildren(page.make("p", {}, title), page.make("div", {}, items.map(([at, number, sure]) =>
      page.make("figure", {},
        page.make("img", { src: data.pictures[at], class: "pixels", width: 64, alt: `test image ${number}` }),
        page.make("figcaption", {}, `#${number}`, sure && page.make("span", {}, sure))))));
  };
  // Arrows go from number to number, row by row and column by column.
  const step = (button, key) => {
    const [row, column] = button.dataset.cell.split(",").map(Number);
    const [down, across] = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[key] || [0, 0];
    if (!down && !across) return;
    const found = buttons.map(other => [other, ...other.dataset.cell.split(",").map(Number)])
      .filter(([, r, c]) => down ? c === column && (r - row) * down > 0 : r === row && (c - column) * across > 0)
      .sort((a, b) => Math.abs(a[1] - row) + Math.abs(a[2] - column) - Math.abs(b[1] - row) - Math.abs(b[2] - column))[0];
    return found && found[0];
  };
  for (const button of buttons) {
    button.setAttribute("aria-pressed", false);
    button.addEventListener("click", () => show(button));
    button.addEventListener("keydown", event => {
      const next = step(button, event.key);
      if (next) { event.preventDefault(); next.focus(); }
    });
  }
}
