const NEAR_END_PX = 80;
const NEAR_START_PX = 120;

/** The scrolled view: stays at the end while the reader is there, and counts what arrives while they are not. */
export function createViewport({ scroller, list, toEnd, onStart }) {
  let unread = 0;
  let atEnd = true;

  const goToEnd = (behavior = 'instant') => scroller.scrollTo({ top: scroller.scrollHeight, behavior });
  const show = () => {
    toEnd.hidden = atEnd;
    toEnd.querySelector('.count').textContent = unread > 0 ? String(unread) : '';
  };
  scroller.addEventListener('scroll', () => {
    atEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_END_PX;
    if (atEnd) unread = 0;
    show();
    if (scroller.scrollTop < NEAR_START_PX) onStart();
  });
  const sizes = new ResizeObserver(() => atEnd && goToEnd());
  sizes.observe(list);
  sizes.observe(scroller);
  toEnd.onclick = () => goToEnd('smooth');

  return {
    goToEnd,
    /** A message arrived at the end. */
    arrived(own) {
      if (own) atEnd = true;
      if (atEnd) goToEnd('smooth');
      else unread += 1;
      show();
    },
    /** Runs a change above the view without moving what is read. */
    keepPlace(change) {
      const height = scroller.scrollHeight;
      change();
      scroller.scrollTop += scroller.scrollHeight - height;
    },
  };
}
