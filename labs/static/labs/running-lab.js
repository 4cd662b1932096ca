// Counts down the learner's lab in the header. Counting needs no request: the site is asked once when the time is up, and once
// when the reader comes back to this page, because the lab may have been extended or stopped elsewhere.

const bar = document.getElementById('running-lab');
const left = bar?.querySelector('time');
const words = bar?.querySelector('[data-over]').dataset;
const LIVE = ['requested', 'starting', 'ready'];
const TEN_MINUTES = 600; // s
let wasNear;
let isOver = false;

const secondsLeft = () => Math.max(0, Math.round((new Date(left.dateTime) - Date.now()) / 1000));

function over() {
  isOver = true;
  left.nextElementSibling.textContent = words.over;
  left.hidden = true;
}

function runs(ends) {
  isOver = false;
  left.dateTime = ends;
  left.hidden = false;
  left.nextElementSibling.textContent = words.left;
}

async function ask() {
  try {
    const answer = await fetch(left.dataset.statusUrl, { headers: { Accept: 'application/json' } });
    if (answer.status >= 500 || answer.redirected) return;
    const { state, ends_at: ends } = answer.ok ? await answer.json() : {};
    if (!LIVE.includes(state)) over();
    else if (ends && new Date(ends) > Date.now()) runs(ends);
  } catch { /* no connection: the next visit of this page asks again */ }
}

function tick() {
  if (isOver) return;
  const seconds = secondsLeft();
  const [amount, unit] = seconds > 120 ? [Math.ceil(seconds / 60), 'minute'] : [seconds, 'second']; // as on the lab page
  const text = new Intl.NumberFormat(document.documentElement.lang, { style: 'unit', unit }).format(amount);
  if (left.textContent !== text) left.textContent = text;
  const near = seconds <= TEN_MINUTES;
  if (near && wasNear === false) bar.querySelector('[role=status]').textContent = words.ten;
  wasNear = near;
  if (!seconds) {
    over();
    ask(); // it may have been extended elsewhere
  }
}

if (left) {
  setInterval(tick, 1000);
  document.addEventListener('visibilitychange', () => { if (!document.hidden && !isOver) ask(); });
  tick();
}
