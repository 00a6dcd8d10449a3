const HIDDEN =
  /[\u0000-\u0008\u000B\u000E-\u001F\u007F-\u009F\u00AD\u061C\u115F\u1160\u180E\u200B-\u200F\u202A-\u202E\u2060-\u206F\u3164\uFE00-\uFE0F\uFEFF\uFFA0\uFFF9-\uFFFB]|[\u{E0000}-\u{E0FFF}]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/gu;

/**
 * Text that somebody else wrote, with everything that one cannot see, or that turns around or hides what one can, as an escape: control
 * characters, bidirectional marks, zero widths, halves of surrogate pairs. Line ends and tabs stay.
 */
export function visible(text: string): string {
  return text.replaceAll(HIDDEN, (one) => `\\u{${(one.codePointAt(0) ?? 0).toString(16)}}`);
}

/** The same on one line. */
export function visibleLine(text: string): string {
  return visible(text.replaceAll(/\s*[\n\r\f\u2028\u2029]+\s*/g, " ").replaceAll("\t", " "));
}
