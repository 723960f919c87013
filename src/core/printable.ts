/** Text from outside, made safe for a terminal: control and bidi characters become spaces. */
export function printable(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]+/gu, " ")
    .trim();
}

/** JSON made safe for a terminal. What a reader gets out of it stays the same: such characters are escaped. */
export function printableJson(json: string): string {
  return json.replace(
    /[\u007f-\u009f\p{Bidi_Control}\u2028\u2029\ufeff]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
