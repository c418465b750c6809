// Keeps the overview fresh: asks for the part that changes, and puts in only what did change, so that
// focus, selection and scrolling stay where they are.

const EVERY_MS = 2000;
const state = document.getElementById("state");
const freshness = document.getElementById("freshness");
const title = document.title;
const shown = new Map();
const inZone = new Intl.DateTimeFormat(undefined, {
  year: "numeric",
  month: "short",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  timeZoneName: "short",
});

function inOwnZone(root) {
  for (const time of root.querySelectorAll("time")) {
    time.title = time.textContent;
    time.textContent = inZone.format(new Date(time.dateTime));
  }
}

function countInTitle() {
  const needs = state.querySelector("[data-needs]");
  document.title = needs ? `(${needs.dataset.needs}) ${title}` : title;
}

function replaceChanged(page) {
  for (const section of page.querySelectorAll("section[id]")) {
    const text = section.outerHTML;
    const known = shown.get(section.id) === text;
    shown.set(section.id, text);
    if (!known) {
      inOwnZone(section);
      document.getElementById(section.id).replaceWith(section);
    }
  }
  countInTitle();
}

// A status is read aloud when it changes, so it changes only when there is something to say.
function say(text) {
  if (freshness.textContent !== text) {
    freshness.textContent = text;
  }
}

async function refresh() {
  const answer = await fetch(state.dataset.source, { cache: "no-store" });
  if (answer.status === 401) {
    location.assign("/login");
    return;
  }
  if (!answer.ok) {
    throw new Error(`status ${answer.status}`);
  }
  replaceChanged(new DOMParser().parseFromString(await answer.text(), "text/html"));
  say("");
}

async function keepFresh() {
  if (!document.hidden) {
    try {
      await refresh();
    } catch {
      say("Portico does not answer; what you see may be old.");
    }
  }
  setTimeout(keepFresh, EVERY_MS);
}

for (const section of state.querySelectorAll("section[id]")) {
  shown.set(section.id, section.outerHTML);
}
inOwnZone(state);
countInTitle();
setTimeout(keepFresh, EVERY_MS);
