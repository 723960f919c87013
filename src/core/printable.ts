/** Text from outside, made safe for a terminal: control and bidi characters become spaces. */
export function printable(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]+/gu, " ")
    .trim();
}
