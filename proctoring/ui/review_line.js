// What the review desk asks of the server, and what it says: each saying until it is kept.

const ASK_EVERY_MS = 15000;
const SAY_AGAIN_MS = 3000;

class Refusal extends Error {}

class ReviewLine {
  // onList(list), onCase(candidate, askedAt), onProblem(), onRefused()
  constructor(handlers) {
    Object.assign(this, handlers, { candidate: "", problem: "", saying: Promise.resolve(), unsaid: 0, said: 0 });
    this.timer = setInterval(() => this.ask(), ASK_EVERY_MS);
  }

  update({ pass, meeting }) {
    const isNew = this.pass !== pass;
    Object.assign(this, { pass, meeting });
    if (isNew) this.ask();
  }

  ask() {
    this.askList();
    if (this.candidate) this.askCase();
  }

  look(id) {
    this.candidate = id;
    if (id) this.askCase();
  }

  askList() {
    return this.take(`review/meeting/${encodeURIComponent(this.meeting)}`, (list) => this.onList(list));
  }

  askCase() {
    const [id, said] = [this.candidate, this.said];
    return this.take(`review/candidate/${encodeURIComponent(id)}`, (candidate) => {
      // What was asked before something was said is older than the answer to that.
      if (id === this.candidate && said === this.said) this.onCase(candidate);
    });
  }

  async take(path, use) {
    try {
      use(await this.fetch(path));
      this.tell("");
    } catch (error) {
      this.fail(error);
    }
  }

  // One after another, in their order. Gives the problem if it can't be kept, or "".
  say(candidate, saying) {
    this.unsaid += 1;
    const body = JSON.stringify({ id: freshId(), ...saying });
    const kept = this.saying.then(() => this.keep(candidate, body)).finally(() => (this.unsaid -= 1));
    this.saying = kept;
    return kept;
  }

  async keep(candidate, body) {
    for (;;) {
      try {
        const answer = await this.fetch(`review/candidate/${encodeURIComponent(candidate)}`, { method: "POST", body });
        this.said += 1;
        this.tell("");
        if (candidate === this.candidate) this.onCase(answer.candidate);
        this.askList();
        return "";
      } catch (error) {
        if (error instanceof Unkept) return error.message;
        this.fail(error, TEXT.notKept);
        await new Promise((again) => setTimeout(again, SAY_AGAIN_MS));
        if (this.isClosed) return TEXT.notKept;
      }
    }
  }

  async fetch(path, options = {}) {
    const headers = { Authorization: `Bearer ${this.pass}` };
    const response = await fetch(address(path), { ...options, headers });
    if (response.ok) return response.json();
    if (response.status === 404) throw new Refusal();
    const { problem } = await response.json().catch(() => ({}));
    if ([409, 422].includes(response.status)) throw new Unkept(problem);
    throw new Error(problem ?? TEXT.lost);
  }

  fail(error, words = TEXT.lost) {
    if (error instanceof Refusal) this.onRefused();
    else this.tell(error instanceof TypeError ? words : error.message || words);
  }

  tell(problem) {
    if (this.problem === problem) return;
    this.problem = problem;
    this.onProblem();
  }

  close() {
    this.isClosed = true;
    clearInterval(this.timer);
  }
}

// What will not be kept however often it is said.
class Unkept extends Error {}
