let lastSecond = -1;
let lastText = "";

/** A time as Last-Modified writes it. Objects of a population share theirs: it is written once. */
export function httpTime(time: number): string {
  const second = Math.floor(time / 1000);
  if (second !== lastSecond) {
    lastSecond = second;
    lastText = new Date(second * 1000).toUTCString();
  }
  return lastText;
}
