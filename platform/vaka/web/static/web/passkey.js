// allauth reports a passkey that was refused or not found as an event; say so on the page, in words that are there already.
document.addEventListener('allauth.error', () => {
  const said = document.getElementById('passkey_failed');
  if (said) said.hidden = false;
});
