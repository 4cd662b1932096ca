// The row of keys below a terminal, for touch screens.

const ARROWS = { up: 'A', down: 'B', right: 'C', left: 'D' };
const ROW = [
  ['Esc', '\x1b', 'escape'], ['Tab', '\t', 'tab'], ['Ctrl', null, 'ctrl'], ['^C', '\x03', 'interrupt'],
  ['←', 'left', 'left'], ['↑', 'up', 'up'], ['↓', 'down', 'down'], ['→', 'right', 'right'],
  ['|', '|', 'pipe'], ['/', '/', 'slash'], [':', ':', 'colon'], ['-', '-', 'dash'], ['?', '?', 'question'],
];

// `screen` has home, label, term, typed(data) and focus(). The key Ctrl becomes its `sticky`: it counts for the next key.
export function keyRow(screen) {
  const { words } = screen.home;
  const row = document.createElement('div');
  row.className = 'shell-keys';
  row.setAttribute('role', 'group');
  row.setAttribute('aria-label', words('keys'));
  for (const [shown, keys, word] of ROW) {
    const button = document.createElement('button');
    Object.assign(button, { type: 'button', textContent: shown });
    button.setAttribute('aria-label', words(`key-${word}`));
    button.addEventListener('pointerdown', (event) => event.preventDefault()); // the terminal keeps the focus, and a phone its keyboard
    if (keys === null) {
      screen.sticky = button;
      button.ariaPressed = 'false';
    }
    button.addEventListener('click', () => press(screen, keys));
    row.append(button);
  }
  return row;
}

function press(screen, keys) {
  const { sticky, term } = screen;
  if (keys === null) sticky.ariaPressed = String(sticky.ariaPressed !== 'true');
  else if (ARROWS[keys]) screen.typed(`\x1b${term?.modes.applicationCursorKeysMode ? 'O' : '['}${ARROWS[keys]}`);
  else screen.typed(keys);
  screen.focus();
}
