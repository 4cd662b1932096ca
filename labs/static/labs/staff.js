// The page of sessions reads itself anew, but never under the hands of who opened a menu there. Without it the page is as it was loaded.

const EVERY = 5000;
const rows = () => document.getElementById('rows');

const busy = () => document.hidden || rows().contains(document.activeElement) || rows().querySelector('details[open]');

async function refresh() {
  if (busy()) return;
  try {
    const answer = await fetch(location.href, { headers: { 'X-Vaka': 'part' } });
    if (answer.redirected || !answer.ok) return;
    const wanted = new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById('rows');
    if (wanted && !busy()) rows().replaceWith(document.adoptNode(wanted));
  } catch { /* no line; the next time may have one */ }
}

setInterval(refresh, EVERY);
