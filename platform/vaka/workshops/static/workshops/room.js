// The Room page: fetches the parts that have changed, keeps what the user has selected, and moves nothing under their pointer.
import { fieldsOf, reloadAfter } from 'web/sending';

const room = document.getElementById('room');
const status = document.getElementById('room-status');
const REFRESH_GAP = 700; // milliseconds between two refreshes, at least
const REFRESH_EVERY = 20000; // milliseconds, also without events: the minutes change

// -- Names: hidden by default where there is a second screen. The user's own choice is kept until they sign out.

const hideNames = document.getElementById('hide-names');
const CHOICE = 'vaka:hide-names';
const EARLIER = 'seats-only'; // the key of earlier versions, which a sign-out left: names that were hidden stay hidden after an upgrade
try {
  const earlier = localStorage.getItem(EARLIER);
  if (earlier !== null) localStorage.setItem(CHOICE, localStorage.getItem(CHOICE) ?? earlier);
  localStorage.removeItem(EARLIER);
  const chosen = localStorage.getItem(CHOICE);
  hideNames.checked = chosen === null ? Boolean(screen.isExtended) : chosen === 'yes';
} catch { /* no storage: the choice lasts as long as the page */ }
hideNames.addEventListener('change', () => {
  try { localStorage.setItem(CHOICE, hideNames.checked ? 'yes' : 'no'); } catch { /* no storage */ }
});

// -- Controls: folded on a phone, so that the help list comes first

const controls = document.getElementById('controls');
const isPhone = matchMedia('(max-width: 40rem)');
const fold = () => { controls.open = !isPhone.matches; };
fold();
isPhone.addEventListener('change', fold);

// -- Replacing parts of the page

const isPointedAt = (part) => matchMedia('(hover: hover)').matches && part.matches(':hover');
const SETTLED_AFTER = 400; // milliseconds in which a click on a list that has moved under the pointer does nothing
let movedAt = -SETTLED_AFTER;

// The help list under a pointer keeps its order: what is gone leaves, what is new comes last. It is put in order when the pointer leaves.
function mergeNeeds(from, to) {
  const entries = (part) => [...part.querySelectorAll('.help-list > li[id]')];
  const fetched = new Map(entries(to).map((entry) => [entry.id, entry]));
  if (!fetched.size || !entries(from).length) { from.replaceWith(document.adoptNode(to)); return; }
  from.querySelector('h2').textContent = to.querySelector('h2').textContent;
  for (const entry of entries(from)) {
    const now = fetched.get(entry.id);
    fetched.delete(entry.id);
    if (!now) { entry.remove(); movedAt = performance.now(); } else if (!entry.matches(':hover')) entry.replaceWith(document.adoptNode(now));
  }
  for (const entry of fetched.values()) from.querySelector('.help-list').append(document.adoptNode(entry));
}

function replaceParts(fetched) {
  const selected = new Set(selectedBoxes().map(({ value }) => value));
  const at = document.activeElement;
  const focus = room.contains(at) ? { id: at.id, href: at.getAttribute('href'), value: at.value } : null;
  for (const part of ['needs', 'fails', 'grid']) {
    const from = document.getElementById(part);
    const to = fetched.getElementById(part);
    if (!from || !to || from.innerHTML === to.innerHTML) continue;
    if (part === 'needs' && isPointedAt(from)) mergeNeeds(from, to);
    else from.replaceWith(document.adoptNode(to));
  }
  for (const box of boxes()) box.checked = selected.has(box.value);
  countSelected();
  if (focus && !room.contains(document.activeElement)) {
    const same = [...room.querySelectorAll('a, button, input')].find((one) => (focus.id && one.id === focus.id)
      || (!focus.id && focus.href && one.getAttribute('href') === focus.href) || (one.name === 'seats' && one.value === focus.value));
    (same ?? (focus.id.startsWith('done-') ? document.getElementById('h-help') : null))?.focus({ preventScroll: true });
  }
}

room.addEventListener('mouseout', ({ target, relatedTarget }) => {
  const needs = target.closest('#needs');
  if (needs && !needs.contains(relatedTarget)) refreshSoon();
});
room.addEventListener('click', (event) => {
  if (event.target.closest('#needs') && performance.now() - movedAt < SETTLED_AFTER) { event.preventDefault(); event.stopPropagation(); }
}, true);

// -- Selected seats

const boxes = () => [...room.querySelectorAll('input[name=seats]')];
const selectedBoxes = () => boxes().filter(({ checked }) => checked);
function countSelected() {
  const count = selectedBoxes().length;
  const words = document.getElementById('selected');
  if (words) words.textContent = words.dataset.words.replace('{n}', count);
  const all = document.getElementById('select-all');
  if (all) { all.checked = count > 0 && count === boxes().length; all.indeterminate = count > 0 && !all.checked; }
}
room.addEventListener('change', ({ target }) => {
  if (target.id === 'select-all') for (const box of boxes()) box.checked = target.checked;
  countSelected();
});
document.getElementById('select-none')?.addEventListener('click', () => {
  for (const box of boxes()) box.checked = false;
  countSelected();
  document.getElementById('select-all')?.focus();
});

// -- Fetching

const countNeeds = () => room.querySelectorAll('.help-list > li[id]').length;
let needs = countNeeds();
const LONGEST = 30_000; // ms for an answer: a connection that was cut may stay without one for minutes
let refreshing = false;
let again = false;
let last = 0;
async function refresh() {
  if (refreshing) { again = true; return; }
  refreshing = true;
  last = Date.now();
  try {
    const answer = await fetch(location.href, { headers: { 'X-Vaka': 'part' }, signal: AbortSignal.timeout(LONGEST) });
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

// A need that is done leaves at once, and the keyboard goes to the next one.
function leave(entry) {
  if (!entry) return;
  const hadFocus = entry.contains(document.activeElement);
  const next = entry.nextElementSibling?.querySelector('button');
  entry.remove();
  movedAt = performance.now();
  status.textContent = status.dataset.done;
  if (hadFocus) (next ?? document.getElementById('h-help'))?.focus({ preventScroll: true });
}

const sending = new WeakSet(); // forms: a second click sends nothing

document.addEventListener('submit', async (event) => {
  const form = event.target.closest('form[data-quiet]');
  if (!form) return;
  event.preventDefault();
  if (sending.has(form)) return;
  sending.add(form);
  try {
    const answer = await fetch(form.action, { method: 'POST', body: new URLSearchParams(fieldsOf(form, event.submitter)), redirect: 'manual' });
    if (!answer.ok && answer.type !== 'opaqueredirect') { reloadAfter(answer); return; }
    leave(form.closest('li[id]'));
    refresh();
  } catch { document.dispatchEvent(new CustomEvent('vaka:unsent')); } finally { sending.delete(form); }
});

countSelected(); // the browser may have kept a selection
