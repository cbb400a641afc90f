// Mends what Streamlit (1.67) draws against the rules of accessible pages, wherever it is drawn: a drop zone that has a
// name must not say that it is decoration, and what scrolls must be reached by the keyboard.
const mend = () => {
  for (const zone of document.querySelectorAll("[data-testid=stFileUploaderDropzone][role=presentation]")) zone.setAttribute("role", "group");
  for (const block of document.querySelectorAll("[data-testid=stVerticalBlock][overflow=auto]:not([tabindex])")) block.tabIndex = 0;
};

export default function () {
  let waiting = 0;
  const soon = () => { waiting ||= requestAnimationFrame(() => { waiting = 0; mend(); }); };
  const watch = new MutationObserver(soon);
  watch.observe(document.body, { childList: true, subtree: true });
  mend();
  return () => { watch.disconnect(); cancelAnimationFrame(waiting); };
}
