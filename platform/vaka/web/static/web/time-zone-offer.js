// Offers the browser's time zone to a person whose times are in UTC. The account remembers the answer, so that no page asks again.
const form = document.getElementById('time-zone');
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

if (form && zone && !['UTC', 'Etc/UTC', 'Etc/GMT', 'GMT'].includes(zone)) {
  form.elements.time_zone.value = zone;
  form.querySelector('span').textContent = form.dataset.words.replace('{zone}', zone);
  form.hidden = false;
  form.addEventListener('submit', (event) => {
    if (event.submitter?.name !== 'keep') return;
    event.preventDefault(); // nothing on the page changes
    form.hidden = true;
    fetch(form.action, { method: 'POST', keepalive: true, body: new URLSearchParams(new FormData(form, event.submitter)) }).catch(() => {});
  });
}
