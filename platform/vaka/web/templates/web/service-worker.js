// Shows one page while the server does not answer, also to a form that is sent. It also keeps lessons for the person who is signed in:
// the pages of /kept/, which have no name on them. They are deleted as soon as a page belongs to another session or to nobody, when the
// person signs out, and when the session ends.
const CACHE_NAME = "{{ version|escapejs }}";
const PAGE = "{{ page|escapejs }}";
const FILES = JSON.parse("{{ files|escapejs }}");

const KEPT = "kept"; // the cache of these pages
const LIST = "/kept/"; // what is to be kept; in the cache, what is
const EVERY = 60_000; // ms between two readings of the list
const MOST = 20_000_000; // bytes

self.addEventListener("install", (event) => {
  const fillCache = async () => {
    const cache = await caches.open(CACHE_NAME);
    await cache.addAll([PAGE, ...FILES].map((path) => new Request(path, { credentials: "omit", cache: "no-cache" })));
    await self.skipWaiting();
  };
  event.waitUntil(fillCache());
});

self.addEventListener("activate", (event) => {
  const takeOver = async () => {
    const names = await caches.keys();
    await Promise.all(names.filter((name) => name !== CACHE_NAME && name !== KEPT).map((name) => caches.delete(name)));
    await self.registration.navigationPreload?.enable();
    await self.clients.claim();
  };
  event.waitUntil(takeOver());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  // Back to the answer to a form, which only a cache could give, and none has it. The browser then asks whether to send the form again
  if (request.cache === "only-if-cached") return;
  if (request.mode === "navigate") event.respondWith(navigate(event));
  else if (request.method === "GET" && FILES.includes(new URL(request.url).pathname)) event.respondWith(fromCache(request));
});

self.addEventListener("message", (event) => {
  if (event.data === "forget") event.waitUntil(forget());
  if (event.data === "keep" || event.data === "keep now") event.waitUntil(keep(event.data === "keep now"));
});

async function navigate(event) {
  try {
    const answer = (await event.preloadResponse) ?? (await fetch(event.request));
    event.waitUntil(forgetOthers(answer.headers.get("Vaka-Reader")));
    return answer;
  } catch {
    const kept = event.request.method === "GET" && (await keptPage(new URL(event.request.url).pathname));
    return kept || ((await caches.match(PAGE)) ?? Response.error());
  }
}

async function fromCache(request) {
  return (await caches.match(request.url)) ?? fetch(request);
}

// -- lessons for reading without a connection

async function keptList() {
  if (!(await caches.has(KEPT))) return null;
  const list = await (await (await caches.open(KEPT)).match(LIST))?.json();
  if (!list || Date.now() < list.until) return list;
  await forget(); // the session has ended
  return null;
}

// Only what the list names is a page. The list itself is in the same cache, at the address that belongs to the start page.
async function keptPage(path) {
  const kept = `/kept${path}`;
  const list = await keptList();
  return list?.pages.some((page) => page.path === kept) ? (await caches.open(KEPT)).match(kept) : undefined;
}

const forget = () => caches.delete(KEPT);

async function forgetOthers(reader) {
  const list = await keptList();
  if (list && reader !== null && list.reader !== reader) await forget();
}

let isKeeping = false;

async function keep(isUrgent) {
  const had = await keptList();
  if (isKeeping || (!isUrgent && had && Date.now() - had.at < EVERY)) return;
  isKeeping = true;
  try {
    const answer = await fetch(LIST, { cache: "no-store" });
    if (answer.ok) await bring(await answer.json(), had);
  } catch { /* no connection: another time */ } finally {
    isKeeping = false;
  }
}

// Without the header Vary, by which the cache would find a page only for a request with the same cookies and languages.
async function readable(answer) {
  const headers = new Headers(answer.headers);
  headers.delete("Vary");
  headers.delete("Content-Encoding");
  return new Response(await answer.blob(), { headers });
}

// Fetches the pages that are new or have changed, and deletes the others. What was brought before the connection broke is kept.
async function bring(wanted, had) {
  if (had?.reader !== wanted.reader) await forget();
  if (!wanted.pages.length) { await forget(); return; }
  const cache = await caches.open(KEPT);
  const before = new Map(had?.reader === wanted.reader ? had.pages.map(({ path, digest }) => [path, digest]) : []);
  const pages = [];
  const note = () => cache.put(LIST, Response.json({ ...wanted, pages, at: Date.now() }));
  await note(); // before the first page, so that it is always known whose they are
  let size = 0;
  for (const page of wanted.pages) {
    let kept = before.get(page.path) === page.digest && (await cache.match(page.path));
    if (!kept) {
      const answer = await fetch(page.path, { cache: "no-store", priority: "low" });
      if (answer.headers.get("Vaka-Reader") !== wanted.reader) return; // somebody has signed out meanwhile
      if (!answer.ok) continue;
      kept = await readable(answer);
      await cache.put(page.path, kept.clone());
    }
    size += (await kept.arrayBuffer()).byteLength;
    if (size > MOST) { await cache.delete(page.path); break; }
    pages.push(page);
    await note();
  }
  const paths = new Set([LIST, ...pages.map(({ path }) => path)]);
  for (const { url } of await cache.keys()) if (!paths.has(new URL(url).pathname)) await cache.delete(url);
}
