// Adds a button to each block of code that copies it. What a lab printed (.screen) has none: it has prompts and answers in it.

const LASTS = 2000; // ms for which the button says that it has copied

export function addButtons(root = document) {
  for (const pre of root.querySelectorAll('.prose pre:not(.screen)')) {
    const row = document.createElement('p');
    row.className = 'cmd noprint';
    const button = document.createElement('button');
    Object.assign(button, { type: 'button', className: 'btn', textContent: document.getElementById('copy-words').dataset.copy });
    button.dataset.copy = '';
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

// Copies the block above the button's row, and says so for a moment.
export async function copy(button) {
  await write(button.closest('.cmd').previousElementSibling.textContent.replace(/\n$/, ''), button);
  const words = document.getElementById('copy-words').dataset;
  button.textContent = words.copied;
  setTimeout(() => { button.textContent = words.copy; }, LASTS);
}

// The lab page has buttons of its own, which it adds each time that it changes.
if (!document.getElementById('panel')) {
  addButtons();
  document.addEventListener('click', ({ target }) => {
    const button = target.closest('button[data-copy]');
    if (button) copy(button);
  });
}
