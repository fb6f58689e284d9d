import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import database, { type Store } from 'dynalite/db/index.js'
import validations from 'dynalite/validations/index.js'

/** What an operation is answered with: the HTTP status and the JSON body of DynamoDB's protocol. */
export interface Answer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

/** Small JSON documents of the stand-in itself, kept where the tables are kept. */
export interface Drawer {
  put(key: string, value: unknown): Promise<void>
  remove(key: string): Promise<void>
  /** All values, in the order of their keys. */
  values(): Promise<unknown[]>
}

/** Plain tables: dynalite's, called in process, without a second hop over HTTP. */
export interface Engine {
  /** Runs one operation, `UpdateItem`, on its JSON input. Never rejects for what the caller did wrong. */
  execute(operation: string, input: object): Promise<Answer>
  drawer(name: string): Drawer
  close(): Promise<void>
}

/** The folder for the tables cannot be opened. */
export class DataFolderUnusable extends Error {
  override readonly name = 'DataFolderUnusable'
  constructor(folder: string, cause: unknown) {
    super(`cannot open the tables in ${folder}: is another tollgate running on it, or is it no folder to write to?`, {
      cause,
    })
  }
}

const OPERATIONS = [
  ...['CreateTable', 'DeleteTable', 'DescribeTable', 'ListTables'],
  ...['GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'BatchGetItem', 'BatchWriteItem', 'Query', 'Scan'],
]

type Failure = Error & { statusCode?: number; body?: Answer['body'] }
type Action = (store: Store, input: object, done: (error: Failure | null, body?: Answer['body']) => void) => void
interface Operation {
  readonly types: unknown
  readonly custom: unknown
  readonly action: Action
}

async function loadOperation(name: string): Promise<[string, Operation]> {
  const file = `${name.charAt(0).toLowerCase()}${name.slice(1)}.js`
  const { default: rules } = await import(`dynalite/validations/${file}`)
  const { default: action } = await import(`dynalite/actions/${file}`)
  return [name, { types: rules.types, custom: rules.custom, action }]
}

const unknownOperation: Answer = {
  status: 400,
  body: {
    __type: 'com.amazon.coral.service#UnknownOperationException',
    message: 'the local DynamoDB stand-in does not have this operation',
  },
}

function failureAnswer(error: Failure): Answer {
  if (error.statusCode !== undefined && error.body !== undefined) {
    return { status: error.statusCode, body: error.body }
  }
  return {
    status: 500,
    body: { __type: 'com.amazonaws.dynamodb.v20120810#InternalServerError', message: String(error) },
  }
}

function run(store: Store, operation: Operation, input: object): Promise<Answer> {
  return new Promise((resolve) => {
    try {
      const checked = validations.checkTypes(input, operation.types)
      validations.checkValidations(checked, operation.types, operation.custom, store)
      operation.action(store, checked, (error, body) =>
        resolve(error === null || error === undefined ? { status: 200, body: body ?? {} } : failureAnswer(error)),
      )
    } catch (error) {
      resolve(failureAnswer(error as Failure))
    }
  })
}

function openDrawer(store: Store, name: string): Drawer {
  // `#` cannot be in a table's name, so a drawer never meets a table.
  const documents = store.getItemDb(`#${name}`)
  return {
    put: (key, value) =>
      new Promise((resolve, reject) => documents.put(key, value, (error) => (error ? reject(error) : resolve()))),
    remove: (key) =>
      new Promise((resolve, reject) => documents.del(key, (error) => (error ? reject(error) : resolve()))),
    values: async () => {
      const values: unknown[] = []
      for await (const value of documents.createValueStream({})) values.push(value)
      return values
    },
  }
}

/**
 * Opens the tables, in memory or, given a folder, in `FOLDER/tables` (LevelDB).
 * @throws DataFolderUnusable
 */
export async function openEngine(folder?: string): Promise<Engine> {
  const operations = new Map(await Promise.all(OPERATIONS.map(loadOperation)))
  const path = folder === undefined ? undefined : join(folder, 'tables')
  if (path !== undefined) {
    await mkdir(path, { recursive: true }).catch((error: unknown) => {
      throw new DataFolderUnusable(path, error)
    })
  }
  const delays = { createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 }
  const store = database.create(path === undefined ? delays : { ...delays, path })
  // LevelDB opens on first use, and holds a lock on its folder: find out now.
  await openDrawer(store, 'settings')
    .remove('opened')
    .catch((error: unknown) => {
      throw path === undefined ? error : new DataFolderUnusable(path, error)
    })
  return {
    execute: async (name, input) => {
      const operation = operations.get(name)
      return operation === undefined ? unknownOperation : run(store, operation, input)
    },
    drawer: (name) => openDrawer(store, name),
    close: () => new Promise((resolve, reject) => store.db.close((error) => (error ? reject(error) : resolve()))),
  }
}
