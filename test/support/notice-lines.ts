/** Tells what the forwarder says about itself from the events that it forwards. */

const NOTICE = /\|forwarder\.[A-Za-z]+\|/;

export function isNoticeLine(line: string): boolean {
  return NOTICE.test(line);
}
