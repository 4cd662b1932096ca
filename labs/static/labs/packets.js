// Cables and captures beside the drawing: a cable that is selected there selects itself in both forms, and what listens counts on.

const find = (id) => document.getElementById(id);

// The form says how the selected cable is now.
function fill() {
  const { up, rate, delay, loss } = find('cable').selectedOptions[0].dataset;
  find('cable-up').checked = Boolean(up);
  for (const [name, value] of Object.entries({ rate, delay, loss })) find(`cable-${name}`).value = value;
}

function choose(number) {
  const select = find('cable');
  const wanted = [...(select?.options ?? [])].find((option) => option.value === number);
  if (!wanted) return;
  wanted.selected = true;
  fill();
  const { near } = wanted.dataset;
  const places = find('capture-interface');
  if ([...places.options].some((option) => option.value === near)) places.value = near;
  if (!find('captures').open || find('cables').open) find('cables').open = true;
  select.focus();
}

document.addEventListener('click', (event) => {
  const line = event.target.closest('[data-cable]');
  if (!line) return;
  event.preventDefault();
  choose(line.dataset.cable);
});
document.addEventListener('change', ({ target }) => { if (target.id === 'cable') fill(); });
if (find('cable')) fill();

let asking = false;
async function count() {
  const listening = find('listening');
  if (!listening || asking || document.hidden) return;
  asking = true;
  try {
    const answer = await fetch(listening.dataset.url, { headers: { Accept: 'application/json' } });
    if (!answer.ok || answer.redirected) return;
    const { captures } = await answer.json();
    for (const { id, packets, size } of captures) {
      const row = find(`capture-${id}`);
      for (const [what, value] of [['packets', packets], ['bytes', size]]) {
        const shown = row?.querySelector(`[data-${what}]`);
        if (shown && shown.textContent !== String(value)) shown.textContent = value;
      }
    }
    if (captures.some(({ id, ended_at: ended }) => ended && find(`capture-${id}`)?.querySelector('[data-packets]'))) {
      document.dispatchEvent(new CustomEvent('vaka:refresh'));
    }
  } catch { /* no line: the next second asks again */ } finally {
    asking = false;
  }
}
setInterval(count, 1000);
