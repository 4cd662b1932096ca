// Cables and captures beside the drawing: selecting a cable in the drawing selects it in both forms, and running captures count.
// drawing.js fetches this module when one of the drawers is opened first, or a cable is selected.

const find = (id) => document.getElementById(id);

// Fills the form with the current values of the selected cable.
function fillForm() {
  const { up, rate, delay, loss } = find('cable').selectedOptions[0].dataset;
  find('cable-up').checked = Boolean(up);
  for (const [name, value] of Object.entries({ rate, delay, loss })) find(`cable-${name}`).value = value;
}

export function selectCable(number) {
  const select = find('cable');
  const wanted = [...(select?.options ?? [])].find((option) => option.value === number);
  if (!wanted) return;
  wanted.selected = true;
  fillForm();
  const { near } = wanted.dataset;
  const interfaces = find('capture-interface');
  if ([...interfaces.options].some((option) => option.value === near)) interfaces.value = near;
  if (!find('captures').open || find('cables').open) find('cables').open = true;
  select.focus();
}

document.addEventListener('change', ({ target }) => { if (target.id === 'cable') fillForm(); });
// What the reader typed before this module came stays.
if (find('cable') && [...find('cable').form.elements].every((field) => field.type !== 'number' || !field.value)) fillForm();

// The settings of the last capture in this tab, if it was deleted since. Of others the server knows them.
const settings = `vaka:capture:${location.pathname}`;
const captureForm = find('capture-seconds')?.form;
if (captureForm) {
  try {
    const kept = JSON.parse(sessionStorage.getItem(settings) ?? '{}');
    for (const [name, value] of Object.entries(kept)) {
      const field = captureForm.elements[name];
      if (field && (field.nodeName !== 'SELECT' || [...field.options].some((option) => option.value === value))) field.value = value;
    }
  } catch { /* no storage */ }
}
document.addEventListener('submit', ({ target }) => {
  if (!target.elements['capture-seconds']) return;
  const { interface: port, filter, seconds } = target.elements;
  try {
    sessionStorage.setItem(settings, JSON.stringify({ interface: port.value, filter: filter.value, seconds: seconds.value }));
  } catch { /* no storage */ }
});

let asking = false;
async function updateCounts() {
  const running = find('running-captures');
  if (!running || asking || document.hidden) return;
  asking = true;
  try {
    const answer = await fetch(running.dataset.url, { headers: { Accept: 'application/json' } });
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
  } catch { /* no connection; it is tried again in a second */ } finally {
    asking = false;
  }
}
setInterval(updateCounts, 1000);
