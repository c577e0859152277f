// The benchmark inside a page: what the driver calls.

import { type PassOptions, type PassResult, runPass } from '../run-pass.ts'

declare global {
  var runBenchmark: ((options: PassOptions) => Promise<PassResult>) | undefined
}

globalThis.runBenchmark = (options) => runPass(options, (message) => console.log(message))
