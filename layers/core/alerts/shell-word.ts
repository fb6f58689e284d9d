/** A text as one word of a shell command: names come from strangers' spans, and people paste commands out of letters. */
export const shellWord = (text: string): string =>
  /^[\w./:@][\w./:@-]*$/.test(text) ? text : `'${text.replace(/\p{Cc}/gu, ' ').replaceAll("'", `'\\''`)}'`
