// The page of a trainee's seat: shows what the team changes of it. The rest stays: a guest may be choosing a password there.
const PARTS = ['agenda', 'end'];
// Events of the seat. “hello”: what happened before the stream of the seat bar was open
const CHANGES_PARTS = new Set(['open_item', 'close_item', 'agenda', 'closed', 'reopen', 'hello']);

function replace(part, now) {
  if (!now || now.outerHTML === part.outerHTML) return;
  const link = part.contains(document.activeElement) ? document.activeElement.getAttribute('href') : null;
  part.replaceWith(document.adoptNode(now));
  if (link) [...now.querySelectorAll('a')].find((one) => one.getAttribute('href') === link)?.focus({ preventScroll: true });
}

async function refresh() {
  try {
    const answer = await fetch(document.getElementById('agenda').dataset.url);
    if (answer.redirected) { location.assign(answer.url); return; }
    const page = answer.ok ? new DOMParser().parseFromString(await answer.text(), 'text/html') : null;
    for (const id of page ? PARTS : []) replace(document.getElementById(id), page.getElementById(id));
  } catch { /* offline: “hello” comes when the connection is back */ }
}

document.addEventListener('vaka:seat-event', ({ detail }) => { if (CHANGES_PARTS.has(detail.what)) refresh(); });
