// What scripts need that send a form themselves. A sign-in in another tab changes the CSRF token, and this page has the old one in its
// forms: the cookie has the new one, so that what is sent from an older page is taken too.

export function csrfToken() {
  const cookie = document.cookie.split('; ').find((part) => part.startsWith('csrftoken='));
  return cookie?.slice('csrftoken='.length) ?? document.querySelector('input[name=csrfmiddlewaretoken]')?.value ?? '';
}

// Returns the fields of a form, as FormData does, with the present token.
export function fieldsOf(form, submitter) {
  const fields = new FormData(form, submitter);
  if (fields.has('csrfmiddlewaretoken')) fields.set('csrfmiddlewaretoken', csrfToken());
  return fields;
}

// Whether a form was not taken because of its token, or because nobody is signed in.
export const isRefused = (answer) => answer.status === 403 || (answer.redirected && new URL(answer.url).pathname.startsWith('/accounts/'));

// Loads the page again. If the form was refused, web/connection.js says there that it was not sent.
export function reloadAfter(answer) {
  try {
    if (isRefused(answer)) sessionStorage.setItem('vaka:refused', 'yes');
  } catch { /* no storage: the page is loaded again, and says nothing */ }
  location.reload();
}
