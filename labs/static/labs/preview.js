// The preview of a lab follows its files: when the stamp changes, the page is fetched again and put in place of the old one.
const EVERY = 1000; // milliseconds

const shown = () => document.getElementById("preview");

async function follow() {
  try {
    const stamp = await (await fetch("/stamp")).text();
    if (stamp !== shown().dataset.stamp) {
      const page = await (await fetch("/")).text();
      const made = new DOMParser().parseFromString(page, "text/html");
      for (const opened of document.querySelectorAll("details[id][open]")) {
        made.getElementById(opened.id)?.setAttribute("open", "");
      }
      document.title = made.title;
      shown().replaceWith(made.getElementById("preview"));
    }
  } catch {
    // The server was stopped, or is about to answer: try again
  }
  setTimeout(follow, EVERY);
}

setTimeout(follow, EVERY);
