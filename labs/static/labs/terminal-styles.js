// xterm.js writes its colours and sizes into <style> elements and style attributes. Our content security policy lets the former
// in with the page's nonce only, and the latter not at all. So every <style> that is made from now on carries the nonce, and a
// style attribute that is set on a <span> goes by way of the object model, which the policy trusts as it trusts our scripts.
// The nonce is read from a script of the page: as a property, for browsers hide the attribute.
const nonce = document.querySelector('script[nonce]')?.nonce;
const { createElement } = document;
const { setAttribute } = Element.prototype;

document.createElement = (name, options) => {
  const made = createElement.call(document, name, options);
  if (nonce && made instanceof HTMLStyleElement) made.nonce = nonce;
  return made;
};

HTMLSpanElement.prototype.setAttribute = function (name, value) {
  if (name === 'style') this.style.cssText = value;
  else setAttribute.call(this, name, value);
};
