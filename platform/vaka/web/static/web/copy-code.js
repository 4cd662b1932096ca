// Adds a button to each block of code that copies it. Of a screen with prompts it copies the commands: nobody types the answers.

const LASTS = 2000; // ms for which the button says that it has copied

// Returns what is typed on a screen: the rest of each line that begins with a prompt, which is its <b>.
function commandsOn(pre) {
  let lines = '';
  let isTyped = false;
  for (const node of pre.childNodes) {
    if (node.nodeName === 'B') { isTyped = true; continue; }
    const end = node.textContent.indexOf('\n');
    if (isTyped) lines += end < 0 ? node.textContent : node.textContent.slice(0, end + 1);
    if (end >= 0) isTyped = false;
  }
  return lines.split('\n').filter(Boolean);
}

// The word of a button: copy, or command or commands for a screen with prompts.
const wordFor = (count) => (count ? (count > 1 ? 'commands' : 'command') : 'copy');

export function addButtons(root = document) {
  const words = document.getElementById('copy-words').dataset;
  for (const pre of root.querySelectorAll('.prose pre:not(.screen), .prose pre.screen[data-typed]')) {
    const row = document.createElement('p');
    row.className = 'cmd noprint';
    const button = document.createElement('button');
    const word = wordFor(pre.matches('.screen') ? commandsOn(pre).length : 0);
    Object.assign(button, { type: 'button', className: 'btn', textContent: words[word] });
    button.dataset.copy = word;
    row.append(button);
    pre.after(row);
  }
}

// Without HTTPS a page has no navigator.clipboard. Then the text is copied from a field in which it is selected.
async function write(text, button) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const field = document.createElement('textarea');
    field.className = 'vh';
    field.value = text;
    button.after(field);
    field.select();
    document.execCommand('copy');
    field.remove();
    button.focus();
  }
}

// Copies the block above the button's row, or its commands, and says so for a moment.
export async function copy(button) {
  const pre = button.closest('.cmd').previousElementSibling;
  const word = button.dataset.copy || 'copy'; // the buttons of the lab page name no word
  await write(word === 'copy' ? pre.textContent.replace(/\n$/, '') : commandsOn(pre).join('\n'), button);
  const words = document.getElementById('copy-words').dataset;
  button.textContent = words.copied;
  setTimeout(() => { button.textContent = words[word]; }, LASTS);
}

// The lab page has buttons of its own, which it adds each time that it changes.
if (!document.getElementById('panel')) {
  addButtons();
  document.addEventListener('click', ({ target }) => {
    const button = target.closest('button[data-copy]');
    if (button) copy(button);
  });
}
