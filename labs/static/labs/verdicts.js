// Shows each verdict of a check as soon as it is known, while other checks are still being made. Afterwards the panel is fetched again.

const SHAPES = { passed: 'pass', failed: 'fail', waiting: 'wait', unknown: 'unknown' };
const known = new Map(); // outcomes of the job that runs, by check
const say = document.getElementById('say');
const shapes = document.getElementById('verdict-shapes');

const isBusy = () => document.getElementById('busy') !== null;

function mark(check, outcome) {
  const verdict = document.querySelector(`#${CSS.escape(`check-${check}`)} > .v`);
  // Where the learner has not worked, nothing has failed or passed afterwards either, so it does not for a moment
  if (['passed', 'failed'].includes(outcome) && verdict?.closest('[data-untried]')) return;
  const shown = verdict?.querySelector('.st');
  const wanted = shapes.content.querySelector(`.st.${SHAPES[outcome]}`);
  // What has passed stays passed. Whether it is true now is said when all is known
  if (!shown || !wanted || shown.matches('.pass, .assist') || shown.matches(`.${SHAPES[outcome]}`)) return;
  shown.replaceWith(document.importNode(wanted, true));
  verdict.classList.remove('none', ...Object.values(SHAPES));
  verdict.classList.add(SHAPES[outcome]);
}

// One sentence when the stage in which the reader works is complete, not one for each check.
function announce() {
  const rows = [...document.querySelectorAll('#panel .now ul.verdicts > li')].map(({ id }) => id.replace(/^check-/, ''));
  const outcomes = rows.map((check) => known.get(check));
  if (!rows.length || outcomes.includes(undefined)) return false;
  const passed = outcomes.filter((outcome) => outcome === 'passed').length;
  say.textContent = shapes.dataset.words.replace('{passed}', passed).replace('{all}', rows.length);
  return true;
}

let announced = false;
export function show({ check, outcome, done }) {
  if (done === 1) forget();
  if (!check) return; // hidden from the learner
  known.set(check, outcome);
  mark(check, outcome);
  if (!announced) announced = announce();
}

function forget() {
  known.clear();
  announced = false;
}

// The panel was fetched again: while the job runs, its rows are those from before the job.
document.addEventListener('vaka:shown', () => {
  if (isBusy()) for (const [check, outcome] of known) mark(check, outcome);
  else forget();
});
