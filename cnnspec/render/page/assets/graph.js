// The graph: which card stands for which rows, and how it is marked.
(() => {
  const rowsOf = node => (node.dataset.rows || "").split(",").flatMap(part => {
    const [first, last = first] = part.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, at) => first + at);
  });
  page.nodeOf = index => [...page.article.querySelectorAll("[data-rows]")].find(node => rowsOf(node).includes(index));
  document.querySelectorAll(".stage").forEach(stage => stage.addEventListener("click", event => {
    const node = event.target.closest("[data-rows]");
    if (node) page.select(rowsOf(node)[0], "graph");
  }));
  page.on("select", ({ index }) => {
    page.article.querySelectorAll(".chosen").forEach(node => node.classList.remove("chosen"));
    if (index != null) page.nodeOf(index)?.classList.add("chosen");
  });
})();
