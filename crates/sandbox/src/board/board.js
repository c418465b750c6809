(() => {
  const board = document.getElementById("board");
  const live = document.getElementById("live");
  const address = location.pathname.replace(/\/$/, "") + "/data";
  let shown = null;

  // Where each deal stands; a deal that is new or has moved is worth a second look.
  const places = () => {
    const found = new Map();
    board.querySelectorAll("[data-deal]").forEach((deal) => {
      const stage = deal.closest(".stage");
      const column = Array.from(stage.parentNode.children).indexOf(stage);
      found.set(deal.dataset.deal, stage.closest(".funnel").id + "/" + column);
    });
    return found;
  };

  const scrolled = () => Array.from(board.querySelectorAll(".stages, .stage ul"), (box) => [box.scrollLeft, box.scrollTop]);

  const swap = (html) => {
    const before = places();
    const positions = scrolled();
    const focused = document.activeElement && document.activeElement.closest(".funnel");
    board.innerHTML = html;
    board.querySelectorAll(".stages, .stage ul").forEach((box, index) => {
      if (positions[index]) [box.scrollLeft, box.scrollTop] = positions[index];
    });
    if (focused && focused.id) document.querySelector("#" + focused.id + " .stages").focus({ preventScroll: true });
    places().forEach((place, deal) => {
      if (before.get(deal) !== place) board.querySelector('[data-deal="' + deal + '"]').classList.add("new");
    });
  };

  const tell = (words, lost) => {
    if (live.textContent !== words) live.textContent = words;
    live.classList.toggle("lost", lost);
  };

  const look = async () => {
    if (!document.hidden) {
      try {
        const answer = await fetch(address, { cache: "no-store" });
        if (!answer.ok) throw new Error(answer.status);
        const html = await answer.text();
        if (html !== shown) swap(html);
        shown = html;
        tell("Live", false);
      } catch {
        tell("The sandbox does not answer", true);
      }
    }
    setTimeout(look, 1000);
  };

  look();
})();
