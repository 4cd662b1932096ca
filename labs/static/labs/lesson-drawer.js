// The lesson in its drawer beside the lab. panes.js imports this when the drawer is opened first. The questions of a lesson are answered
// on its own page.
import { addButtons } from 'web/copy-code';

export async function showIn(text) {
  if (text.dataset.state) return;
  text.dataset.state = 'fetched';
  try {
    const answer = await fetch(text.dataset.url);
    const lesson = new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('article.prose');
    if (!answer.ok || !lesson) return; // the link stays
    for (const part of lesson.querySelectorAll('#quiz, form, nav, [id]:not([popover])')) {
      if (part.matches('#quiz, form, nav')) part.remove();
      else part.removeAttribute('id'); // the page has ids of its own
    }
    text.append(...lesson.childNodes);
    addButtons(text);
  } catch {
    delete text.dataset.state; // no connection: the next opening tries again
  }
}
