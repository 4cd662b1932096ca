// Opens what is folded while the page is printed: nothing can be opened on paper. Style sheets do so with ::details-content, which older
// browsers do not know (Firefox before 143).
const PARTS = '.prose details, #stages details:not(.hint), #intro, #addresses, #checks, #checks details:not(.hint)';

if (!CSS.supports('selector(::details-content)')) {
  let opened = [];
  addEventListener('beforeprint', () => {
    opened = [...document.querySelectorAll(PARTS)].filter((part) => !part.open);
    for (const part of opened) part.open = true;
  });
  addEventListener('afterprint', () => {
    for (const part of opened) part.open = false;
  });
}
