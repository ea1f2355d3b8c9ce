// Save marks one after the other; what is not saved yet survives a reload and a lost connection.
const PAUSE = 500; // ms without typing before a comment is sent
const AGAIN = 3000; // ms until a failed one is sent again

const cookie = (name) => document.cookie.match(`(?:^|; )${name}=([^;]*)`)?.[1];

export class Saver {
  // told: saved(answer), failed(answer, sentence), conflict(answer)
  constructor(api, question, told) {
    this.api = api;
    this.told = told;
    this.key = (answer) => `mark:${location.pathname}:${answer.id}`;
    this.timers = new Map();
    addEventListener("pagehide", () => this.flush());
  }

  // The mark as the server has it.
  take(answer, row) {
    answer.mark = { points: row.points, given: [...row.given], own: row.own, flag: row.flag };
    for (const name of ["auto", "outdated", "marker", "at", "oldScheme", "version"]) answer[name] = row[name];
    answer.conflict = null;
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
    const { mark, version, sent = [] } = answer;
    localStorage.setItem(this.key(answer), JSON.stringify({ mark, version, sent }));
  }

  async save(answer) {
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
    const reply = await this.put(answer).catch(() => null);
    const told = reply ? await reply.json().catch(() => ({})) : {};
    if (reply?.ok) {
      answer.version = told.version;
      answer.sent = [];
      if (!answer.unsent && !this.timers.has(answer.id)) {
        localStorage.removeItem(this.key(answer));
        Object.assign(answer, { marker: told.marker, at: told.at, oldScheme: told.oldScheme, outdated: told.outdated });
      } else {
        this.keep(answer);
      }
      this.told.saved(answer);
      return true;
    }
    if (reply?.status === 409 && this.isOurs(answer.sent, told.now)) {
      answer.version = told.now.version;
      answer.unsent = true;
      return true;
    }
    if (reply?.status === 409) {
      answer.conflict = told.now;
      this.told.conflict(answer);
    } else if (reply && reply.status >= 400 && reply.status < 500) {
      this.told.failed(answer, told.message || "Not saved: open the address that autograder mark printed again.");
    } else {
      answer.unsent = true;
      this.told.failed(answer, told.message || "Not saved: the server does not answer. It is kept here and sent again.");
      setTimeout(() => this.save(answer), AGAIN);
    }
    return false;
  }

  // Whether this browser sent that mark without hearing that it arrived, as before a reload.
  isOurs(sent, now) {
    const fields = (mark) => JSON.stringify([mark.points, mark.given, mark.own, mark.flag]);
    return sent.some((mark) => fields(mark) === fields(now));
  }

  put(answer, keepalive = false) {
    answer.sent = [...(answer.sent || []), { ...answer.mark }];
    this.keep(answer);
    return fetch(`${this.api}/answer/${answer.id}`, {
      method: "PUT",
      keepalive,
      headers: { "Content-Type": "application/json", "X-XSRFToken": cookie("_xsrf") || "" },
      body: JSON.stringify({ ...answer.mark, version: answer.version }),
    });
  }

  // What was typed last, on leaving the page.
  flush() {
    for (const answer of this.all || []) {
      if (this.timers.has(answer.id) && !answer.sending) {
        this.put(answer, true).then((reply) => reply.ok && localStorage.removeItem(this.key(answer))).catch(() => {});
      }
    }
  }

  // Send what an earlier visit could not.
  resume(answers) {
    this.all = answers;
    for (const answer of answers) {
      const kept = JSON.parse(localStorage.getItem(this.key(answer)) || "null");
      if (kept && JSON.stringify(kept.mark) === JSON.stringify(answer.mark)) {
        localStorage.removeItem(this.key(answer)); // it arrived after all
      } else if (kept) {
        const { version } = answer;
        const now = { ...answer.mark, marker: answer.marker, at: answer.at, version, auto: answer.auto, outdated: answer.outdated, oldScheme: answer.oldScheme };
        answer.sent = kept.sent || [];
        const ours = kept.version === version || this.isOurs(answer.sent, answer.mark);
        answer.mark = kept.mark;
        if (ours) this.save(answer);
        else answer.conflict = now;
        this.told.conflict(answer);
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
    answer.conflict = null;
    this.save(answer);
  }
}
