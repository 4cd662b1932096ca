// Menus: Escape, and a click elsewhere, close the one that is open.

addEventListener('keydown', (event) => {
  const menu = document.querySelector('details.menu[open]');
  if (event.key !== 'Escape' || !menu || document.querySelector('dialog[open]')) return;
  event.stopImmediatePropagation(); // no shell gets it
  menu.open = false;
  menu.querySelector('summary').focus();
}, true);

document.addEventListener('click', ({ target }) => {
  for (const menu of document.querySelectorAll('details.menu[open]')) if (!menu.contains(target)) menu.open = false;
});
