// Adds a button to each block of code that copies it. What a lab printed (.screen) has none: it has prompts and answers in it.

const LASTS = 2000; // ms for which the button says that it has copied

// Puts the buttons below the blocks inside `root`, into the row of buttons that is there already, if any.
export function addCopyButtons(root) {
  const words = document.getElementById('copy-words')?.dataset;
  for (const pre of words ? root.querySelectorAll('.prose pre:not(.screen), .why pre') : []) {
    let row = pre.nextElementSibling;
    if (!row?.matches('p.cmd')) {
      row = document.createElement('p');
      row.className = 'cmd noprint';
      pre.after(row);
    }
    if (row.querySelector('[data-copy]')) continue;
    const button = document.createElement('button');
    Object.assign(button, { type: 'button', className: 'btn', textContent: words.copy });
    button.dataset.copy = '';
    row.append(' ', button);
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

document.addEventListener('click', async ({ target }) => {
  const button = target.closest('button[data-copy]');
  if (!button) return;
  await write(button.closest('.cmd').previousElementSibling.textContent.replace(/\n$/, ''), button);
  const { copy, copied } = document.getElementById('copy-words').dataset;
  button.textContent = copied;
  setTimeout(() => { button.textContent = copy; }, LASTS);
});

if (!document.getElementById('panel')) addCopyButtons(document); // the lab page adds them itself, each time that it changes
