// Offers the browser's time zone, once in each browser to each person whose times are in UTC: several people may share a laptop.
const form = document.getElementById('time-zone');
const KEY = `vaka:time-zone-offered:${form?.dataset.person}`;
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

function wasOffered() {
  try { return localStorage.getItem(KEY) !== null; } catch { return true; }
}

if (form && zone && !['UTC', 'Etc/UTC', 'Etc/GMT', 'GMT'].includes(zone) && !wasOffered()) {
  form.elements.time_zone.value = zone;
  form.querySelector('span').textContent = form.dataset.words.replace('{zone}', zone);
  form.hidden = false;
  form.addEventListener('click', ({ target }) => {
    const button = target.closest('button');
    if (!button) return;
    try { localStorage.setItem(KEY, zone); } catch { /* no storage */ }
    if (button.type === 'button') form.hidden = true;
  });
}
