// Tells the site which hints this person opens on the lab page, for the account at the end. Without a connection they wait here.
import { csrfToken } from 'web/sending';

const hintsKey = () => `vaka:hints:${document.body.dataset.person}`;
const told = new Set(); // by this page: each hint is told once
const TELL_AGAIN = 5000; // ms. A link that was lost for a moment only is no event
let untold = []; // [address, hint]
let tellsAgain;

try {
  untold = JSON.parse(localStorage.getItem(hintsKey()) ?? '[]');
} catch { /* no storage: they wait as long as the page is open */ }

function keepUntold(hints) {
  untold = hints;
  try {
    if (hints.length) localStorage.setItem(hintsKey(), JSON.stringify(hints));
    else localStorage.removeItem(hintsKey());
  } catch { /* as above */ }
}

async function tellHints() {
  clearTimeout(tellsAgain);
  const csrfmiddlewaretoken = csrfToken();
  for (const [address, hint] of csrfmiddlewaretoken ? untold : []) {
    try {
      const body = new URLSearchParams({ csrfmiddlewaretoken, hint });
      const { status } = await fetch(address, { method: 'POST', body, keepalive: true, redirect: 'manual' });
      if (!status) return; // signed out
      if (status >= 500) throw new Error('not now');
      keepUntold(untold.filter((one) => one[0] !== address || one[1] !== hint));
    } catch {
      tellsAgain = setTimeout(tellHints, TELL_AGAIN);
      return;
    }
  }
}

function noteHint({ id }) {
  const address = document.getElementById('panel').dataset.openedHintUrl;
  if (!address || told.has(address + id)) return;
  told.add(address + id);
  keepUntold([...untold, [address, id]]);
  tellHints();
}

document.addEventListener('toggle', ({ target }) => {
  if (target.open && target.matches?.('details.hint')) noteHint(target);
}, true);
document.addEventListener('vaka:online', tellHints);

for (const hint of document.querySelectorAll('details.hint[open]')) noteHint(hint); // opened before this script came
tellHints();
