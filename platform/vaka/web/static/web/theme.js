// Changes the colours without loading the page again: the reader stays where they read, and no terminal is closed.
document.addEventListener('submit', async (event) => {
  const form = event.target.closest('form.theme');
  if (!form || event.defaultPrevented) return;
  event.preventDefault();
  const chosen = event.submitter.value;
  let answer;
  try {
    const { fieldsOf } = await import('web/sending');
    answer = await fetch(form.action, { method: 'POST', body: fieldsOf(form, event.submitter), redirect: 'manual' });
  } catch {
    document.dispatchEvent(new CustomEvent('vaka:unsent'));
    return;
  }
  if (answer.type !== 'opaqueredirect') { // not taken, for example because the reader has signed in meanwhile
    location.reload();
    return;
  }
  if (chosen === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
  for (const button of document.querySelectorAll('form.theme button')) button.setAttribute('aria-pressed', String(button.value === chosen));
});
