// Keeps what was typed in the forms of a page when another page comes between: after the answer to one of several forms, after a
// sign-in, and after a time without a server. It is kept in this tab, for this person, and for an hour.

const KEY = 'vaka:typed';
const LASTS = 3600_000; // ms
const SKIPPED = new Set(['password', 'file', 'hidden', 'submit', 'button', 'reset', 'image']);

const person = document.body.dataset.person ?? '';

const fieldsOf = (form) => [...form.elements].filter((field) => field.name && !SKIPPED.has(field.type) && !field.disabled
  && field.autocomplete !== 'one-time-code' && field.nodeName !== 'FIELDSET' && field.nodeName !== 'BUTTON');

const isTick = (field) => field.type === 'checkbox' || field.type === 'radio';

function isChanged(field) {
  if (isTick(field)) return field.checked !== field.defaultChecked;
  if (field.nodeName !== 'SELECT') return field.value !== field.defaultValue;
  const byDefault = [...field.options].filter((option) => option.defaultSelected);
  return field.multiple || field.value !== (byDefault.at(-1) ?? field.options[0])?.value;
}

const pathOf = (form) => new URL(form.action, location.href).pathname;

// Returns [key, form] of each form; the key is the address, and a number if several forms have the same.
function keyed() {
  const seen = {};
  return [...document.forms].map((form) => {
    const path = pathOf(form);
    seen[path] = (seen[path] ?? 0) + 1;
    return [seen[path] > 1 ? `${path}#${seen[path]}` : path, form];
  });
}

// Returns [name, value] of each field of a form, ticked ones only; null if nothing in it was changed.
function typedIn(form) {
  if (form.method !== 'post' || form.querySelector('input[type=password]')) return null;
  const fields = fieldsOf(form);
  if (!fields.some(isChanged)) return null;
  return fields.filter((field) => !isTick(field) || field.checked).map((field) => [field.name, field.value]);
}

function fill(form, typed) {
  const left = [...typed]; // of fields with the same name each gets its own
  for (const field of fieldsOf(form)) {
    const at = left.findIndex(([name, value]) => name === field.name && (!isTick(field) || value === field.value));
    if (isTick(field)) field.checked = at >= 0;
    else if (at >= 0) [, field.value] = left[at];
    if (at >= 0) left.splice(at, 1);
  }
}

function load() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY) ?? 'null');
    return kept && Date.now() - kept.at < LASTS ? kept : null;
  } catch { return null; }
}

function store(kept) {
  try {
    if (kept) sessionStorage.setItem(KEY, JSON.stringify(kept));
    else sessionStorage.removeItem(KEY);
  } catch { /* no storage: nothing is kept */ }
}

// What this browser remembers of a person, it forgets when they sign out: the next one may be somebody else. To whom a time zone was
// offered stays: its key names the person.
function forget() {
  for (const name of ['sessionStorage', 'localStorage']) {
    try {
      const storage = window[name]; // to read it fails where there is none
      for (const key of Object.keys(storage)) {
        if (key.startsWith('vaka:') && !key.startsWith('vaka:time-zone-offered:')) storage.removeItem(key);
      }
    } catch { /* no storage: nothing was kept */ }
  }
}

document.addEventListener('submit', ({ target }) => {
  if (pathOf(target) === '/accounts/logout/') { forget(); return; }
  if (target.matches('[data-quiet], [data-seat-bar]') && document.getElementById('panel')) return; // these keep the page
  const forms = {};
  for (const [key, form] of keyed()) {
    const typed = typedIn(form);
    if (typed) forms[key] = typed;
  }
  if (Object.keys(forms).length) store({ person, at: Date.now(), sent: pathOf(target), forms });
});

// The page between: a sign-in, or the page that says that the server does not answer. What was sent has not arrived.
const between = document.body.dataset.between !== undefined || location.pathname.startsWith('/accounts/');

function restore() {
  const kept = load();
  if (!kept) return;
  if (between) {
    store({ ...kept, lost: true });
    return;
  }
  const found = kept.person === person ? keyed().filter(([key]) => kept.forms[key]) : [];
  if (found.length || kept.person !== person || !kept.lost) store(null); // what was lost waits for its page
  for (const [key, form] of found) {
    const wasSent = pathOf(form) === kept.sent;
    if (wasSent && !kept.lost) continue;
    fill(form, kept.forms[key]);
    if (!wasSent) continue;
    const note = document.getElementById('connection').dataset.kept;
    const said = document.createElement('p');
    said.className = 'say wait';
    said.setAttribute('role', 'status');
    said.textContent = note;
    form.prepend(said);
    form.scrollIntoView({ block: 'center' });
  }
}

restore();
