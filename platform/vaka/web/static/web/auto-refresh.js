// Fetches a page again every few seconds while something on it goes on, and replaces the parts that have changed:
// <div id="…" data-fresh="10">. A part in which somebody has a field or a button, or has opened something, waits.

const parts = () => [...document.querySelectorAll('[data-fresh]')];

function isInUse(part) {
  const at = document.activeElement;
  return part.querySelector('details[open]') || (part.contains(at) && at.matches('input, textarea, select, button, summary'));
}

// What a reader sees of a part. The token of a form is another one in each answer.
function content(part) {
  const copy = part.cloneNode(true);
  for (const token of copy.querySelectorAll('[name=csrfmiddlewaretoken]')) token.remove();
  return copy.outerHTML;
}

function replace(part, now) {
  const link = part.contains(document.activeElement) ? document.activeElement.getAttribute('href') : null;
  part.replaceWith(document.adoptNode(now));
  if (link) [...now.querySelectorAll('a')].find((one) => one.getAttribute('href') === link)?.focus({ preventScroll: true });
}

async function refresh() {
  try {
    const answer = await fetch(location.href, { signal: AbortSignal.timeout(30_000) }); // a cut connection may stay without an answer
    if (answer.redirected) { location.assign(answer.url); return; }
    const page = answer.ok ? new DOMParser().parseFromString(await answer.text(), 'text/html') : null;
    for (const part of page ? parts() : []) {
      const now = page.getElementById(part.id);
      if (now && !isInUse(part) && content(now) !== content(part)) replace(part, now);
    }
  } catch { /* offline: the next try */ }
  wait();
}

function wait() {
  const seconds = parts().map(({ dataset }) => Number(dataset.fresh));
  if (seconds.length) setTimeout(refresh, 1000 * Math.min(...seconds));
}
wait();
