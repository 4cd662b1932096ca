// xterm.js writes its colours and sizes into <style> elements, which our content security policy lets in only with the page's
// nonce. So every <style> that is made from now on carries it. The nonce is read from a script of the page: as a property, for
// browsers hide the attribute.
const nonce = document.querySelector('script[nonce]')?.nonce;
const createElement = document.createElement;

document.createElement = function (name, options) {
  const made = createElement.call(document, name, options);
  if (nonce && made instanceof HTMLStyleElement) made.nonce = nonce;
  return made;
};
