// Mends what Streamlit (1.67) draws against the rules of accessible pages, wherever it is drawn: a drop zone that has a
// name must not say that it is decoration, and what scrolls must be reached by the keyboard. And the answer beside ends
// where the player begins, wherever on the page it starts.
const PHONE = 640, GAP = 8, LEAST = 180; // pixels

const mend = () => {
  for (const zone of document.querySelectorAll("[data-testid=stFileUploaderDropzone][role=presentation]")) zone.setAttribute("role", "group");
  for (const block of document.querySelectorAll("[data-testid=stVerticalBlock][overflow=auto]:not([tabindex]), [class*=st-key-wide-]:not([tabindex])")) block.tabIndex = 0;
  for (const answer of document.querySelectorAll(".st-key-answer-open, .st-key-answer-shut")) {
    const player = document.querySelector("[data-testid=stBottom]:has(.st-key-player)");
    const end = player ? player.getBoundingClientRect().top : innerHeight;
    const height = Math.max(end - answer.getBoundingClientRect().top - GAP, LEAST);
    answer.style.maxHeight = innerWidth > PHONE ? `${Math.round(height)}px` : "";
    if (answer.scrollHeight > answer.clientHeight + 1 && !answer.hasAttribute("tabindex")) answer.tabIndex = 0;
  }
};

export default function () {
  let waiting = 0;
  const soon = () => { waiting ||= requestAnimationFrame(() => { waiting = 0; mend(); }); };
  const watch = new MutationObserver(soon), stop = new AbortController();
  watch.observe(document.body, { childList: true, subtree: true });
  document.addEventListener("scroll", soon, { capture: true, passive: true, signal: stop.signal });
  window.addEventListener("resize", soon, { signal: stop.signal });
  mend();
  return () => { watch.disconnect(); stop.abort(); cancelAnimationFrame(waiting); };
}
