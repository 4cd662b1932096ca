// The room: brings in what has moved, within two seconds, and takes nothing from under the hands of who is choosing.

const room = document.getElementById('room');
const say = document.getElementById('say');
const LEAST = 700; // milliseconds between two looks
const EVERY = 20000; // without news too: minutes go by

// -- names: none where others can read them. What somebody chose himself holds.

const only = document.getElementById('seats-only');
try {
  const chosen = localStorage.getItem('seats-only');
  only.checked = chosen === null ? Boolean(screen.isExtended) : chosen === 'yes';
} catch { /* no storage: each time anew */ }
only.addEventListener('change', () => {
  try { localStorage.setItem('seats-only', only.checked ? 'yes' : 'no'); } catch { /* the same */ }
});

// -- swapping

const held = (part) => part.matches(':hover') && part.id === 'needs'; // no list is reordered under a pointer

function swap(wanted) {
  const picked = new Set([...room.querySelectorAll('input[name=seats]:checked')].map(({ value }) => value));
  const at = document.activeElement;
  const focus = room.contains(at) ? { id: at.id, href: at.getAttribute('href'), value: at.value } : null;
  for (const part of ['needs', 'fails', 'grid']) {
    const from = document.getElementById(part);
    const to = wanted.getElementById(part);
    if (!from || !to || held(from) || from.innerHTML === to.innerHTML) continue;
    from.replaceWith(document.adoptNode(to));
  }
  for (const box of room.querySelectorAll('input[name=seats]')) box.checked = picked.has(box.value);
  if (focus && !room.contains(document.activeElement)) {
    const same = [...room.querySelectorAll('a, button, input')].find((one) => (focus.id && one.id === focus.id)
      || (!focus.id && focus.href && one.getAttribute('href') === focus.href) || (one.name === 'seats' && one.value === focus.value));
    same?.focus({ preventScroll: true });
  }
}

let needed = room.querySelectorAll('.help-list > li[id]').length;
let looking = false;
let again = false;
let last = 0;
async function refresh() {
  if (looking) { again = true; return; }
  looking = true;
  last = Date.now();
  try {
    const answer = await fetch(location.href, { headers: { 'X-Vaka': 'part' } });
    if (answer.redirected || answer.status === 404) location.reload();
    else if (answer.ok) swap(new DOMParser().parseFromString(await answer.text(), 'text/html'));
    const now = room.querySelectorAll('.help-list > li[id]').length;
    if (now > needed) say.textContent = say.dataset.words.replace('{n}', now);
    needed = now;
  } catch { /* no line; the stream tells when there is one again */ } finally {
    looking = false;
    if (again) { again = false; soon(); }
  }
}

let waiting;
function soon() {
  if (waiting) return;
  waiting = setTimeout(() => { waiting = undefined; refresh(); }, Math.max(50, LEAST - (Date.now() - last)));
}

let stream;
function listen() {
  stream = new EventSource(room.dataset.eventsUrl);
  stream.addEventListener('room', soon);
  stream.addEventListener('hello', soon);
  stream.addEventListener('bye', () => { stream.close(); location.reload(); });
}
listen();
addEventListener('pagehide', () => stream.close());
addEventListener('pageshow', ({ persisted }) => { if (persisted) { listen(); soon(); } });
setInterval(soon, EVERY);

// -- buttons that keep the page

document.addEventListener('submit', async (event) => {
  const form = event.target.closest('form[data-quiet]');
  if (!form) return;
  event.preventDefault();
  try {
    await fetch(form.action, { method: 'POST', body: new URLSearchParams(new FormData(form, event.submitter)), redirect: 'manual' });
    refresh();
  } catch { form.submit(); }
});
