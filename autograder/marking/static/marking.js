// Marking one question: keys and buttons change a mark, every change is saved at once.
import { AGAIN, ask, Saver, WAIT } from "./saving.js";

const main = document.querySelector("main");
const { question, base } = main.dataset;
const most = Number(main.dataset.most);
const api = `${base}/mark/api`;
const panel = document.getElementById("panel");
const list = document.getElementById("answers");
const byId = (id) => document.getElementById(id);
const does = (name) => panel.querySelector(`[data-does="${name}"]`);
const lines = [...document.querySelectorAll("[data-line]")];
const LETTERS = ["q", "w", "e", "r", "z", "y"];
const undoKey = `undo:${location.pathname}`;

let answers = [];
let current = 0;
let together = false;
let undoable = JSON.parse(sessionStorage.getItem(undoKey) || "[]");

const saver = new Saver(api, main.dataset.desk, {
  saved: (answer) => { show(answer); say("Saved."); },
  failed: (answer, message) => { show(answer); say(message); },
  conflict: (answer) => { show(answer); },
});

// ---- what is shown

const number = (value) => String(Math.round(value * 100) / 100);
const say = (text) => { byId("said").textContent = text; };
const waits = (answer) => answer.outdated || (answer.mark.points === null && answer.auto === null);

function stateOf(answer) {
  if (answer.conflict) return "⚠ changed by somebody else";
  if (answer.failed) return "⚠ not saved";
  const flag = answer.mark.flag ? "⚑ " : "";
  const extra = answer.extra ? ` + ${number(answer.extra)} extra` : "";
  if (answer.outdated) return `${flag}… changed since it was marked (${number(answer.mark.points)})`;
  if (answer.mark.points !== null) {
    return `${flag}✓ ${number(answer.mark.points)} of ${number(most)}${extra}${answer.oldScheme ? " ↻ by an older scheme" : ""}`;
  }
  return answer.auto !== null ? `${flag}○ left as given: ${number(answer.auto)}` : `${flag}○ not marked`;
}

function groupSaid(answer) {
  const others = answers.filter((each) => each.group === answer.group).length - 1;
  if (answer.kind === "blank") return " · blank";
  if (!others) return "";
  return ` · ${answer.kind === "identical" ? "identical to" : "nearly identical to"} ${others} other${others > 1 ? "s" : ""}`;
}

function show(answer) {
  const title = `Answer ${answer.number}${answer.name ? `, ${answer.name}` : ""}${groupSaid(answer)}`;
  answer.card.querySelector("h2").textContent = title;
  answer.card.querySelector(".state").textContent = stateOf(answer);
  answer.card.setAttribute("aria-label", `${title}, ${stateOf(answer)}`);
  if (answers[current] === answer) showPanel();
}

function showPanel() {
  const answer = answers[current];
  const { mark } = answer;
  byId("which").textContent = `Answer ${answer.number} of ${answers.length}: ${stateOf(answer)}`;
  const when = answer.at ? new Date(answer.at * 1000).toLocaleString() : "";
  byId("who").textContent = answer.marker ? `${answer.marker}, ${when}` : "";
  for (const button of lines) button.setAttribute("aria-pressed", mark.given.includes(button.dataset.line));
  const points = byId("points");
  if (document.activeElement !== points) points.value = mark.points === null ? "" : number(mark.points);
  const comment = byId("comment");
  if (document.activeElement !== comment || comment.dataset.of !== answer.id) comment.value = mark.own;
  comment.dataset.of = answer.id;
  does("flag").setAttribute("aria-pressed", mark.flag);
  does("together").hidden = members(answer).length < 2 || answer.kind === "blank";
  does("together").setAttribute("aria-pressed", together);
  const blank = blanks();
  does("blank").hidden = !blank.length;
  does("blank").innerHTML = `0 for ${blank.length} blank <kbd>b</kbd>`;
  byId("conflict").hidden = !answer.conflict;
  if (answer.conflict) {
    const { marker, points: theirs, own } = answer.conflict;
    const gave = theirs === null ? "took the points away" : `gave ${number(theirs)} points`;
    byId("conflict").querySelector("p").textContent =
      `${marker || "Somebody"} ${gave}${own ? `, “${own}”` : ""} after you opened this answer, or the answer itself changed. Yours is not saved yet.`;
  }
  showProgress();
}

function showProgress() {
  const left = answers.filter(waits).length;
  const counts = new Map();
  for (const { mark, auto } of answers) {
    const points = mark.points ?? auto;
    if (points !== null) counts.set(points, (counts.get(points) || 0) + 1);
  }
  const spread = [...counts].sort((a, b) => a[0] - b[0]).map(([p, n]) => `${number(p)}: ${n}`).join(", ");
  const flagged = answers.filter(({ mark }) => mark.flag).length;
  const minutes = main.dataset.minutes ? `, ${main.dataset.minutes} min each` : "";
  byId("progress").textContent =
    `${left} of ${answers.length} left${minutes}${flagged ? `, ⚑ ${flagged}` : ""}. Points: answers – ${spread || "none yet"}.`;
}

function showComments(comments) {
  const box = byId("comments");
  box.replaceChildren(...comments.slice(0, LETTERS.length).map((comment, place) => {
    const button = document.createElement("button");
    const key = document.createElement("kbd");
    key.textContent = LETTERS[place];
    button.type = "button";
    button.title = comment;
    button.dataset.comment = comment;
    button.setAttribute("aria-keyshortcuts", LETTERS[place]);
    button.append(key, ` ${comment}`);
    return button;
  }));
}

async function fill(answer) {
  if (answer.filled) return answer.filled;
  answer.filled = ask(`${api}/answer/${answer.id}`).then(async (reply) => {
    const body = answer.card.querySelector(".answer");
    const told = await reply.json();
    if (!reply.ok) { body.textContent = told.message; return; }
    body.innerHTML = told.html; // made safe by the server
    if (told.version !== answer.version && !saver.busy(answer)) await refresh();
  }).catch(() => { answer.filled = null; });
  return answer.filled;
}

function goTo(place, focus = true) {
  if (!answers.length) return;
  answers[current].card.removeAttribute("aria-current");
  current = Math.max(0, Math.min(place, answers.length - 1));
  const answer = answers[current];
  answer.card.setAttribute("aria-current", "true");
  if (focus) {
    answer.card.focus({ preventScroll: true });
    answer.card.scrollIntoView({ block: "start" });
  }
  history.replaceState(null, "", `#${answer.id}`);
  together = false;
  showPanel();
  fill(answer).then(() => [1, 2].forEach((n) => answers[current + n] && fill(answers[current + n])));
}

function nextToMark() {
  for (let step = 1; step <= answers.length; step += 1) {
    const place = (current + step) % answers.length;
    if (waits(answers[place])) { goTo(place); return; }
  }
  say("Every answer to this question is marked. ] goes to the next question.");
}

// ---- what is changed

const members = (answer) => answers.filter((each) => each.group === answer.group);
const blanks = () => answers.filter((each) => each.kind === "blank" && each.auto === null && waits(each));

function change(make, targets = null) {
  const answer = answers[current];
  const chosen = targets || (together
    ? members(answer).filter((each) => each === answer || waits(each) || same(each, answer)) : [answer]);
  const before = chosen.map((each) => ({ id: each.id, mark: structuredClone(each.mark) }));
  const first = structuredClone(answer.mark);
  make(first);
  for (const each of chosen) {
    if (targets) make(each.mark);
    else each.mark = structuredClone(first);
    each.outdated = false;
    saver.save(each);
    show(each);
  }
  undoable = [...undoable, before].slice(-50);
  sessionStorage.setItem(undoKey, JSON.stringify(undoable));
  if (chosen.length > 1) say(`Given to ${chosen.length} answers.`);
}

const same = (one, other) => JSON.stringify(one.mark) === JSON.stringify(other.mark);
const within = (points) => Math.max(0, Math.min(most, Math.round(points * 100) / 100));

function give(button) {
  change((mark) => {
    const { line } = button.dataset;
    const taken = mark.given.includes(line);
    mark.given = taken ? mark.given.filter((each) => each !== line) : [...mark.given, line];
    const points = Number(button.dataset.points) * (taken ? -1 : 1);
    mark.points = within((mark.points ?? 0) + points);
  });
}

function allBut(button) {
  change((mark) => {
    mark.given = lines.filter((each) => each !== button).map((each) => each.dataset.line);
    mark.points = within(most - Number(button.dataset.points));
  });
}

function setPoints(points) {
  change((mark) => { mark.points = points === null ? null : within(points); });
}

function decide(points) {
  change((mark) => { mark.points = points; mark.given = []; });
  nextToMark();
}

const actions = {
  full: () => decide(most),
  zero: () => decide(0),
  flag: () => change((mark) => { mark.flag = !mark.flag; }),
  next: nextToMark,
  previous: () => goTo(current - 1),
  following: () => goTo(current + 1),
  undo() {
    const last = undoable.pop();
    sessionStorage.setItem(undoKey, JSON.stringify(undoable));
    if (!last) { say("Nothing to undo."); return; }
    for (const { id, mark } of last) {
      const answer = answers.find((each) => each.id === id);
      if (answer) { answer.mark = mark; saver.save(answer); show(answer); }
    }
    goTo(answers.findIndex((each) => each.id === last[0].id));
    say("Undone.");
  },
  together() {
    if (members(answers[current]).length < 2) return;
    together = !together;
    showPanel();
    say(together ? "What you give now goes to every answer of the group that is not marked." : "Only this answer.");
  },
  blank() {
    const blank = blanks();
    if (blank.length) change((mark) => { mark.points = 0; mark.given = []; }, blank);
    nextToMark();
  },
  theirs: () => { const answer = answers[current]; if (answer.conflict) saver.keepTheirs(answer); show(answer); },
  ours: () => { const answer = answers[current]; if (answer.conflict) saver.keepOurs(answer); show(answer); },
  help() { const box = byId("help"); if (box.open) box.close(); else box.showModal(); },
};

function useComment(place) {
  const button = byId("comments").children[place];
  if (!button) return;
  change((mark) => { mark.own = [mark.own.trim(), button.dataset.comment].filter(Boolean).join("\n"); });
}

// ---- keys, buttons and fields

const KEYS = {
  f: actions.full, 0: actions.zero, x: actions.flag, n: actions.next, Enter: actions.next,
  j: actions.following, k: actions.previous, u: actions.undo, g: actions.together, b: actions.blank,
  t: actions.theirs, m: actions.ours, "?": actions.help,
  p: () => { byId("points").focus(); byId("points").select(); },
  c: () => byId("comment").focus(),
  "+": () => setPoints((answers[current].mark.points ?? 0) + 0.5),
  "-": () => setPoints((answers[current].mark.points ?? 0) - 0.5),
  h: () => { location.href = `${base}/mark`; },
  "[": () => leave(main.dataset.before),
  "]": () => leave(main.dataset.after),
};

function leave(name) {
  if (name) location.href = `${base}/mark/question/${encodeURIComponent(name)}`;
}

document.addEventListener("keydown", (event) => {
  if (!answers.length || event.altKey || event.metaKey) return;
  const field = event.target.closest("input, textarea");
  if (field) {
    if (event.key === "Escape" || (event.key === "Enter" && (field.id === "points" || event.ctrlKey))) {
      event.preventDefault();
      field.blur();
      answers[current].card.focus({ preventScroll: true });
      if (event.ctrlKey) nextToMark();
    }
    return;
  }
  if (event.ctrlKey || !byId("keys").checked || byId("help").open) return;
  if (event.key === "Enter" && event.target.closest("button, a, summary")) return;
  const digit = /^(Digit|Numpad)([1-9])$/.exec(event.code);
  const button = digit && lines[Number(digit[2]) - 1];
  const letter = LETTERS.indexOf(event.key);
  if (digit) {
    if (button) (event.shiftKey ? allBut : give)(button);
  } else if (letter >= 0) {
    useComment(letter);
  } else if (KEYS[event.key]) {
    KEYS[event.key]();
  } else {
    return;
  }
  event.preventDefault();
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  const card = event.target.closest("article");
  if (card) {
    const place = answers.findIndex((each) => each.card === card);
    if (place !== current) goTo(place, false);
  } else if (button?.dataset.line) {
    give(button);
  } else if (button?.dataset.comment) {
    useComment([...byId("comments").children].indexOf(button));
  } else if (button?.dataset.does) {
    actions[button.dataset.does]();
  }
});

byId("points").addEventListener("change", (event) => {
  const text = event.target.value.trim();
  const points = text === "" ? null : Number(text);
  if (Number.isNaN(points) || points < 0 || points > most) {
    say(`Points are a number from 0 to ${number(most)}.`);
    showPanel();
  } else if (points !== answers[current].mark.points) {
    setPoints(points);
  }
});

let typing = null;
byId("comment").addEventListener("focus", () => { typing = structuredClone(answers[current].mark); });
byId("comment").addEventListener("input", (event) => {
  const answer = answers[current];
  answer.mark.own = event.target.value;
  saver.later(answer);
});
byId("comment").addEventListener("blur", () => {
  const answer = answers.find((each) => each.id === byId("comment").dataset.of);
  if (typing && answer && typing.own !== answer.mark.own) {
    undoable.push([{ id: answer.id, mark: typing }]);
    sessionStorage.setItem(undoKey, JSON.stringify(undoable));
    saver.now(answer);
  }
  typing = null;
});

// ---- what the server says

async function refresh() {
  const reply = await ask(`${api}/state/${encodeURIComponent(question)}`).catch(() => null);
  if (!reply?.ok) return;
  const told = await reply.json();
  main.dataset.minutes = told.progress.minutes === null ? "" : number(told.progress.minutes);
  for (const row of told.marks) {
    const answer = answers.find((each) => each.id === row.id);
    if (answer && answer.version !== row.version && !saver.busy(answer)) {
      const mine = answer.marker;
      saver.take(answer, row);
      if (row.marker !== mine && answers[current] === answer) say(`Changed by ${row.marker || "somebody"}.`);
      show(answer);
      if (answer.filled) { answer.filled = null; fill(answer); } // the text may be another one, too
    }
  }
  showComments(told.comments);
  showProgress();
}

// A large class may take a while at first, so this request is waited for; the page says how it stands.
async function askForAnswers() {
  const note = list.firstElementChild;
  for (;;) {
    const late = setTimeout(() => {
      note.textContent = "The server has not answered yet. If autograder mark has stopped, start it again.";
    }, WAIT);
    const reply = await fetch(`${api}/answers/${encodeURIComponent(question)}`).catch(() => null);
    clearTimeout(late);
    if (reply) return reply;
    note.textContent = "The server does not answer. It is asked again every few seconds.";
    await new Promise((done) => setTimeout(done, AGAIN));
  }
}

async function start() {
  const reply = await askForAnswers();
  const told = await reply.json();
  list.replaceChildren();
  list.setAttribute("aria-busy", "false");
  if (!reply.ok) { list.textContent = told.message; return; }
  const near = new IntersectionObserver((seen) => {
    for (const each of seen) {
      if (each.isIntersecting) fill(answers.find((answer) => answer.card === each.target));
    }
  }, { rootMargin: "800px" });
  answers = told.answers.map((row) => {
    const card = byId("card").content.firstElementChild.cloneNode(true);
    card.id = row.id;
    list.append(card);
    near.observe(card);
    const answer = { ...row, card };
    saver.take(answer, row);
    return answer;
  });
  if (!answers.length) { list.textContent = "There is no answer here to mark."; return; }
  main.dataset.minutes = told.progress.minutes === null ? "" : number(told.progress.minutes);
  answers.forEach(show);
  showComments(told.comments);
  saver.resume(answers);
  const asked = answers.findIndex((each) => each.id === location.hash.slice(1));
  const first = answers.findIndex(waits);
  goTo(asked >= 0 ? asked : Math.max(0, first));
  setInterval(() => { if (!document.hidden) refresh(); }, 4000);
  main.dataset.ready = "true";
}

start();
