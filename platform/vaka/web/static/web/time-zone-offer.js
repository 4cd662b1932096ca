// Offers the browser's time zone to a person whose times are in UTC. The account remembers the answer, so that no page asks again.
import { fieldsOf } from 'web/sending';

// Chromium and Safari report names that the time zone database has replaced. The account gets the present one (vaka.web.time_zones).
const PRESENT_NAMES = {
  'Africa/Asmera': 'Africa/Asmara',
  'America/Buenos_Aires': 'America/Argentina/Buenos_Aires',
  'America/Catamarca': 'America/Argentina/Catamarca',
  'America/Coral_Harbour': 'America/Atikokan',
  'America/Cordoba': 'America/Argentina/Cordoba',
  'America/Godthab': 'America/Nuuk',
  'America/Indianapolis': 'America/Indiana/Indianapolis',
  'America/Jujuy': 'America/Argentina/Jujuy',
  'America/Louisville': 'America/Kentucky/Louisville',
  'America/Mendoza': 'America/Argentina/Mendoza',
  'Asia/Calcutta': 'Asia/Kolkata',
  'Asia/Katmandu': 'Asia/Kathmandu',
  'Asia/Rangoon': 'Asia/Yangon',
  'Asia/Saigon': 'Asia/Ho_Chi_Minh',
  'Atlantic/Faeroe': 'Atlantic/Faroe',
  'Europe/Kiev': 'Europe/Kyiv',
  'Pacific/Enderbury': 'Pacific/Kanton',
  'Pacific/Ponape': 'Pacific/Pohnpei',
  'Pacific/Truk': 'Pacific/Chuuk',
};

const form = document.getElementById('time-zone');
const reported = Intl.DateTimeFormat().resolvedOptions().timeZone;
const zone = PRESENT_NAMES[reported] ?? reported;

if (form && zone && !['UTC', 'Etc/UTC', 'Etc/GMT', 'GMT'].includes(zone)) {
  form.elements.time_zone.value = zone;
  form.querySelector('span').textContent = form.dataset.words.replace('{zone}', zone);
  form.hidden = false;
  form.addEventListener('submit', (event) => {
    if (event.submitter?.name !== 'keep') return;
    event.preventDefault(); // nothing on the page changes
    form.hidden = true;
    fetch(form.action, { method: 'POST', keepalive: true, body: new URLSearchParams(fieldsOf(form, event.submitter)) }).catch(() => {});
  });
}
