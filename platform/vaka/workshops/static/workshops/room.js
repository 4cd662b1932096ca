// The Room page: fetches the parts that have changed, and keeps what the user has selected or is pointing at.

const room = document.getElementById('room');
const status = document.getElementById('room-status');
const REFRESH_GAP = 700; // milliseconds between two refreshes, at least
const REFRESH_EVERY = 20000; // milliseconds, also without events: the minutes change

// -- Names: hidden by default where there is a second screen. The user's own choice is kept.

const hideNames = document.getElementById('hide-names');
const CHOICE = 'seats-only'; // the key of earlier versions: names that were hidden stay hidden after an upgrade
try {
  const chosen = localStorage.getItem(CHOICE);
  hideNames.checked = chosen === null ? Boolean(screen.isExtended) : chosen === 'yes';
} catch { /* no storage: the choice lasts as long as the page */ }
hideNames.addEventListener('change', () => {
  try { localStorage.setItem(CHOICE, hideNames.checked ? 'yes' : 'no'); } catch { /* no storage */ }
});

// -- Replacing parts of the page

const isHeld = (part) => part.matches(':hover') && part.id === 'needs'; // the help list is not reordered under a pointer

function replaceParts(fetched) {
  const selected = new Set([...room.querySelectorAll('input[name=seats]:checked')].map(({ value }) => value));
  const at = document.activeElement;
  const focus = room.contains(at) ? { id: at.id, href: at.getAttribute('href'), value: at.value } : null;
  for (const part of ['needs', 'fails', 'grid']) {
    const from = document.getElementById(part);
    const to = fetched.getElementById(part);
    if (!from || !to || isHeld(from) || from.innerHTML === to.innerHTML) continue;
    from.replaceWith(document.adoptNode(to));
  }
  for (const box of room.querySelectorAll('input[name=seats]')) box.checked = selected.has(box.value);
  if (focus && !room.contains(document.activeElement)) {
    const same = [...room.querySelectorAll('a, button, input')].find((one) => (focus.id && one.id === focus.id)
      || (!focus.id && focus.href && one.getAttribute('href') === focus.href) || (one.name === 'seats' && one.value === focus.value));
    same?.focus({ preventScroll: true });
  }
}

const countNeeds = () => room.querySelectorAll('.help-list > li[id]').length;
let needs = countNeeds();
let refreshing = false;
let again = false;
let last = 0;
async function refresh() {
  if (refreshing) { again = true; return; }
  refreshing = true;
  last = Date.now();
  try {
    const answer = await fetch(location.href, { headers: { 'X-Vaka': 'part' } });
    if (answer.redirected || answer.status === 404) location.reload();
    else if (answer.ok) replaceParts(new DOMParser().parseFromString(await answer.text(), 'text/html'));
    const now = countNeeds();
    if (now > needs) status.textContent = status.dataset.words.replace('{n}', now);
    needs = now;
  } catch { /* offline: the event stream says when the site is reachable again */ } finally {
    refreshing = false;
    if (again) { again = false; refreshSoon(); }
  }
}

let waiting;
function refreshSoon() {
  if (waiting) return;
  waiting = setTimeout(() => { waiting = undefined; refresh(); }, Math.max(50, REFRESH_GAP - (Date.now() - last)));
}

let stream;
function listen() {
  stream = new EventSource(room.dataset.eventsUrl);
  stream.addEventListener('room', refreshSoon);
  stream.addEventListener('hello', refreshSoon);
  stream.addEventListener('bye', () => { stream.close(); location.reload(); });
}
listen();
addEventListener('pagehide', () => stream.close());
addEventListener('pageshow', ({ persisted }) => { if (persisted) { listen(); refreshSoon(); } });
setInterval(refreshSoon, REFRESH_EVERY);
document.addEventListener('vaka:online', () => { stream.close(); listen(); });

// -- Buttons that do not load a new page

document.addEventListener('submit', async (event) => {
  const form = event.target.closest('form[data-quiet]');
  if (!form) return;
  event.preventDefault();
  try {
    await fetch(form.action, { method: 'POST', body: new URLSearchParams(new FormData(form, event.submitter)), redirect: 'manual' });
    refresh();
  } catch { document.dispatchEvent(new CustomEvent('vaka:unsent')); }
});
