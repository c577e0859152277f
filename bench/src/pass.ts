// The process of one pass: options come as its argument, the result goes to its parent.

import { type PassOptions, runPass } from './run-pass.ts'

const options: PassOptions = JSON.parse(process.argv[2])
const result = await runPass(options, (message) => process.stderr.write(`bench: ${message}\n`))
// Engines keep their threads alive; the result is all that is wanted of this process.
process.send?.(result, () => process.exit(0))
