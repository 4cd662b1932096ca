// Marks the link whose part of the page is in view, in each list of links to parts: <ul data-in-view>, <nav data-in-view>.

for (const list of document.querySelectorAll('[data-in-view]')) {
  const links = [...list.querySelectorAll('a[href^="#"]')];
  const part = (link) => document.getElementById(decodeURIComponent(link.hash.slice(1)));

  const mark = () => {
    const line = innerHeight / 3;
    // The last part that begins above the line; parts of one row begin at the same height, and the first of them counts.
    const isAtEnd = innerHeight + scrollY >= document.documentElement.scrollHeight - 2; // the last part may be too short to reach the line
    let at = isAtEnd ? links.at(-1) : links[0];
    for (const link of isAtEnd ? [] : links) {
      const top = part(link)?.getBoundingClientRect().top;
      if (top !== undefined && top <= line && top > (part(at)?.getBoundingClientRect().top ?? Number.NEGATIVE_INFINITY)) at = link;
    }
    for (const link of links) {
      if (link === at) link.setAttribute('aria-current', 'true');
      else link.removeAttribute('aria-current');
    }
  };

  let asked = false;
  const later = () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => { asked = false; mark(); });
  };
  list.addEventListener('click', ({ target }) => { if (target.closest('a')) list.closest(':popover-open')?.hidePopover(); });
  // Panes scroll too, and their events do not bubble
  document.addEventListener('scroll', later, { passive: true, capture: true });
  addEventListener('resize', later);
  mark();
}
