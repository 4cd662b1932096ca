// The lab page: replaces what changes, keeps open what the reader opened, and announces one line. Without it the page works by reloading.
import { fieldsOf, reloadAfter } from 'web/sending';
import { learnTime, pageCame, serverTime, timeOfDay } from 'web/server-clock';

const panel = () => document.getElementById('panel');
const say = document.getElementById('say');

// -- updates in place

const READER_OPENS = new Set(['DETAILS', 'DIALOG']); // the reader decides whether these are open

const READER_FILLS = new Set(['INPUT value', 'INPUT checked', 'OPTION selected']); // the server fills a form once

const openOnServer = new WeakMap(); // whether the last answer of the server had this DETAILS open

function noteOpen(root) {
  for (const one of [root, ...(root.querySelectorAll?.('details') ?? [])]) if (one.nodeName === 'DETAILS') openOnServer.set(one, one.open);
}

function sync(from, to) {
  if (from.nodeName === 'DETAILS') {
    if (to.open && openOnServer.get(from) === false) from.open = true; // news; otherwise it stays as the reader left it
    openOnServer.set(from, to.open);
  }
  for (const { name } of [...from.attributes]) {
    const isReaders = (name === 'open' && READER_OPENS.has(from.nodeName)) || READER_FILLS.has(`${from.nodeName} ${name}`);
    if (!to.hasAttribute(name) && !isReaders) from.removeAttribute(name);
  }
  for (const { name, value } of to.attributes) {
    if (name === 'open' && READER_OPENS.has(from.nodeName)) continue;
    if (READER_FILLS.has(`${from.nodeName} ${name}`) && from.type !== 'hidden') continue;
    if (from.getAttribute(name) !== value) from.setAttribute(name, value);
  }
}

const isSame = (a, b) => a && b && a.nodeType === b.nodeType && a.nodeName === b.nodeName && (a.id ?? '') === (b.id ?? '');

// Makes `from` the same as `to`. Each element that is in both is kept, with its focus, its scroll position and its shell.
function morph(from, to) {
  if (from.nodeType !== Node.ELEMENT_NODE) {
    if (from.nodeValue !== to.nodeValue) from.nodeValue = to.nodeValue;
    return;
  }
  if (from.nodeName === 'LAB-DIVIDER' || from.id === 'lesson-text') return; // they manage themselves
  if (from.nodeName === 'INPUT' && from.type === 'hidden') from.value = to.getAttribute('value') ?? '';
  sync(from, to);
  if (from.nodeName === 'LAB-TERMINALS') return; // it manages its children itself
  if (from.id === 'left' || from.id === 'clock') return; // counted here, by the second
  let at = from.firstChild;
  for (const wanted of [...to.childNodes]) {
    let found = isSame(at, wanted) ? at : null;
    if (!found && wanted.id) found = [...from.children].find((child) => isSame(child, wanted)) ?? null;
    if (!found) {
      noteOpen(from.insertBefore(document.importNode(wanted, true), at));
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

noteOpen(panel());

const ENDS = new Set(['stopping', 'stopped', 'failed']);

function show(html) {
  const wanted = new DOMParser().parseFromString(html, 'text/html').getElementById('panel');
  if (!wanted) return;
  if (wanted.dataset.goesOnAt) { location.assign(wanted.dataset.goesOnAt); return; } // an exam, of which this lab has ended
  const { say: before, state: stateBefore } = panel().dataset;
  addCommandButtons(wanted); // before the comparison, so that equal buttons stay and keep the focus
  morph(panel(), wanted);
  const { say: now, state } = panel().dataset;
  if (now && now !== before) say.textContent = now;
  if (panel().dataset.eventsUrl) connect();
  else disconnect();
  document.body.dataset.state = state;
  showLastRun();
  learnTime(panel());
  tick();
  document.dispatchEvent(new CustomEvent('vaka:shown'));
  // What the learner reads stays where it is, but for the end of the lab: then the page says what became of their work
  if (state !== stateBefore && ENDS.has(state)) document.getElementById('now')?.scrollIntoView({ block: 'nearest' });
  if (hasAsked && !document.getElementById('busy')) {
    hasAsked = false;
    for (const id of ['now', 'fixed', 'unfixed']) showInPane(document.getElementById(id));
  }
}

// Whether the learner has requested a check on this page, whose result is not shown yet. What runs automatically moves nothing.
let hasAsked = false;
const isCheck = (form) => new URL(form.action).pathname.endsWith('/check');
const STILL = matchMedia('(prefers-reduced-motion: reduce)');

// Scrolls the pane of a line until the line is in view. The page itself and the focus stay where they are.
function showInPane(line) {
  const pane = line?.closest('#checks, #guide');
  if (!pane) return;
  const seen = pane.getBoundingClientRect();
  const { top, bottom } = line.getBoundingClientRect();
  const head = pane.querySelector(':scope > summary')?.offsetHeight ?? 0; // it stays above what is scrolled
  if (top < seen.top + head || bottom > seen.bottom) pane.scrollBy({ top: top - seen.top - head, behavior: STILL.matches ? 'auto' : 'smooth' });
}

// When the checks ran last. The page itself may be older than a run that changed nothing.
let lastRun = 0;
function showLastRun(at = 0) {
  const shown = document.getElementById('last-run');
  lastRun = Math.max(lastRun, at);
  if (!shown) return;
  const when = new Date(Math.max(lastRun, new Date(shown.dateTime)));
  const text = timeOfDay(when, { seconds: true });
  if (shown.textContent !== text) shown.textContent = text;
}

const LONGEST = 30_000; // ms for an answer: a connection that was cut may stay without one for minutes
let asking;
let again = false;
async function refresh() {
  if (asking) { again = true; return; }
  asking = true;
  try {
    const answer = await fetch(panel().dataset.panelUrl, { headers: { 'X-Vaka': 'panel' }, signal: AbortSignal.timeout(LONGEST) });
    if (answer.redirected || answer.status === 404) location.reload(); // signed out, or no longer the reader's lab
    else if (answer.ok) show(await answer.text());
  } catch { /* no connection; the event stream reports when there is one again */ } finally {
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

// -- events of the lab

// The place in the queue. The page is not fetched again for it, because a long queue moves often.
function showPlace({ place, seconds, until }) {
  const number = document.querySelector('#place .num');
  const wait = document.getElementById('wait');
  if (!number || !wait || !place) { soon(); return; } // the turn has come, or the page does not show the queue yet
  const language = document.documentElement.lang;
  const [amount, unit] = seconds < 60 ? [seconds, 'second'] : [Math.ceil(seconds / 60), 'minute'];
  const time = until ? timeOfDay(new Date(until)) : new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' }).format(amount);
  const moved = number.textContent !== String(place);
  number.textContent = place;
  wait.textContent = wait.dataset[until ? 'until' : 'about'].replace('{time}', time);
  if (moved) say.textContent = `${document.getElementById('place').textContent}. ${wait.textContent}`;
}

// The site refuses a stream if many pages of the lab are open. Then the page looks again from time to time.
const WITHOUT_STREAM = 15_000;
function withoutStream() {
  if (stream?.readyState !== EventSource.CLOSED) return;
  disconnect();
  soon(0); // it connects again
}

const exceptLastRun = (stamp) => stamp.slice(0, stamp.lastIndexOf('.'));

let stream;
function connect() {
  if (stream) return;
  stream = new EventSource(panel().dataset.eventsUrl);
  stream.addEventListener('hello', ({ data }) => { if (JSON.parse(data).stamp !== panel().dataset.stamp) soon(0); });
  // An event may be lost, or overtaken by the answer to a form: then the page would show what was until the next one
  stream.addEventListener('still', ({ data }) => { if (exceptLastRun(JSON.parse(data).stamp) !== exceptLastRun(panel().dataset.stamp)) soon(0); });
  stream.addEventListener('job', ({ data }) => {
    const { kind, over } = JSON.parse(data);
    if (over && ['skip', 'reset', 'goback'].includes(kind)) document.dispatchEvent(new CustomEvent('vaka:nodes-reset'));
  });
  for (const name of ['state', 'step', 'job', 'deadline', 'hint', 'cables', 'capture', 'seats', 'saved', 'copied', 'ending']) stream.addEventListener(name, () => soon());
  stream.addEventListener('queue', ({ data }) => showPlace(JSON.parse(data)));
  for (const name of ['verdict', 'skip']) stream.addEventListener(name, ({ data }) => {
    const busy = document.getElementById('busy');
    const { node, done, of } = JSON.parse(data);
    if (name === 'verdict') import('labs/verdicts').then(({ show }) => show(JSON.parse(data)));
    if (busy) busy.textContent = `${node ? `${node}: ` : ''}${done} / ${of}`;
  });
  stream.addEventListener('checks', ({ data }) => {
    const { at, changed } = JSON.parse(data);
    showLastRun(new Date(at).getTime());
    if (changed) soon();
  });
  stream.addEventListener('watch', ({ data }) => { document.body.dataset.liveChecks = JSON.parse(data).on ? 'on' : 'off'; });
  stream.addEventListener('error', () => {
    document.body.dataset.liveChecks = 'off'; // until the next event says otherwise
    if (stream?.readyState === EventSource.CLOSED) setTimeout(withoutStream, WITHOUT_STREAM); // refused: too many pages are open
  });
  stream.addEventListener('bye', () => { disconnect(); soon(0); });
}

function disconnect() {
  stream?.close();
  stream = undefined;
}

// The previous stream may be dead without knowing it. The new one begins with the stamp of the page.
document.addEventListener('vaka:offline', () => { document.body.dataset.liveChecks = 'off'; });
document.addEventListener('vaka:online', () => {
  if (!panel().dataset.eventsUrl) return;
  disconnect();
  connect();
});
addEventListener('pagehide', disconnect);
addEventListener('pageshow', ({ persisted }) => { if (persisted && panel().dataset.panelUrl) soon(0); });

// -- buttons that keep the page

async function post(form, button) {
  const fields = fieldsOf(form, button);
  button?.setAttribute('aria-disabled', 'true');
  try {
    const answer = await fetch(form.action, { method: 'POST', body: new URLSearchParams(fields), headers: { 'X-Vaka': 'panel' } });
    if (answer.ok && !answer.redirected) {
      const html = await answer.text();
      hasAsked ||= isCheck(form);
      show(html);
    } else if (answer.status >= 500) document.dispatchEvent(new CustomEvent('vaka:unsent'));
    else reloadAfter(answer);
  } catch {
    document.dispatchEvent(new CustomEvent('vaka:unsent'));
  } finally {
    button?.removeAttribute('aria-disabled');
  }
}

document.addEventListener('submit', (event) => {
  const form = event.target.closest('form[data-quiet]');
  if (!form) return;
  event.preventDefault();
  form.closest('dialog')?.close();
  (event.submitter ?? form).closest('details.menu')?.removeAttribute('open'); // a button in a menu may belong to a form elsewhere
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
    showPart(part.href, document.getElementById(part.dataset.part));
  }
  const copier = event.target.closest('button[data-copy]');
  if (copier) import('web/copy-code').then(({ copy }) => copy(copier)); // fetched when it is needed
  const typer = event.target.closest('button[data-type-on]');
  if (typer) {
    const text = typer.parentElement.previousElementSibling.textContent.replace(/\n$/, '');
    document.dispatchEvent(new CustomEvent('vaka:type', { detail: { node: typer.dataset.typeOn, text } }));
  }
});

// Shows a part of another page in a dialog. If the site refuses it, the browser goes to the page, which explains best what is wrong.
async function showPart(href, dialog) {
  try {
    const answer = await fetch(href, { headers: { 'X-Vaka': 'part' } });
    if (!answer.ok || answer.redirected) { location.assign(href); return; }
    const found = new DOMParser().parseFromString(await answer.text(), 'text/html');
    dialog.replaceChildren(...found.body.childNodes);
    dialog.showModal();
  } catch {
    document.dispatchEvent(new CustomEvent('vaka:unsent'));
  }
}

function buttonOf(text, name, value) {
  const button = document.createElement('button');
  Object.assign(button, { type: 'button', className: 'btn', textContent: text });
  button.dataset[name] = value;
  return button;
}

// Each block of code gets a button that copies it, and a command for a node one that types it there, while the page has terminals.
function addCommandButtons(root) {
  const terminals = root.querySelector('lab-terminals');
  const ownNodes = new Set(JSON.parse(terminals?.dataset.nodes ?? '[]').map(({ name }) => name)); // in a class lab not all nodes
  const { words } = document.getElementById('type-on').dataset;
  for (const pre of root.querySelectorAll('.prose pre, .why pre, .ticket pre')) {
    const { node } = pre.dataset;
    const row = document.createElement('p');
    row.className = 'cmd noprint';
    if (ownNodes.has(node)) row.append(buttonOf(words.replace('{node}', node), 'typeOn', node), ' ');
    row.append(buttonOf(document.getElementById('copy-words').dataset.copy, 'copy', ''));
    pre.after(row);
  }
}

// -- the time left: in minutes, and in seconds during the last two

const THRESHOLDS = { 1800: '', 600: 'ten', 120: 'two' }; // seconds; from then on the panel looks different
let before = Infinity;

function announceThreshold(left, seconds) {
  for (const [threshold, word] of Object.entries(THRESHOLDS)) {
    if (before <= threshold || seconds > threshold) continue;
    if (before !== Infinity) soon(1000);
    if (word && before !== Infinity) say.textContent = left.dataset[word];
  }
  before = seconds;
}

// The time spent on a trouble ticket: the time before, and the time since its clock was started last
function showTimeSpent() {
  const clock = document.getElementById('clock');
  if (!clock?.dataset.since) return;
  const seconds = Math.floor(Number(clock.dataset.spent) + Math.max(0, (serverTime() - new Date(clock.dataset.since)) / 1000));
  const text = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  if (clock.textContent !== text) clock.textContent = text;
}

function tick() {
  showTimeSpent();
  const left = document.getElementById('left');
  if (!left) return;
  const now = left.dataset.paused ? new Date(left.dataset.paused) : serverTime(); // in a pause of the workshop no time passes
  const seconds = Math.max(0, Math.ceil((new Date(left.dateTime) - now) / 1000));
  announceThreshold(left, seconds);
  const [amount, unit] = seconds > 120 ? [Math.ceil(seconds / 60), 'minute'] : [seconds, 'second']; // as LabSession.minutes_left
  const text = new Intl.NumberFormat(document.documentElement.lang, { style: 'unit', unit }).format(amount);
  if (left.textContent !== text) left.textContent = text;
}
setInterval(tick, 1000);

learnTime(panel(), pageCame());
tick();
showLastRun();
addCommandButtons(panel());
document.dispatchEvent(new CustomEvent('vaka:whole')); // the guide has its last height
// The stream takes one of the few connections to the site, and its news fetch the panel again: on a slow connection the terminal comes first
const begin = () => { if (panel().dataset.eventsUrl) connect(); };
if (document.readyState === 'complete') begin();
else addEventListener('load', begin, { once: true });
