/** One row of a table, by column name. */
export interface CsvRow {
  /** @throws when the table has no such column: a table is read whole or not at all. */
  get(column: string): string
}

/** Reads a CSV table (RFC 4180, without line breaks inside a field) whose first line names its columns. */
export function readCsv(text: string): readonly CsvRow[] {
  const [header = '', ...lines] = text.split(/\r?\n/).filter((line) => line !== '')
  const columns = fieldsOf(header)
  return lines.map((line) => {
    const fields = fieldsOf(line)
    if (fields.length !== columns.length) throw new Error(`${fields.length} fields, not ${columns.length}: ${line}`)
    return {
      get(column) {
        const field = fields[columns.indexOf(column)]
        if (field === undefined) throw new Error(`no column ${column} in ${header}`)
        return field
      },
    }
  })
}

function fieldsOf(line: string): readonly string[] {
  const fields = line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)
  return [...fields].map(([, quoted, plain = '']) => (quoted === undefined ? plain : quoted.replaceAll('""', '"')))
}
