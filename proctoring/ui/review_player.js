// Plays what was kept along the time of the session: the picture of that moment, and the sound.

const AROUND_S = 5; // before and after an observation
const SPEEDS = [0.5, 1, 2, 4, 8];
const LONGEST_SOUND_S = 30; // of one whose length is not known yet
const LOOK_S = 2; // that a picture is looked at, where calm is skipped

class Player {
  constructor(desk, find) {
    Object.assign(this, { desk, find, t: 0, speed: 1, isPlaying: false, kept: [], seconds: new Map() });
    this.image = find(".screen img");
    this.wave = find("canvas.wave");
    this.sound = new Audio();
    this.sound.preservesPitch = true;
    this.sound.onended = () => this.leaveSound();
    this.reveal = new Reveal(desk.kept, find(".reveals"));
    this.makeTransport();
  }

  makeTransport() {
    const button = (text, sign, onclick) => {
      const made = element("button", { type: "button", title: text, onclick }, sign);
      made.setAttribute("aria-label", text);
      return made;
    };
    this.toggle = element("button", { type: "button", onclick: () => this.toggles() }, icon("play"), TEXT.play);
    this.toggle.classList.add("primary");
    const speeds = SPEEDS.map((speed) => element("option", { value: speed, selected: speed === 1 }, `${speed}×`));
    this.speeds = element("select", { onchange: () => this.setSpeed(Number(this.speeds.value)) }, ...speeds);
    this.speeds.setAttribute("aria-label", TEXT.speed);
    this.skips = element("input", { type: "checkbox", checked: true });
    this.now = element("output");
    this.find(".transport").append(
      button(TEXT.previous, icon("back"), () => this.desk.items.step(-1)),
      this.toggle,
      button(TEXT.next, icon("on"), () => this.desk.items.step(1)),
      button(TEXT.before, TEXT.beforeSign, () => this.seek(this.from - AROUND_S)),
      button(TEXT.after, TEXT.afterSign, () => this.seek(this.to + AROUND_S)),
      this.speeds,
      element("label", {}, this.skips, TEXT.skip),
      this.now,
    );
  }

  // The observation that is looked at; null where there is none.
  load(item, at) {
    const line = this.desk.timeline;
    this.item = item;
    this.find(".player").hidden = !item;
    if (!item) {
      this.reveal.update(undefined);
      return this.play(false);
    }
    [this.from, this.to] = [line.at(item.from), line.at(item.to)];
    const kept = item.incidents.flatMap(({ title, occurrences }) =>
      occurrences.flatMap((o) => o.evidence.map((e) => ({ ...e, title, summary: o.summary, at: line.at(e.captured_at) }))),
    );
    kept.sort((one, other) => one.at - other.at);
    this.pictures = kept.filter(({ media_type }) => media_type.startsWith("image/"));
    this.sounds = kept.filter(({ media_type }) => media_type.startsWith("audio/"));
    this.drawThumbs();
    if (at !== null) this.seek(at ?? this.from);
    else this.draw();
  }

  // What was kept of it: while a picture is looked at, and as long as a sound lasts.
  get pieces() {
    const looks = this.pictures.map(({ at }) => [at, at + LOOK_S]);
    const sounds = this.sounds.map(({ id, at }) => [at, at + (this.seconds.get(id) ?? LONGEST_SOUND_S)]);
    return [...looks, ...sounds];
  }

  // Now, if something was kept of now, or else when something was next.
  nextKept(t) {
    if (this.pieces.some(([from, to]) => from <= t && t < to)) return t;
    const later = this.pieces.map(([from]) => from).filter((from) => from > t);
    return later.length ? Math.min(...later) : this.to + AROUND_S + 0.01;
  }

  drawThumbs() {
    const ids = this.pictures.map(({ id }) => id).join();
    const strip = this.find(".stills");
    strip.hidden = this.pictures.length < 2;
    if (strip.dataset.ids === ids) return;
    strip.dataset.ids = ids;
    strip.replaceChildren(
      ...this.pictures.map((one) => {
        const image = element("img", { alt: "", dataset: { unmarked: "" } });
        this.desk.kept.show(image, one.id);
        const thumb = element("button", { type: "button", onclick: () => this.seek(one.at) }, image);
        thumb.setAttribute("aria-label", TEXT.still(clock(one.captured_at)));
        return thumb;
      }),
    );
  }

  seek(t) {
    this.t = Math.min(this.desk.timeline.seconds, Math.max(0, t));
    this.leaveSound();
    this.draw();
  }

  setSpeed(speed) {
    this.speed = speed;
    this.speeds.value = speed;
    this.sound.playbackRate = speed;
  }

  turnSpeed(by) {
    this.setSpeed(SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, SPEEDS.indexOf(this.speed) + by))]);
    this.desk.speak(`${TEXT.speed} ${this.speed}×`);
  }

  // Somebody wants it so: then it goes on after a verdict, too.
  toggles() {
    this.goesOn = !this.isPlaying;
    this.play(this.goesOn);
  }

  playOn() {
    if (!this.goesOn) return;
    this.t = Math.max(0, this.from - AROUND_S);
    this.play(true);
  }

  play(isPlaying) {
    if (isPlaying && !this.item) return;
    if (isPlaying && (this.t >= this.to + AROUND_S || this.nextKept(this.t) > this.to + AROUND_S)) this.t = Math.max(0, this.from - AROUND_S);
    this.isPlaying = isPlaying;
    this.toggle.replaceChildren(icon(isPlaying ? "pause" : "play"), isPlaying ? TEXT.pause : TEXT.play);
    this.leaveSound();
    if (!isPlaying) return;
    this.ticked = performance.now();
    requestAnimationFrame(() => this.tick());
  }

  tick() {
    if (!this.isPlaying) return;
    const now = performance.now();
    const clip = this.clipAt(this.t);
    if (clip && !this.playing) this.enterSound(clip);
    if (this.playing && !this.sound.paused && this.sound.readyState > 2) this.t = this.playing.at + this.sound.currentTime;
    else this.t += ((now - this.ticked) / 1000) * this.speed;
    this.ticked = now;
    if (this.skips.checked && !this.playing) this.t = this.nextKept(this.t);
    if (this.t > this.to + AROUND_S && !this.playing) this.goOn();
    this.draw();
    requestAnimationFrame(() => this.tick());
  }

  // Beyond what is looked at: a verdict is waited for; else to the next, or on through the calm.
  goOn() {
    if (isToDecide(this.item)) return this.play(false);
    const next = this.desk.items.following(this.item);
    const begins = next ? Math.max(0, this.desk.timeline.at(next.from) - AROUND_S) : Infinity;
    if (next && (this.skips.checked || this.t >= begins)) this.desk.items.open(next.id, Math.max(begins, this.skips.checked ? 0 : this.t));
    else if (!next || this.t >= this.desk.timeline.seconds) this.play(false);
  }

  clipAt(t) {
    return this.sounds.find(({ id, at }) => at <= t && t < at + (this.seconds.get(id) ?? LONGEST_SOUND_S));
  }

  async enterSound(clip) {
    this.playing = clip;
    try {
      const { url } = await this.desk.kept.get(clip.id);
      if (this.playing !== clip || !this.isPlaying) return;
      if (this.sound.dataset.of !== clip.id) Object.assign(this.sound, { src: url }).dataset.of = clip.id;
      this.sound.currentTime = Math.max(0, this.t - clip.at);
      this.sound.playbackRate = this.speed;
      await this.sound.play();
    } catch {
      if (this.playing === clip) this.playing = null;
    }
  }

  leaveSound() {
    const left = this.playing;
    this.playing = null;
    this.sound.pause();
    if (left && this.sound.ended) this.t = left.at + (this.seconds.get(left.id) ?? this.sound.duration) + 0.01;
  }

  draw() {
    const line = this.desk.timeline;
    line.move(this.t);
    write(this.now, line.clock(this.t));
    const picture = this.pictures.findLast(({ at }) => at <= this.t + 0.5) ?? this.pictures[0];
    const nothing = this.find(".nothing");
    this.image.hidden = !picture;
    nothing.hidden = Boolean(picture);
    write(nothing, this.sounds.length ? "" : TEXT.nothingKept);
    this.find(".screen").hidden = !picture && this.sounds.length > 0;
    this.reveal.update(picture?.id);
    this.desk.kept.layers.place(this.image);
    if (picture) {
      this.desk.kept.show(this.image, picture.id);
      this.image.alt = `${TEXT.still(clock(picture.captured_at))}: ${picture.title}, ${picture.summary}`;
    }
    const clip = this.clipAt(this.t) ?? this.sounds[0];
    write(this.find("figcaption"), [picture && TEXT.still(clock(picture.captured_at)), clip && TEXT.sound(clock(clip.captured_at))].filter(Boolean).join(" · "));
    this.drawWave(clip);
    [...this.find(".stills").children].forEach((thumb, i) => thumb.setAttribute("aria-pressed", String(this.pictures[i] === picture)));
  }

  async drawWave(clip) {
    this.wave.hidden = !clip;
    if (!clip) return;
    if (this.waved !== clip.id) {
      this.waved = clip.id;
      this.peaks = null;
      const { peaks, seconds } = await this.desk.kept.get(clip.id).then(({ blob }) => peaksOf(blob, 240)).catch(() => ({}));
      if (this.waved !== clip.id || !peaks) return;
      this.peaks = peaks;
      this.seconds.set(clip.id, seconds);
    }
    if (this.peaks) paintWave(this.wave, this.peaks, (this.t - clip.at) / this.seconds.get(clip.id));
  }

  close() {
    this.play(false);
    this.sound.removeAttribute("src");
  }
}
