// One slide at a time: by keyboard, by a clicker, by the buttons, and together with the other window of the same lesson.

const READABLE = 0.68; // of the usual size of letters: smaller ones are hard to read from the back of the room
const SMALLEST = 0.48; // check_content warns of an output that needs such small letters
const STEP = 0.04;
const WIDE = matchMedia('(min-width: 40.01rem)');

const deck = document.getElementById('deck');
const steps = [...deck.querySelectorAll('.step')];
const at = document.getElementById('at');
const windows = new BroadcastChannel(`vaka:slides:${deck.dataset.channel}`);
let now = 0;
let began = Date.now();

const numberIn = (hash) => Math.min(Math.max((parseInt(hash.slice(2), 10) || 1) - 1, 0), steps.length - 1);

// Makes the letters of a slide smaller until all of it fits.
function fit(slide) {
  const inside = slide.querySelector('.in');
  const screens = [...slide.querySelectorAll('.screen, pre')];
  const isFull = () => inside.scrollHeight > inside.clientHeight + 1
    || screens.some((one) => one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1);
  for (const one of screens) one.classList.remove('folded');
  let size = 1;
  slide.style.setProperty('--fit', size);
  const shrink = (smallest) => {
    while (isFull() && size > smallest) {
      size -= STEP;
      slide.style.setProperty('--fit', size);
    }
  };
  shrink(READABLE);
  if (isFull()) for (const one of screens) one.classList.add('folded');
  shrink(SMALLEST);
}

function fitShown() {
  for (const slide of deck.querySelectorAll('.slide')) if (slide.offsetParent) fit(slide);
}

function show(wanted, { tell = true } = {}) {
  now = Math.min(Math.max(wanted, 0), steps.length - 1);
  steps.forEach((step, number) => {
    step.classList.toggle('now', number === now);
    step.classList.toggle('next', number === now + 1);
  });
  at.textContent = at.dataset.words.replace('{n}', now + 1);
  history.replaceState(null, '', `#s${now + 1}`);
  fitShown();
  if (tell) windows.postMessage({ now });
  document.dispatchEvent(new CustomEvent('vaka:slide'));
}

const actions = {
  on: () => show(now + 1),
  back: () => show(now - 1),
  first: () => show(0),
  last: () => show(steps.length - 1),
  print: () => window.print(),
  fill: () => (document.fullscreenElement ? document.exitFullscreen() : deck.requestFullscreen()),
  present: () => {
    const button = document.querySelector('[data-presenter]');
    if (button) window.open(`${button.dataset.presenter}#s${now + 1}`, 'vaka-presenter', 'popup,width=1280,height=760');
  },
  restart: () => { began = Date.now(); tick(); },
};
const KEYS = {
  ArrowRight: 'on', ArrowDown: 'on', PageDown: 'on', ' ': 'on', ArrowLeft: 'back', ArrowUp: 'back', PageUp: 'back',
  Home: 'first', End: 'last', f: 'fill', p: 'present',
};

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !WIDE.matches) return;
  if (event.key === ' ' && event.target.closest('button, a')) return; // it presses the button
  const action = KEYS[event.key];
  if (!action || (action === 'fill' && !document.querySelector('[data-go=fill]'))) return;
  event.preventDefault();
  actions[action]();
});
document.addEventListener('click', (event) => {
  const button = event.target.closest('[data-go]');
  if (button) actions[button.dataset.go]();
});
windows.addEventListener('message', (event) => {
  if (event.data.asks) windows.postMessage({ now });
  else show(event.data.now, { tell: false });
});
document.addEventListener('vaka:go-to-slide', ({ detail }) => show(detail - 1));
window.addEventListener('hashchange', () => show(numberIn(location.hash)));
window.addEventListener('resize', fitShown);
window.addEventListener('beforeprint', () => {
  document.body.classList.remove('paged');
  fitShown();
});
window.addEventListener('afterprint', () => {
  document.body.classList.add('paged');
  fitShown();
});

const clock = document.getElementById('clock');
const passed = document.getElementById('passed');
function tick() {
  const time = new Date();
  clock.textContent = time.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  passed.textContent = passed.dataset.words.replace('{m}', Math.floor((Date.now() - began) / 60_000));
}
if (clock) {
  tick();
  setInterval(tick, 1000);
}

document.querySelector('.scripted').hidden = false;
document.body.classList.add('paged');
const isAtSlide = location.hash.startsWith('#s'); // before ``show`` writes it there
show(numberIn(location.hash), { tell: false });
if (!isAtSlide || clock) windows.postMessage({ asks: true });
