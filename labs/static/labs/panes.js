// The panes of the lab page: their sizes, which are folded, and the keys and links that open what is folded. This browser remembers
// them for this person until they sign out. Sizes are per cent of the pane around; CSS reads them as --reading, --map and --checks of
// <body>.
import { load, store } from 'labs/browser-storage';

const KEY = 'vaka:panes';
const THREE = matchMedia('(min-width: 112rem)'); // guide, checks and workspace stand side by side
const WIDE = matchMedia('(min-width: 64rem)'); // no bar of parts
const COLUMNS = matchMedia('(min-width: 64rem) and (min-height: 38rem)');
const LIMITS = { least: 12, most: 80, step: 2 }; // per cent
const PANES = { Digit1: 'guide', Digit2: 'checks', Digit3: 'map', Digit4: 'terminal', Digit5: 'lesson' };

// Marks the part in view in the bar below, also on a window that becomes narrow later
const markPart = () => { if (!WIDE.matches) import('web/in-view'); };
markPart();
WIDE.addEventListener('change', markPart);

const person = document.body.dataset.person;
const find = (id) => document.getElementById(id);

function kept() {
  const found = load(localStorage, KEY, {});
  return found.person === person ? found : { person, sizes: {}, folded: [] };
}
const panes = kept();

function keep() {
  store(localStorage, KEY, panes);
}

const isFolded = (name) => panes.folded.includes(name);

function show() {
  for (const name of ['reading', 'reading-wide', 'map', 'map-wide', 'checks', 'checks-wide']) {
    const size = panes.sizes[name];
    if (size) document.body.style.setProperty(`--${name}`, `${size}%`);
    else document.body.style.removeProperty(`--${name}`);
  }
  document.body.dataset.folded = panes.folded.join(' ');
  for (const divider of document.querySelectorAll('lab-divider')) divider.measure?.();
  document.dispatchEvent(new CustomEvent('vaka:panes'));
}

function fold(name, wanted = !isFolded(name)) {
  panes.folded = panes.folded.filter((other) => other !== name);
  if (wanted) panes.folded.push(name);
  show();
  keep();
}

// <lab-divider data-sizes="map">: the bar between two panes. data-sizes names the pane whose size it changes.
class Divider extends HTMLElement {
  connectedCallback() {
    if (this.role) return;
    this.role = 'separator';
    this.tabIndex = 0;
    this.ariaValueMin = LIMITS.least;
    this.ariaValueMax = LIMITS.most;
    this.setAttribute('aria-controls', this.dataset.sizes);
    this.addEventListener('pointerdown', (event) => this.grab(event));
    this.addEventListener('pointermove', (event) => this.drag(event));
    for (const end of ['pointerup', 'pointercancel']) this.addEventListener(end, () => this.drop());
    this.addEventListener('keydown', (event) => this.key(event));
    this.addEventListener('dblclick', () => this.fold());
    this.watch = new ResizeObserver(() => this.measure());
    this.watch.observe(this.parentElement);
    this.measure();
  }

  disconnectedCallback() {
    this.watch?.disconnect();
  }

  get pane() { return find(this.dataset.sizes); }

  get isAcross() { return this.dataset.sizes === 'reading' || (this.dataset.sizes === 'checks' && THREE.matches); }

  // Whether the pane is after the bar, so that it grows when the bar moves back.
  get isAfter() { return this.dataset.sizes === 'checks'; }

  get isRightToLeft() { return this.isAcross && getComputedStyle(this).direction === 'rtl'; }

  get whole() {
    const { width, height } = this.parentElement.getBoundingClientRect();
    return this.isAcross ? width : height;
  }

  get share() {
    const { width, height } = this.pane.getBoundingClientRect();
    return (100 * (this.isAcross ? width : height)) / (this.whole || 1);
  }

  get size() { return Math.round(this.share); }

  set size(wanted) {
    const { least, most } = LIMITS;
    const name = this.dataset.sizes + (THREE.matches ? '-wide' : '');
    panes.sizes[name] = Math.min(most, Math.max(least, Math.round(wanted * 10) / 10));
    panes.folded = panes.folded.filter((other) => other !== this.dataset.sizes);
    show();
  }

  measure() {
    this.ariaOrientation = this.isAcross ? 'vertical' : 'horizontal';
    this.ariaValueNow = isFolded(this.dataset.sizes) ? 0 : this.size;
  }

  grab(event) {
    this.setPointerCapture(event.pointerId);
    this.held = true;
    this.slip = this.shareAt(event) - this.share; // the pointer is not on the edge of the pane
  }

  drag(event) {
    if (this.held) this.size = this.shareAt(event) - this.slip;
  }

  // The size of the pane if it ended at the pointer
  shareAt(event) {
    const { left, right, top, bottom } = this.parentElement.getBoundingClientRect();
    const [at, start, end] = this.isAcross ? [event.clientX, left, right] : [event.clientY, top, bottom];
    const isFromEnd = this.isAfter !== this.isRightToLeft;
    return (100 * (isFromEnd ? end - at : at - start)) / this.whole;
  }

  drop() {
    if (this.held) keep();
    this.held = false;
  }

  key(event) {
    const { least, most, step } = LIMITS;
    const [less, more] = this.isAcross ? ['ArrowLeft', 'ArrowRight'] : ['ArrowUp', 'ArrowDown'];
    const way = (this.isAfter !== this.isRightToLeft ? -1 : 1) * step;
    const to = { [less]: this.size - way, [more]: this.size + way, Home: least, End: most }[event.key];
    if (to !== undefined) {
      this.size = to;
      keep();
    } else if (event.key === 'Enter') this.fold();
    else return;
    event.preventDefault();
  }

  // The checks are a drawer, which folds by itself.
  fold() {
    if (this.dataset.sizes === 'checks') this.pane.querySelector('summary').click();
    else fold(this.dataset.sizes);
  }
}

// -- links: one to a part of this page shows the part, not only its title. It opens what is folded there and around it

function openDetails(part) {
  let inner = part?.matches('#stages > li, #checks li') ? part.querySelector(':scope > details') ?? part : part;
  for (; inner; inner = inner.parentElement) if (inner.nodeName === 'DETAILS') inner.open = true;
}

function unfold(part) {
  for (const name of ['reading', 'map', 'checks']) if (find(name).contains(part) && isFolded(name)) fold(name, false);
  openDetails(part);
}

document.addEventListener('click', ({ target }) => {
  const part = find(target.closest('a[href^="#"]')?.getAttribute('href').slice(1)); // a link in a drawing has no .hash
  if (part) unfold(part);
});

// The checks are open when the lab is ready, also later on this page, unless this person has folded them.
const isReady = () => find('panel').dataset.state === 'ready';

document.addEventListener('click', ({ target }) => {
  const drawer = target.closest('#checks > summary')?.parentElement;
  if (drawer && isReady()) fold('checks', drawer.open); // it is still as it was before this click
});

let wasReady = false;
function foldChecks() {
  if (isReady() && !wasReady && isFolded('checks')) find('checks').open = false;
  wasReady = isReady();
}
document.addEventListener('vaka:shown', foldChecks);
foldChecks();
openDetails(find(location.hash.slice(1))); // the panes stay as this person left them

// -- keys

function goTo(name) {
  const pane = find(name);
  if (!pane) return;
  document.body.removeAttribute('data-full');
  unfold(pane);
  pane.scrollIntoView({ block: 'nearest' });
  if (name === 'terminal') document.dispatchEvent(new CustomEvent('vaka:terminal'));
  else (pane.querySelector(':scope > summary, :scope > .scroll') ?? pane).focus();
}

function help() {
  const menu = find('panes-menu');
  if (!menu) return;
  menu.open = !menu.open;
  menu.querySelector('summary').focus();
}

// Before anything else on the page sees the key: a terminal would send it to its shell.
addEventListener('keydown', (event) => {
  if (document.querySelector('dialog[open]')) return;
  const isShifted = event.altKey && event.shiftKey && !event.ctrlKey && !event.metaKey;
  const isCheck = event.code === 'Enter' && event.ctrlKey && !event.altKey && !event.shiftKey;
  const act = isShifted ? {
    ...Object.fromEntries(Object.entries(PANES).map(([code, name]) => [code, () => goTo(name)])),
    Digit0: help,
    Enter: () => document.dispatchEvent(new CustomEvent('vaka:full')),
  }[event.code] : isCheck && (() => find('check')?.click());
  if (!act) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (!event.repeat) act();
}, true);

document.addEventListener('click', ({ target }) => {
  const name = target.closest('[data-fold]')?.dataset.fold;
  if (!name) return;
  if (name === 'nothing') {
    Object.assign(panes, { sizes: {}, folded: [] });
    if (isReady()) find('checks').open = true;
    show();
    keep();
  } else fold(name);
});

// -- the lesson, when its drawer is opened. Without a connection, the next opening tries again, under another address: some browsers
// remember that an address could not be imported, and ask for it no more.

let failures = 0;
document.addEventListener('toggle', ({ target }) => {
  if (target.id !== 'lesson' || !target.open) return;
  const drawer = failures ? `${import.meta.resolve('labs/lesson-drawer')}?${failures}` : 'labs/lesson-drawer';
  import(drawer).then(({ showIn }) => showIn(find('lesson-text')), () => { failures += 1; });
}, true);

for (const query of [THREE, COLUMNS]) query.addEventListener('change', show);
document.documentElement.dataset.panes = 'on';
show();
customElements.define('lab-divider', Divider);
