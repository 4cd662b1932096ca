// Counts down the learner's lab in the header. Counting needs no request: the site is asked once when the time is up, and once
// when the reader comes back to this page, because the lab may have been extended or stopped elsewhere.
import { learnTime, pageCame, serverTime } from 'web/server-clock';

const bar = document.getElementById('running-lab');
const left = bar?.querySelector('time');
const words = bar?.querySelector('[data-over]').dataset;
const LIVE = ['requested', 'starting', 'ready'];
const TEN_MINUTES = 600; // s
let wasNear;
let isOver = false;

// In a pause of the workshop no time passes.
const now = () => (left.dataset.paused ? new Date(left.dataset.paused) : serverTime());
const secondsLeft = () => Math.max(0, Math.ceil((new Date(left.dateTime) - now()) / 1000));

function over() {
  isOver = true;
  left.nextElementSibling.textContent = words.over;
  left.hidden = true;
}

function runs(ends, pausedSince) {
  isOver = false;
  left.dateTime = ends;
  if (pausedSince) left.dataset.paused = pausedSince;
  else delete left.dataset.paused;
  left.hidden = false;
  left.nextElementSibling.textContent = pausedSince ? words.paused : words.left;
  show(); // the words and the time are of the same moment
}

async function ask() {
  try {
    const answer = await fetch(left.dataset.statusUrl, { headers: { Accept: 'application/json' } });
    if (answer.status >= 500 || answer.redirected) return;
    const { state, ends_at: ends, paused_since: pausedSince } = answer.ok ? await answer.json() : {};
    if (!LIVE.includes(state)) over();
    else if (ends && (pausedSince || new Date(ends) > serverTime())) runs(ends, pausedSince);
  } catch { /* no connection: the next visit of this page asks again */ }
}

function show() {
  const seconds = secondsLeft();
  const [amount, unit] = seconds > 120 ? [Math.ceil(seconds / 60), 'minute'] : [seconds, 'second']; // as on the lab page
  const text = new Intl.NumberFormat(document.documentElement.lang, { style: 'unit', unit }).format(amount);
  if (left.textContent !== text) left.textContent = text;
  const near = seconds <= TEN_MINUTES;
  if (near && wasNear === false) bar.querySelector('[role=status]').textContent = words.ten;
  wasNear = near;
  return seconds;
}

function tick() {
  if (!isOver && !show()) {
    over();
    ask(); // it may have been extended elsewhere
  }
}

if (left) {
  learnTime(left, pageCame());
  setInterval(tick, 1000);
  document.addEventListener('visibilitychange', () => { if (!document.hidden && !isOver) ask(); });
  document.addEventListener('vaka:seat', ask); // the room was paused, or goes on
  tick();
}
