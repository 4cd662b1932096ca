// allauth dispatches an event if a passkey was refused or not found. The page already has the message, hidden: show it.
document.addEventListener('allauth.error', () => {
  const message = document.getElementById('passkey_failed');
  if (message) message.hidden = false;
});
