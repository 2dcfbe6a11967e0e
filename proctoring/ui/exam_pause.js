// What covers the exam while it is paused: why, and that the clock stands still. Messages go on.

class PauseCover {
  constructor(messages) {
    this.messages = messages;
    this.find = messages.find;
    this.dialog = this.find(".pause");
    this.dialog.oncancel = (event) => event.preventDefault();
    this.find(".end-break").onclick = () => messages.kept.act("resume", {});
  }

  get isOpen() {
    return this.dialog.open;
  }

  draw(status) {
    const paused = status?.paused;
    if (!paused) {
      if (!this.dialog.open) return;
      this.dialog.close();
      this.messages.drawer.append(this.messages.talk);
      this.messages.exam.say(MESSAGE_WORDS.goesOn);
      return;
    }
    const isBreak = paused.is_break;
    writeText(this.find("#pause-title"), isBreak ? MESSAGE_WORDS.onBreak : MESSAGE_WORDS.paused);
    writeText(this.find(".pause .why"), isBreak ? "" : `${MESSAGE_WORDS.pausedBy} ${paused.reason}`.trim());
    writeText(this.find(".pause .stands"), MESSAGE_WORDS.stands);
    writeText(this.find(".pause .clock span"), isBreak ? MESSAGE_WORDS.breakLeft : MESSAGE_WORDS.left);
    writeText(this.find(".pause .clock b"), minutesOf(isBreak ? status.break_left_s : status.left_s));
    this.find(".end-break").hidden = !isBreak;
    if (this.dialog.open) return;
    if (this.messages.isOpen) this.messages.drawer.hidePopover();
    this.find(".pause .place").append(this.messages.talk);
    this.dialog.showModal();
    this.find("#pause-title").focus();
    this.messages.draw();
    this.messages.showNewest();
  }

  close() {
    if (this.isOpen) this.dialog.close();
  }
}
