// Keeps what a person has filled in, if another page is loaded before it was saved: the texts, ticks and selections of the forms of
// a page. The other page is the answer to another form of the page, a sign-in, or the page of a server that does not answer; of
// questions and long texts, also where a link leads away. It is kept in this tab, for this person, and for an hour.

const KEY = 'vaka:typed';
const LASTS = 3600_000; // ms
const SKIPPED = new Set(['password', 'file', 'hidden', 'submit', 'button', 'reset', 'image']);

const person = document.body.dataset.person ?? '';

const fieldsOf = (form) => [...form.elements].filter((field) => field.name && !SKIPPED.has(field.type) && !field.matches(':disabled')
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

// Whether the page shows a form that was refused: its fields have what was sent, which is stored nowhere, although nothing was changed since.
const isRefused = (form) => form.querySelector('[aria-invalid=true], [role=alert]:not([hidden])') !== null;

// Returns [name, value] of each field of a form, ticked ones only; null if nothing in it was changed.
function typedIn(form) {
  if (form.method !== 'post' || form.querySelector('input[type=password]')) return null;
  const fields = fieldsOf(form);
  if (!fields.some(isChanged) && !isRefused(form)) return null;
  return fields.filter((field) => !isTick(field) || field.checked).map((field) => [field.name, field.value]);
}

function fill(form, typed) {
  const left = [...typed]; // each value fills one field, also if several fields have the same name
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

// Returns what a person has filled in on this page, by the keys of its forms.
function typed(isKept = () => true) {
  const forms = {};
  for (const [key, form] of keyed()) {
    const fields = isKept(form) ? typedIn(form) : null;
    if (fields) forms[key] = fields;
  }
  return forms;
}

let sent = null; // the last event of a form that was sent

document.addEventListener('submit', (event) => {
  const { target } = event;
  sent = event;
  if (pathOf(target) === '/accounts/logout/') return; // sign-out.js deletes what is kept
  if (target.matches('form.theme') || (target.matches('[data-quiet], [data-seat-bar]') && document.getElementById('panel'))) return; // their scripts send them
  const forms = typed();
  if (Object.keys(forms).length) store({ person, at: Date.now(), sent: pathOf(target), forms });
});

// The choices of a settings form are not kept where somebody leaves it: they would look as if they were saved.
const isWritten = (form) => form.matches('.quiz, [id^="q-"]') || [...form.elements].some((field) => field.nodeName === 'TEXTAREA' && isChanged(field));

addEventListener('pagehide', () => {
  if (sent && !sent.defaultPrevented) return; // the page of its answer comes next
  const forms = typed(isWritten);
  if (!Object.keys(forms).length) return;
  const kept = load();
  const before = kept?.person === person ? kept : {};
  store({ person, at: Date.now(), sent: before.sent, forms: { ...before.forms, ...forms }, lost: true });
});

// Whether this page came instead of the answer to a form: a sign-in, or “The server does not answer”. Then the form was not saved.
const between = document.body.dataset.between !== undefined || location.pathname.startsWith('/accounts/');

function restore() {
  const kept = load();
  if (!kept) return;
  if (between) {
    store({ ...kept, lost: true });
    return;
  }
  const left = { ...kept.forms };
  const found = kept.person === person ? keyed().filter(([key]) => kept.forms[key]) : [];
  for (const [key] of found) delete left[key];
  const isLeft = kept.person === person && kept.lost && Object.keys(left).length; // what was not saved is kept for its page
  store(isLeft ? { ...kept, forms: left } : null);
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
