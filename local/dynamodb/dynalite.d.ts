/** The parts of dynalite 4.0 that engine.ts calls. It ships no types of its own. */
declare module 'dynalite/db/index.js' {
  type Callback<T> = (error: (Error & { statusCode?: number; body?: unknown }) | null, result?: T) => void
  interface SubDatabase {
    get(key: string, callback: Callback<unknown>): void
    put(key: string, value: unknown, callback: Callback<void>): void
    del(key: string, callback: Callback<void>): void
    createValueStream(range: object): AsyncIterable<unknown>
  }
  export interface Store {
    getItemDb(name: string): SubDatabase
    db: { close(callback: Callback<void>): void }
  }
  const database: {
    create(options: { createTableMs: number; deleteTableMs: number; updateTableMs: number; path?: string }): Store
  }
  export default database
}

declare module 'dynalite/validations/index.js' {
  const validations: {
    checkTypes(input: object, types: unknown): object
    checkValidations(input: object, types: unknown, custom: unknown, store: unknown): void
  }
  export default validations
}
