// Opens what is folded while the page is printed: nothing can be opened on paper. Style sheets do so with ::details-content, which older
// browsers do not know (Firefox before 143). What stays folded is the same as there (vaka.css, lab.css).
const UNFOLDED = '.prose details, #stages details:not(.hint), #checks, #checks details:not(.hint)';
const FOLDED = '.menu, .noprint, .hint, nav *';

const isForPaper = (part) => part.matches(UNFOLDED) || !(part.matches(FOLDED) || part.querySelector('form'));

if (!CSS.supports('selector(::details-content)')) {
  let opened = [];
  addEventListener('beforeprint', () => {
    opened = [...document.querySelectorAll('details:not([open])')].filter(isForPaper);
    for (const part of opened) part.open = true;
  });
  addEventListener('afterprint', () => {
    for (const part of opened) part.open = false;
  });
}
