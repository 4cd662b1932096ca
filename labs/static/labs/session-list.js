// The list of sessions refreshes itself, but never while somebody has a menu open in it. Without it the page stays as it was loaded.

const EVERY = 5000; // ms
const rows = () => document.getElementById('rows');

const inUse = () => document.hidden || rows().contains(document.activeElement) || rows().querySelector('details[open]');

async function refresh() {
  if (inUse()) return;
  try {
    const answer = await fetch(location.href, { headers: { 'X-Vaka': 'part' } });
    if (answer.redirected || !answer.ok) return;
    const wanted = new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById('rows');
    if (wanted && !inUse()) rows().replaceWith(document.adoptNode(wanted));
  } catch { /* no connection; the next time may have one */ }
}

setInterval(refresh, EVERY);
