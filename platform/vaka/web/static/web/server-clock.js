// The time of the server, and times of day as the server writes them. A page counts down by the server's time, because the clock of a
// laptop may be wrong by minutes, and a room without Internet does not correct it.
//
// An element with data-now says what time it was on the server when the server wrote it.

const LEAST = 2000; // ms: less is the time that an answer takes, and would make a countdown jump
let ahead = 0; // ms by which the server's clock is ahead of the browser's

// `came`: when the element came, in ms as performance.now() says it.
export function learnTime(element, came = performance.now()) {
  if (!element?.dataset.now) return;
  const found = new Date(element.dataset.now) - (Date.now() - (performance.now() - came));
  if (Math.abs(found - ahead) > LEAST) ahead = found;
}

// When this page came. Its scripts may come seconds later on a slow connection.
export const pageCame = () => performance.getEntriesByType('navigation')[0]?.responseStart || performance.now();

// Returns a time of day, as “14:05”, in the time zone of the account, like all times that the server writes. That of the browser may be another.
export function timeOfDay(date, { seconds = false } = {}) {
  const how = { hour: '2-digit', minute: '2-digit', second: seconds ? '2-digit' : undefined, hourCycle: 'h23' };
  const { lang } = document.documentElement;
  try {
    return new Intl.DateTimeFormat(lang, { ...how, timeZone: document.body.dataset.zone }).format(date);
  } catch {
    return new Intl.DateTimeFormat(lang, how).format(date); // an older browser does not know each zone
  }
}

export const serverTime = () => Date.now() + ahead; // ms since 1970
