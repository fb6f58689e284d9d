/** So many of a thing, for people: "1 span", "1,234 spans". `noun`: one that takes an s. */
export const counted = (n: number, noun: string): string => `${n.toLocaleString('en')} ${noun}${n === 1 ? '' : 's'}`
