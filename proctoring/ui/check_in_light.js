// Light and place, by what the server says of a picture: often while there is something to mend,
// and now and then once all is well.

const GUIDE_EVERY_MS = 500;
const WELL_EVERY_MS = 2000;
const WELL_AFTER = 4; // pictures one after the other

class Light {
  // One loop at a time, until nobody wants it.
  async follow(line, video, isWanted, tell) {
    if (this.isFollowing) return;
    this.isFollowing = true;
    let well = 0;
    while (isWanted()) {
      const bytes = document.hidden ? null : await takePicture(video);
      const answer = bytes && (await line.send("P", bytes));
      if (answer?.type === "guidance" && isWanted()) {
        well = answer.is_good ? well + 1 : 0;
        tell(answer);
      }
      await pause(answer?.wait_ms ?? (well < WELL_AFTER ? GUIDE_EVERY_MS : WELL_EVERY_MS));
    }
    this.isFollowing = false;
  }
}
