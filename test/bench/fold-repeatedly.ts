import { bundled } from './bundled.ts'

/** Folds the bench's event so many times and prints its spans; count-instructions.ts looks at the process. */
const { foldRepeatedly } = bundled<typeof import('./measure-consumer.ts')>('measure-consumer.ts')
process.stdout.write(String(foldRepeatedly(Number(process.argv[2]))))
