// Save marks one after the other; what is not saved yet survives a reload and a lost connection.
//
// Each write has a name, which the server keeps with the mark. A write tells which ones were sent
// before it without a reply: only what one of these left may be written over unseen.
const PAUSE = 500; // ms without typing before a comment is sent
export const AGAIN = 3000; // ms until a failed one is sent again
export const WAIT = 30_000; // ms; a gradebook in SQLite that somebody writes to is waited for by the server for 5 s

// What only the server changes. text: changes with the student's answer.
const SERVERS = ["auto", "extra", "outdated", "marker", "at", "oldScheme", "version", "write", "text"];

const plain = ({ points, given, own, flag }) => JSON.stringify([points, given, own, flag]);
const cookie = (name) => document.cookie.match(`(?:^|; )${name}=([^;]*)`)?.[1];

// fetch(), but a request that nothing answers fails: a lost network does not close a connection.
export function ask(address, options = {}) {
  const patience = new AbortController();
  setTimeout(() => patience.abort(), WAIT);
  return fetch(address, { ...options, signal: patience.signal });
}

export class Saver {
  // desk: whose page this is. told: saved(answer), failed(answer, sentence), conflict(answer)
  constructor(api, desk, told) {
    this.api = api;
    this.desk = desk;
    this.told = told;
    this.key = (answer) => `mark:${desk}:${location.pathname}:${answer.id}`;
    this.timers = new Map();
    addEventListener("pagehide", () => this.flush());
  }

  // The mark as the server has it.
  take(answer, row) {
    answer.mark = { points: row.points, given: [...row.given], own: row.own, flag: row.flag };
    for (const name of SERVERS) answer[name] = row[name];
    answer.sent = [];
    answer.conflict = null;
    answer.failed = null;
  }

  busy(answer) {
    return Boolean(answer.sending || answer.unsent || answer.conflict || this.timers.has(answer.id));
  }

  // Keep it in this browser now, send it when the typing stops.
  later(answer) {
    this.keep(answer);
    clearTimeout(this.timers.get(answer.id));
    this.timers.set(answer.id, setTimeout(() => this.now(answer), PAUSE));
  }

  now(answer) {
    clearTimeout(this.timers.get(answer.id));
    this.timers.delete(answer.id);
    return this.save(answer);
  }

  keep(answer) {
    const { mark, version, sent, text } = answer;
    localStorage.setItem(this.key(answer), JSON.stringify({ mark, version, sent, text }));
  }

  save(answer) {
    answer.write = crypto.randomUUID();
    return this.deliver(answer);
  }

  async deliver(answer) {
    this.keep(answer);
    answer.unsent = true;
    if (answer.sending || answer.conflict) return;
    answer.sending = true;
    while (answer.unsent && !answer.conflict) {
      answer.unsent = false;
      if (!(await this.send(answer))) break;
    }
    answer.sending = false;
  }

  async send(answer) {
    const given = plain(answer.mark);
    const reply = await this.put(answer).catch(() => null);
    const told = reply ? await reply.json().catch(() => ({})) : {};
    if (reply?.ok) return this.arrived(answer, told);
    if (reply?.status === 409 && told.now.text === answer.text && plain(told.now) === given) {
      return this.arrived(answer, told.now); // somebody else gave the same
    }
    if (reply?.status === 409) {
      answer.conflict = told.now;
      this.told.conflict(answer);
    } else if (reply && reply.status >= 400 && reply.status < 500) {
      answer.failed = told.message || "open the address that autograder mark printed again.";
      this.told.failed(answer, `Not saved: ${answer.failed}`);
    } else {
      answer.unsent = true;
      this.told.failed(answer, told.message || "Not saved: the server does not answer. It is kept here and sent again.");
      setTimeout(() => answer.unsent && this.deliver(answer), AGAIN);
    }
    return false;
  }

  // row: the mark as it is on the server, which is what was sent.
  arrived(answer, row) {
    answer.version = row.version;
    answer.sent = [];
    answer.failed = null;
    if (!answer.unsent && !this.timers.has(answer.id)) {
      localStorage.removeItem(this.key(answer));
      for (const name of SERVERS) answer[name] = row[name];
    } else {
      this.keep(answer);
    }
    this.told.saved(answer);
    return true;
  }

  put(answer, keepalive = false) {
    if (!answer.sent.includes(answer.write)) answer.sent.push(answer.write);
    this.keep(answer);
    const { mark, version, write, sent, text } = answer;
    return ask(`${this.api}/answer/${answer.id}`, {
      method: "PUT",
      keepalive,
      headers: { "Content-Type": "application/json", "X-XSRFToken": cookie("_xsrf") || "" },
      body: JSON.stringify({ ...mark, version, write, sent, text, desk: this.desk }),
    });
  }

  // What has not been sent yet, on leaving the page.
  flush() {
    for (const answer of this.all || []) {
      if ((this.timers.has(answer.id) || answer.unsent) && !answer.conflict) {
        answer.write = crypto.randomUUID();
        this.put(answer, true).then((reply) => reply.ok && localStorage.removeItem(this.key(answer))).catch(() => {});
      }
    }
  }

  // Send what an earlier visit could not.
  resume(answers) {
    this.all = answers;
    for (const answer of answers) {
      const kept = JSON.parse(localStorage.getItem(this.key(answer)) || "null");
      if (!kept) continue;
      if (plain(kept.mark) === plain(answer.mark)) {
        localStorage.removeItem(this.key(answer)); // it arrived after all
      } else {
        const { mark, version, sent, text } = kept;
        Object.assign(answer, { mark, version, sent, text });
        this.save(answer);
      }
    }
  }

  keepTheirs(answer) {
    localStorage.removeItem(this.key(answer));
    answer.unsent = false;
    this.take(answer, answer.conflict);
  }

  keepOurs(answer) {
    answer.version = answer.conflict.version;
    answer.text = answer.conflict.text;
    answer.sent = [];
    answer.conflict = null;
    this.save(answer);
  }
}
