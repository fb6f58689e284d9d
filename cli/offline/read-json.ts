import { readFile } from 'node:fs/promises'
import { messageOf } from '../message-of.ts'

/** A file that a command was given cannot be used; the message names it and says what to write. */
export class UnusableFile extends Error {
  override readonly name = 'UnusableFile'
  constructor(file: string, why: string, cause?: unknown) {
    super(`${file}: ${why}`, { cause })
  }
}

/**
 * Reads a JSON file.
 * @throws UnusableFile
 */
export async function readJson(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new UnusableFile(file, 'it cannot be read', error)
  })
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new UnusableFile(file, `it is no JSON (${messageOf(error)})`)
  }
}
