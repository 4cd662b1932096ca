// Answers that were given without a connection: they wait in this browser, and are handed in one after the other, in their order, when
// there is a connection again. The page says what waits, and what became of it.
//
// They belong to one person. Somebody else who signs in deletes them unseen, and so does a sign-out (web/service-worker.js).

const KEY = 'vaka:waiting-answers';
const LASTS = 14 * 24 * 3600_000; // ms
const EVERY = 5000; // ms between two tries to hand in

const { person, kept: isKept } = document.body.dataset;
const box = document.getElementById('waiting-answers');

// Returns {person, waiting, done}: lists of {key, at, address, form, label, fields}; those that are done have said and outcome too.
function load() {
  let found = null;
  try { found = JSON.parse(localStorage.getItem(KEY) ?? 'null'); } catch { /* no storage: nothing waits */ }
  if (found && person && found.person !== person) {
    localStorage.removeItem(KEY);
    found = null;
  }
  const isFresh = ({ at }) => Date.now() - at < LASTS;
  return { person, waiting: found?.waiting.filter(isFresh) ?? [], done: found?.done.filter(isFresh) ?? [] };
}

function store(state) {
  if (state.waiting.length || state.done.length) localStorage.setItem(KEY, JSON.stringify(state));
  else localStorage.removeItem(KEY);
}

// Browsers have randomUUID and locks only over HTTPS and on localhost.
const newKey = () => crypto.randomUUID?.() ?? [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');

const isOff = () => document.documentElement.dataset.connection === 'off' || !navigator.onLine;

function csrfToken() {
  // As in web/sending, which a kept page may not have. The cookie first: the form may be older than the last sign-in
  const cookie = document.cookie.match(/(?:^|; )csrftoken=([^;]*)/)?.[1];
  return cookie ?? document.querySelector('input[name=csrfmiddlewaretoken]')?.value ?? '';
}

// -- an answer that cannot be sent now

const isQuestion = (form) => form.id.startsWith('q-') && /\/quiz\/[^/]+$/.test(new URL(form.action).pathname);

// On the window, because on the document web/connection.js stops what cannot be sent
addEventListener('submit', (event) => {
  const { target: form, submitter } = event;
  if (!person || !isQuestion(form) || (isKept === undefined && !isOff())) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (submitter?.name === 'show') { say(form, 'wait', box.dataset.notNow); return; }
  const state = load();
  const address = new URL(form.action).pathname;
  const number = [...document.querySelectorAll('form[id^="q-"]')].indexOf(form) + 1;
  const label = box.dataset.question.replace('{number}', number).replace('{lesson}', box.dataset.lesson);
  const fields = [...new FormData(form)].filter(([name]) => name !== 'csrfmiddlewaretoken');
  const last = state.waiting.findLast((one) => one.address === address);
  const isAgain = last && JSON.stringify(last.fields) === JSON.stringify(fields); // a double click
  if (!isAgain) state.waiting.push({ key: newKey(), at: Date.now(), address, label, fields });
  store(state);
  draw();
  handIn();
}, { capture: true });

// -- handing in

async function send({ key, address, fields }) {
  return fetch(`${address}/hand-in`, {
    method: 'POST',
    headers: { 'X-CSRFToken': csrfToken(), 'X-Vaka': 'answer' },
    body: new URLSearchParams([...fields, ['key', key], ['person', person]]),
    redirect: 'manual',
    signal: AbortSignal.timeout(30_000),
  });
}

let isHandingIn = false;

async function handInAll() {
  isHandingIn = true;
  try { await sendAll(); } finally { isHandingIn = false; }
}

async function sendAll() {
  for (let next = load().waiting[0]; next; [next] = load().waiting) {
    const answer = await send(next);
    showConnection(true);
    if (answer.type === 'opaqueredirect') { draw('signIn'); return; }
    if (answer.status === 403 || answer.status >= 500) return; // another time
    const isJson = answer.headers.get('content-type')?.startsWith('application/json');
    const { said, outcome = 'wait' } = isJson ? await answer.json() : { said: box?.dataset.gone ?? '' };
    const state = load();
    const { label, at, address, fields } = next;
    store({ ...state, waiting: state.waiting.filter(({ key }) => key !== next.key), done: [...state.done, { label, at, address, fields, said, outcome }] });
    draw();
  }
}

// One window at a time hands in, so that the order is kept.
async function handIn() {
  if (!person || isOff() || !load().waiting.length) return;
  try {
    if (navigator.locks) await navigator.locks.request(KEY, { ifAvailable: true }, (lock) => lock && handInAll());
    else if (!isHandingIn) await handInAll();
  } catch { /* no connection after all: another time */ }
}

// -- what the page says

function say(form, shape, text) {
  let said = form.querySelector('.waiting');
  if (!said) {
    said = document.createElement('p');
    form.querySelector('fieldset').append(said);
  }
  said.className = `waiting say ${shape}`;
  said.textContent = text;
}

// What is said belongs to an answer: the page may be loaded since it was given, and have an empty form.
function fillIn(form, fields = []) {
  const controls = [...form.elements].filter(({ type, nodeName }) => nodeName === 'SELECT' || (nodeName === 'INPUT' && type !== 'hidden'));
  const isTick = ({ type }) => type === 'checkbox' || type === 'radio';
  if (controls.some((one) => (isTick(one) ? one.checked : one.value))) return;
  for (const control of controls) {
    const values = fields.filter(([name]) => name === control.name).map(([, value]) => value);
    if (isTick(control)) control.checked = values.includes(control.value);
    else if (values.length) [control.value] = values;
    if (control.selectedIndex === -1) control.selectedIndex = 0; // the page offers other choices than then
  }
}

function draw(waits = 'waits') {
  if (!box) return;
  const { waiting, done } = load();
  box.replaceChildren();
  const lines = [
    ...waiting.map((one) => [one, 'wait', `${box.dataset[waits]} ${one.label}`]),
    ...done.map((one) => [one, one.outcome, `${box.dataset.handedIn} ${one.label}. ${one.said || box.dataset.gone}`]),
  ];
  for (const [{ address, fields }, shape, text] of lines) {
    const form = [...document.querySelectorAll('form[id^="q-"]')].find((one) => new URL(one.action).pathname === address);
    if (form) {
      fillIn(form, fields);
      say(form, shape, text);
    } else {
      const line = document.createElement('p');
      line.className = `say ${shape}`;
      line.textContent = text;
      box.append(line);
    }
  }
}

// What has been told once is not told again on the next page.
function forgetDone() {
  const state = load();
  if (box && state.done.length) store({ ...state, done: [] });
}

// A page that was kept says which of the two it is.
function showConnection(isOn) {
  if (isKept === undefined) return;
  document.getElementById('kept-off').hidden = isOn;
  document.getElementById('kept-on').hidden = !isOn;
}

draw();
forgetDone();
document.addEventListener('vaka:online', () => { showConnection(true); handIn(); });
document.addEventListener('vaka:offline', () => showConnection(false));
addEventListener('online', handIn);
setInterval(handIn, EVERY); // the page may not have noticed that there was no connection
handIn();
