// The lab page: brings in what changes, keeps what the reader opened, and says one line aloud. Without it the page works by loading anew.

const panel = () => document.getElementById('panel');
const say = document.getElementById('say');

// -- swapping in place

const KEPT = new Set(['DETAILS', 'DIALOG']); // the reader's to open and shut

const told = new WeakMap(); // whether the server wanted a DETAILS open when we heard of it last

function note(root) {
  for (const one of [root, ...(root.querySelectorAll?.('details') ?? [])]) if (one.nodeName === 'DETAILS') told.set(one, one.open);
}

function sync(from, to) {
  if (from.nodeName === 'DETAILS') {
    if (to.open && told.get(from) === false) from.open = true; // news; what was open or shut before is the reader's
    told.set(from, to.open);
  }
  for (const { name } of [...from.attributes]) {
    if (!to.hasAttribute(name) && !(name === 'open' && KEPT.has(from.nodeName))) from.removeAttribute(name);
  }
  for (const { name, value } of to.attributes) {
    if (name === 'open' && KEPT.has(from.nodeName)) continue;
    if (from.getAttribute(name) !== value) from.setAttribute(name, value);
  }
}

const alike = (a, b) => a && b && a.nodeType === b.nodeType && a.nodeName === b.nodeName && (a.id ?? '') === (b.id ?? '');

// Makes `from` the same as `to` and keeps each element that is in both: its focus, its scroll, its shell.
function morph(from, to) {
  if (from.nodeType !== Node.ELEMENT_NODE) {
    if (from.nodeValue !== to.nodeValue) from.nodeValue = to.nodeValue;
    return;
  }
  if (from.nodeName === 'INPUT' && from.type === 'hidden') from.value = to.getAttribute('value') ?? '';
  sync(from, to);
  if (from.nodeName === 'LAB-TERMINALS') return; // its children are its own
  let at = from.firstChild;
  for (const wanted of [...to.childNodes]) {
    let found = alike(at, wanted) ? at : null;
    if (!found && wanted.id) found = [...from.children].find((child) => alike(child, wanted)) ?? null;
    if (!found) {
      note(from.insertBefore(document.importNode(wanted, true), at));
      continue;
    }
    if (found === at) at = at.nextSibling;
    else from.insertBefore(found, at);
    morph(found, wanted);
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

note(panel());

function show(html) {
  const wanted = new DOMParser().parseFromString(html, 'text/html').getElementById('panel');
  if (!wanted) return;
  const before = panel().dataset.say;
  decorate(wanted); // before: what is the same on both sides stays, and so does the focus
  morph(panel(), wanted);
  const { say: now, state } = panel().dataset;
  if (now && now !== before) say.textContent = now;
  if (panel().dataset.eventsUrl) listen();
  else hangUp();
  document.body.dataset.state = state;
  looked();
}

// When we looked last, by the reader's clock; the page itself may be from before a look that changed nothing.
let lastLook = 0;
function looked(at = 0) {
  const shown = document.getElementById('looked');
  lastLook = Math.max(lastLook, at);
  if (!shown) return;
  const when = new Date(Math.max(lastLook, new Date(shown.dateTime)));
  const text = when.toLocaleTimeString(document.documentElement.lang, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
  if (shown.textContent !== text) shown.textContent = text;
}

let asking;
let again = false;
async function refresh() {
  if (asking) { again = true; return; }
  asking = true;
  try {
    const answer = await fetch(panel().dataset.panelUrl, { headers: { 'X-Vaka': 'panel' } });
    if (answer.redirected || answer.status === 404) location.reload(); // signed out, or not ours any more
    else if (answer.ok) show(await answer.text());
  } catch { /* no line; the stream tells us when there is one again */ } finally {
    asking = false;
    if (again) { again = false; soon(); }
  }
}

let waiting;
function soon(after = 60) {
  clearTimeout(waiting);
  waiting = setTimeout(refresh, after);
}

document.addEventListener('vaka:refresh', () => soon(0));

// -- what happens in the lab

// Where we stand in line. The page is not read anew for it: the line may be long, and moves often.
function stand({ place, seconds, until }) {
  const number = document.querySelector('#place .num');
  const wait = document.getElementById('wait');
  if (!number || !wait || !place) { soon(); return; } // our turn has come, or the page does not know of the line yet
  const language = document.documentElement.lang;
  const [amount, unit] = seconds < 60 ? [seconds, 'second'] : [Math.ceil(seconds / 60), 'minute'];
  const time = until ? new Date(until).toLocaleTimeString(language, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
    : new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' }).format(amount);
  const moved = number.textContent !== String(place);
  number.textContent = place;
  wait.textContent = wait.dataset[until ? 'until' : 'about'].replace('{time}', time);
  if (moved) say.textContent = `${document.getElementById('place').textContent}. ${wait.textContent}`;
}

let stream;
function listen() {
  if (stream) return;
  stream = new EventSource(panel().dataset.eventsUrl);
  stream.addEventListener('hello', ({ data }) => { if (JSON.parse(data).stamp !== panel().dataset.stamp) soon(0); });
  for (const name of ['state', 'step', 'job', 'deadline', 'hint', 'cables', 'capture', 'seats', 'saved', 'ending']) stream.addEventListener(name, () => soon());
  stream.addEventListener('queue', ({ data }) => stand(JSON.parse(data)));
  for (const name of ['verdict', 'jump']) stream.addEventListener(name, ({ data }) => {
    const busy = document.getElementById('busy');
    const { node, done, of } = JSON.parse(data);
    if (busy) busy.textContent = `${node ? `${node}: ` : ''}${done} / ${of}`;
  });
  stream.addEventListener('checks', ({ data }) => {
    const { at, changed } = JSON.parse(data);
    looked(new Date(at).getTime());
    if (changed) soon();
  });
  stream.addEventListener('watch', ({ data }) => { document.body.dataset.looks = JSON.parse(data).on ? 'on' : 'off'; });
  stream.addEventListener('error', () => { document.body.dataset.looks = 'off'; }); // until we hear otherwise
  stream.addEventListener('bye', () => { hangUp(); soon(0); });
}

function hangUp() {
  stream?.close();
  stream = undefined;
}
addEventListener('pagehide', hangUp);
addEventListener('pageshow', ({ persisted }) => { if (persisted && panel().dataset.panelUrl) soon(0); });

// -- buttons that keep the page

async function post(form, button) {
  const fields = new FormData(form, button);
  button?.setAttribute('aria-disabled', 'true');
  try {
    const answer = await fetch(form.action, { method: 'POST', body: new URLSearchParams(fields), headers: { 'X-Vaka': 'panel' } });
    if (answer.ok && !answer.redirected) show(await answer.text());
    else location.reload();
  } catch {
    say.textContent = form.dataset.failed ?? '';
    form.submit(); // the browser says best what is wrong with the line
  } finally {
    button?.removeAttribute('aria-disabled');
  }
}

document.addEventListener('submit', (event) => {
  const form = event.target.closest('form[data-quiet]');
  if (!form) return;
  event.preventDefault();
  form.closest('dialog')?.close();
  form.closest('details.menu')?.removeAttribute('open');
  if (event.submitter?.ariaDisabled !== 'true') post(form, event.submitter);
});

document.addEventListener('click', (event) => {
  const opener = event.target.closest('[data-dialog]');
  const dialog = opener && document.getElementById(opener.dataset.dialog);
  if (dialog?.querySelector('form')) {
    event.preventDefault();
    dialog.showModal();
  }
  const closer = event.target.closest('dialog [data-close]');
  if (closer) {
    event.preventDefault();
    closer.closest('dialog').close();
  }
  const part = event.target.closest('a[data-part]');
  if (part && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    bringIn(part.href, document.getElementById(part.dataset.part));
  }
  const typer = event.target.closest('button[data-type-on]');
  if (typer) {
    const text = typer.parentElement.previousElementSibling.textContent.replace(/\n$/, '');
    document.dispatchEvent(new CustomEvent('vaka:type', { detail: { node: typer.dataset.typeOn, text } }));
  }
});

// A part of another page, in a dialog here; without a line its own page says best what is wrong.
async function bringIn(href, dialog) {
  try {
    const answer = await fetch(href, { headers: { 'X-Vaka': 'part' } });
    if (!answer.ok || answer.redirected) throw new Error(answer.statusText);
    const found = new DOMParser().parseFromString(await answer.text(), 'text/html');
    dialog.replaceChildren(...found.body.childNodes);
    dialog.showModal();
  } catch {
    location.assign(href);
  }
}

// A command for a node gets a button that types it there, while there is a terminal to type on.
function decorate(root) {
  const terminals = root.querySelector('lab-terminals');
  if (!terminals) return;
  const mine = new Set(JSON.parse(terminals.dataset.nodes).map(({ name }) => name)); // in a class lab not all are
  const { words } = document.getElementById('type-on').dataset;
  for (const pre of root.querySelectorAll('pre[data-node]')) {
    if (!mine.has(pre.dataset.node)) continue;
    const row = document.createElement('p');
    row.className = 'cmd noprint';
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'btn';
    button.dataset.typeOn = pre.dataset.node;
    button.textContent = words.replace('{node}', pre.dataset.node);
    row.append(button);
    pre.after(row);
  }
}

// -- the clock: minutes; the last two also say seconds

const THRESHOLDS = { 1800: '', 600: 'ten', 120: 'two' }; // seconds; the panel looks another way from then on
let before = Infinity;

function passed(left, seconds) {
  for (const [threshold, word] of Object.entries(THRESHOLDS)) {
    if (before <= threshold || seconds > threshold) continue;
    if (before !== Infinity) soon(1000);
    if (word && before !== Infinity) say.textContent = left.dataset[word];
  }
  before = seconds;
}

// How long somebody has had a trouble ticket: what was spent before, and since the clock was started last
function spend() {
  const clock = document.getElementById('clock');
  if (!clock?.dataset.since) return;
  const seconds = Math.floor(Number(clock.dataset.spent) + Math.max(0, (Date.now() - new Date(clock.dataset.since)) / 1000));
  const text = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  if (clock.textContent !== text) clock.textContent = text;
}

function tick() {
  spend();
  const left = document.getElementById('left');
  if (!left) return;
  const seconds = Math.max(0, Math.round((new Date(left.dateTime) - Date.now()) / 1000));
  passed(left, seconds);
  const [amount, unit] = seconds >= 120 ? [Math.floor(seconds / 60), 'minute'] : [seconds, 'second'];
  const text = new Intl.NumberFormat(document.documentElement.lang, { style: 'unit', unit }).format(amount);
  if (left.textContent !== text) left.textContent = text;
}
setInterval(tick, 1000);

tick();
looked();
decorate(panel());
if (panel().dataset.eventsUrl) listen();
